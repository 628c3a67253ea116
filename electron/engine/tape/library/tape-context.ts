import type { Clock } from '../../faults/clock.ts';
import type { Changes } from '../../sessions/changes.ts';
import type { ResourceLocks } from '../../sessions/locks.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { TapeStore } from '../store/tape-store.ts';
import type { DriveLeases } from './drive-leases.ts';
import type { Libraries } from './libraries.ts';

/** What work with libraries and tapes is done with. */
export interface TapeContext {
  store: TapeStore;
  libraries: Libraries;
  leases: DriveLeases;
  sessions: Sessions;
  locks: ResourceLocks;
  changes: Changes;
  clock: Clock;
  audit(who: string, action: string, object: string): void;
}
