import type { FromEngine } from './engine-messages.ts';

/**
 * One concern of the desktop shell. `main.ts` lists them all; each is told the same things, in the order of that list, and
 * takes what it needs of Electron from its maker, so that it can be tried without Electron.
 */
export interface ShellModule {
  /** While the program loads, before Electron is ready. */
  load?(): void;
  /** Once Electron is ready. */
  ready?(): void;
  /** The engine's process says something. */
  engineSays?(message: FromEngine): void;
  /** The engine's process has gone without being asked to, and is started again after `restartInMs`. */
  engineLost?(code: number, restartInMs: number): void;
}
