/** When a media set ends and the next begins. Pure. */
import type { MediaSetFacts, PoolFacts } from './media.ts';
import { nextRun } from './schedule.ts';

export type NewSetCode =
  | 'no-set'
  | 'set-closed'
  | 'other-pool'
  | 'every-session'
  | 'schedule'
  | 'continue'
  | 'same-session';

/**
 * Whether a session that began at `sessionStart` has to begin a new media set instead of writing on in `set`. The
 * question is settled by the session's beginning: a set never ends in the middle of a session.
 */
export function shouldStartNewSet(
  pool: Pick<PoolFacts, 'poolId' | 'name' | 'allocation'>,
  set: MediaSetFacts | null,
  now: number,
  sessionStart: number,
  timeZone = 'UTC',
): { startNew: boolean; code: NewSetCode; reason: string } {
  if (set === null) return yes('no-set', `${pool.name} has no media set yet.`);
  if (set.poolId !== pool.poolId) return yes('other-pool', 'The media set belongs to another pool.');
  if (set.closedAt !== null && set.closedAt <= now)
    return yes('set-closed', 'The media set is closed and never resumed.');
  if (set.startedAt >= sessionStart)
    return no('same-session', 'The media set was begun by this session, which goes on with it.');
  switch (pool.allocation.kind) {
    case 'continue':
      return no('continue', `${pool.name} goes on with its media set.`);
    case 'session':
      return yes('every-session', `${pool.name} begins a new media set in every session.`);
    case 'schedule': {
      const due = nextRun(pool.allocation.schedule, set.startedAt, timeZone);
      if (due === null) return no('continue', 'The schedule of new media sets has no further time.');
      const when = new Date(due).toISOString().slice(0, 16).replace('T', ' ');
      return due <= sessionStart
        ? yes('schedule', `A new media set was due on ${when} UTC.`)
        : no('continue', `The next media set is due on ${when} UTC.`);
    }
  }
}

function yes(code: NewSetCode, reason: string): { startNew: boolean; code: NewSetCode; reason: string } {
  return { startNew: true, code, reason };
}

function no(code: NewSetCode, reason: string): { startNew: boolean; code: NewSetCode; reason: string } {
  return { startNew: false, code, reason };
}
