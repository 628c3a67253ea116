import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../shared/contract/contract.ts';
import type { GlobalOptions } from './global-options.ts';

export type EngineClient = ContractRouterClient<Contract>;

/** What a command works with: the engine, the terminal, and what was said on the command line for every command. */
export interface CliContext {
  engine: EngineClient;
  /** This process opened the engine for the command; otherwise another program runs it. */
  ownsEngine: boolean;
  global: GlobalOptions;
  /** Folder that relative paths are meant from. */
  cwd: string;
  /** Aborted by Ctrl+C. */
  signal: AbortSignal;
  terminal: Terminal;
}

export interface Terminal {
  /** Writes to standard output as it comes, for commands that follow something. */
  out(text: string): void;
  /** A message on standard error; nothing when --quiet. */
  note(text: string): void;
  /** Replaces the one line of progress on standard error, where that is a terminal; undefined takes it away. */
  progress(line: string | undefined): void;
  /** Asks on the terminal; undefined where there is nobody to ask. */
  ask(question: string): Promise<string | undefined>;
  /** Like `ask`, without showing what is typed. */
  askSecret(question: string): Promise<string | undefined>;
}
