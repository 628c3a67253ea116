import type { WizardName, WizardProps } from '../state/wizards.ts';

/** What a finished wizard leaves behind: the object made or changed, and the session that works on it. */
export interface WizardResult {
  id?: string;
  sessionId?: string | null;
}

/** Every wizard is a component of this shape: opened with its props, it ends with a result or without. */
export interface WizardComponentProps<Name extends WizardName> {
  props: WizardProps[Name];
  onDone: (result: WizardResult) => void;
  onClose: () => void;
}
