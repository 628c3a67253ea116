import type { ClientLink } from '@orpc/client';

export type EngineLink = ClientLink<Record<never, never>>;

/** Why a connection ended: the other side went away, or the sign-in behind it is over. */
export type ConnectionEnd = 'closed' | 'signed-out';

/** One living connection to the engine; a new one is made after every loss. */
export interface EngineConnection {
  link: EngineLink;
  ended: Promise<ConnectionEnd>;
  close: () => void;
}

export type AuthState = 'set-password' | 'sign-in' | 'signed-in';

/** Sign-in, where a host has one. Every call rejects with a `HostProblem`. */
export interface HostAuth {
  state: () => Promise<AuthState>;
  setPassword: (password: string, token: string) => Promise<void>;
  signIn: (password: string) => Promise<void>;
  signOut: () => Promise<void>;
  /** The one-time token of the address that the server printed at its first start. */
  firstStartToken: string | null;
}

/** What carries the console: a browser page of the web console, or the desktop program's window. */
export interface Host {
  kind: 'web' | 'desktop';
  /** What this host can do beside the contract; the console asks this and never which host it is. */
  capabilities: { notifications: boolean };
  /** Shows this computer's own dialog to choose a path; null when it was cancelled. Null where the host has no such dialog. */
  choosePath: ((kind: 'folder' | 'file', start: string) => Promise<string | null>) | null;
  /** Tells the host which theme is shown, where it has parts of its own that should follow. */
  showTheme: ((choice: 'system' | 'light' | 'dark') => void) | null;
  auth: HostAuth | null;
  /** Opens a connection, or rejects within a limit when the engine cannot be reached. */
  connect: (signal: AbortSignal) => Promise<EngineConnection>;
}

/** A host's own refusal (sign-in), in the words it gave. */
export class HostProblem extends Error {
  readonly advice: string | null;
  readonly retryAfterMs: number | null;

  constructor(message: string, advice: string | null = null, retryAfterMs: number | null = null) {
    super(message);
    this.name = 'HostProblem';
    this.advice = advice;
    this.retryAfterMs = retryAfterMs;
  }
}
