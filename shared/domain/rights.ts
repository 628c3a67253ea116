/**
 * What somebody may do. Each call of the contract names the right it needs; roles are sets of rights. Destroying restore
 * points (deleting backups, erasing and forgetting tapes) is `configure`: only who is trusted with the whole may do it.
 */
export const rights = ['view', 'operate-jobs', 'operate-tape', 'restore', 'configure'] as const;
export type Right = (typeof rights)[number];

/** Roles that somebody can have now; another one is a line here. */
const rightsOfRole = {
  'backup-administrator': rights,
} as const satisfies Record<string, readonly Right[]>;
export type Role = keyof typeof rightsOfRole;

/** Who makes a call. */
export interface Actor {
  /** `account`: signed in by name. `command-line`, `desktop`: a user of the operating system at the backup server. */
  kind: 'account' | 'command-line' | 'desktop';
  /** The account's name, or the user's; empty where the operating system does not tell. */
  name: string;
  role: Role;
}

/** Whoever gets in is this today. */
export function administrator(name: string, kind: Actor['kind'] = 'account'): Actor {
  return { kind, name, role: 'backup-administrator' };
}

/** An actor as audit and sessions show it: `administrator`, `command line (root)`, `desktop (anna)`. */
export function actorText({ kind, name }: Actor): string {
  if (kind === 'account') return name;
  const place = kind === 'command-line' ? 'command line' : 'desktop';
  return name === '' ? place : `${place} (${name})`;
}

/** Whether an actor has one of these rights. */
export function mayDo(actor: Actor, oneOf: readonly Right[]): boolean {
  const held: readonly Right[] = Object.hasOwn(rightsOfRole, actor.role) ? rightsOfRole[actor.role] : [];
  return oneOf.some((right) => held.includes(right));
}
