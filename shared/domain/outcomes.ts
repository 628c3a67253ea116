import type { SessionResult } from './session-types.ts';

/**
 * What became of one machine (or tape, or file) in a session:
 * - `done`: all that was to be done was.
 * - `done-with-warnings`: so too, and something is to be looked at.
 * - `partial`: some of it was done, or less than there is could be.
 * - `nothing-new`: there was nothing to do, for the target holds a complete newest restore point.
 * - `cannot`: nothing was, for the reason given.
 * - `waiting`: it still waited when the session ended.
 * - `cancelled`: somebody stopped it.
 */
export type OutcomeKind =
  | 'done'
  | 'done-with-warnings'
  | 'partial'
  | 'nothing-new'
  | 'cannot'
  | 'waiting'
  | 'cancelled';

const meanings: Record<OutcomeKind, { result: SessionResult; words: string }> = {
  done: { result: 'success', words: 'Done' },
  'done-with-warnings': { result: 'warning', words: 'Done with warnings' },
  partial: { result: 'warning', words: 'Partial' },
  'nothing-new': { result: 'success', words: 'Nothing new' },
  cannot: { result: 'failed', words: 'Failed' },
  waiting: { result: 'warning', words: 'Waiting' },
  cancelled: { result: 'stopped', words: 'Cancelled' },
};

export const outcomeKinds = Object.keys(meanings) as [OutcomeKind, ...OutcomeKind[]];

/** What an outcome makes of the session that it is all of. */
export function resultOf(outcome: OutcomeKind): SessionResult {
  return meanings[outcome].result;
}

/** For command line and console. */
export function outcomeWords(outcome: OutcomeKind): string {
  return meanings[outcome].words;
}

const worstFirst: readonly SessionResult[] = ['failed', 'stopped', 'warning', 'success'];

/** The result of a whole is that of its worst part; without any it is a success. */
export function worstResult(results: readonly SessionResult[]): SessionResult {
  return worstFirst.find((result) => results.includes(result)) ?? 'success';
}
