import type { LeaseOwner } from '../../sessions/locks.ts';
import type { LogDetails, LogLevel } from '../../../../shared/domain/session-types.ts';
import type { RunningSession, Task } from '../../sessions/running-session.ts';
import { driveWaitMs } from '../library/drive-leases.ts';

/** For whom a tape is mounted: a running session, or a task of one. */
export interface MountRequester {
  /** Of drive and tape; named to whoever waits for them. */
  owner: LeaseOwner;
  signal: AbortSignal;
  log(level: LogLevel, text: string, more?: LogDetails): void;
  /** How long an open door of a library is waited for. */
  doorWaitMs: number;
  /** Shows what is waited for; null: the wait is over. */
  waiting(text: string | null): void;
}

/** A session, or one task of it, as the requester of a mount. */
export function requesterOf(session: RunningSession, task?: Task): MountRequester {
  return {
    ...doorWaiting(session, driveWaitMs),
    owner: session.owner,
    signal: session.signal,
    log: (level, text, more) => (task ? task.log(level, text, more) : session.log(level, text, more)),
  };
}

/** How a session waits for a door to be closed: as it waits for a tape, and shown as that. */
export function doorWaiting(session: RunningSession, limitMs: number): Pick<MountRequester, 'doorWaitMs' | 'waiting'> {
  return {
    doorWaitMs: limitMs,
    waiting: (text) => session.setState(text === null ? 'working' : 'waiting-tape', text),
  };
}
