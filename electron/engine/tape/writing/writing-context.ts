import type { RunningSession } from '../../sessions/running-session.ts';
import type { TapeState } from '../archive/documents.ts';
import type { MountRequester } from '../mounting/mount-requester.ts';
import type { MountedTape } from '../mounting/tape-mounts.ts';
import type { MediaSetRecord, MediumRecord } from '../store/tape-records.ts';
import type { TapeServices } from '../tape-services.ts';

/** For whom and where tapes are written: one writer (one drive, one media set) of a session. */
export interface WritingContext {
  services: TapeServices;
  session: RunningSession;
  poolId: string;
  /** The set to continue, if the pool's rules allow it; already locked for this writer. */
  set: MediaSetRecord | null;
  /** How long a tape is waited for, each time. */
  waitMs: number;
  /** Where messages about the writing go. */
  requester: MountRequester;
}

/** A tape in a drive, positioned where the session's next tape file goes. */
export interface WritableTape {
  mounted: MountedTape;
  medium: MediumRecord;
  state: TapeState;
  set: MediaSetRecord;
}
