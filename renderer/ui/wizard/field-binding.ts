/**
 * What ties a control to a field of the wizard's draft: its name (where engine errors land and focus goes),
 * the problem to show, and what to call when the person leaves it. Spread it into any field.
 */
export interface FieldBinding {
  name: string;
  problem: string | undefined;
  onLeave: () => void;
}
