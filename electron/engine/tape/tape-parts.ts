import { messageOf } from '../../../shared/domain/message-of.ts';
import type { Clock } from '../faults/clock.ts';
import type { Changes } from '../sessions/changes.ts';
import type { ResourceLocks } from '../sessions/locks.ts';
import type { RunningSession, Task } from '../sessions/running-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { type DriveLeases, driveWaitMs } from './library/drive-leases.ts';
import type { Libraries } from './library/libraries.ts';
import type { MountRequester } from './mounting/mount-requester.ts';
import type { TapeMounts } from './mounting/tape-mounts.ts';
import type { TapeStore } from './store/tape-store.ts';

/** What the work with tapes is done with. */
export interface TapeParts {
  store: TapeStore;
  libraries: Libraries;
  leases: DriveLeases;
  mounts: TapeMounts;
  sessions: Sessions;
  locks: ResourceLocks;
  changes: Changes;
  clock: Clock;
  audit(who: string, action: string, object: string): void;
}

/** A session, or one task of it, as somebody who asks for a drive. */
export function requesterOf(session: RunningSession, task?: Task): MountRequester {
  return {
    ...doorWaiting(session, driveWaitMs),
    owner: session.record.name,
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

/** Ends a task with what went wrong in it; a cancelled session is not an error of its task. */
export function failTask(session: RunningSession, task: Task, error: unknown): void {
  if (session.signal.aborted) throw error;
  const message = messageOf(error);
  const advice = (error as { advice?: string | null }).advice ?? null;
  task.log('error', message, { advice });
  task.finish('failed', message);
}
