import type { LogLevel } from '../../../../shared/domain/session-types.ts';

export interface MountRequester {
  /** In words, for whoever waits for the same drive or tape. */
  owner: string;
  signal: AbortSignal;
  log(level: LogLevel, text: string, more?: { advice?: string | null; durationMs?: number }): void;
  /** How long an open door of a library is waited for. */
  doorWaitMs: number;
  /** Shows what is waited for; null: it goes on. */
  waiting(text: string | null): void;
}
