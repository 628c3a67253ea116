/** What the allocator is asked and what it answers. */
import type { MediaFacts, MediaSetFacts, MediaState, PoolFacts } from './media.ts';

export interface LibraryFacts {
  libraryId: string;
  name: string;
  online: boolean;
  /** Drives that are there, enabled and fit for writing; whether they are busy is not the allocator's business. */
  usableDrives: number;
}

export interface AllocationRequest {
  pool: PoolFacts;
  /** The set that was written last by this writer; null when there is none. With several drives each has its own. */
  set: MediaSetFacts | null;
  /** All tapes, not only the pool's. */
  media: readonly MediaFacts[];
  libraries: readonly LibraryFacts[];
  now: number;
  /** When the session that asks began. */
  sessionStart: number;
  /** A tape in use by this very session is not refused for being in use. */
  sessionId?: string;
  /** The tape this session has been writing, when it asks for the next. */
  lastWrittenMediaId?: string | null;
  neededBytes?: number;
  /** Other custom pools, for their names and rules. */
  otherPools?: readonly PoolFacts[];
  /** Of the schedule of new sets. Default UTC. */
  timeZone?: string;
}

export type TapeAction =
  /** Position behind the last committed tape file and write on. */
  | 'append'
  /** It is labelled and empty: write the set's header. */
  | 'start'
  /** What is on it is given up: new label, new identity. */
  | 'overwrite'
  /** It is blank: give it a label. */
  | 'label';

export type CandidateCode =
  | 'append'
  | 'empty'
  | 'expired'
  | 'free'
  | 'blank'
  | 'cleaning'
  | 'retired'
  | 'damaged'
  | 'suspect'
  | 'in-use'
  | 'unread'
  | 'foreign'
  | 'other-pool'
  | 'imported'
  | 'replenish-off'
  | 'blank-off'
  | 'worm'
  | 'not-worm'
  | 'protected'
  | 'set-protected'
  | 'unexpired'
  | 'other-set'
  | 'in-current-set'
  | 'written-now'
  | 'write-protected'
  | 'no-room'
  | 'exported'
  | 'in-mail-slot'
  | 'offline'
  | 'library-not-in-pool'
  | 'library-offline'
  | 'no-drive';

/** What became of one tape in the choice. */
export interface Candidate {
  mediaId: string;
  usable: boolean;
  /** 1 is the one that is taken; null when it is not usable. */
  rank: number | null;
  code: CandidateCode;
  reason: string;
  /** Its state now, whatever the choice makes of it. */
  state: MediaState;
}

export type AllocationDecision =
  | {
      kind: 'use';
      mediaId: string;
      mediaUuid: string | null;
      barcode: string | null;
      action: TapeAction;
      /** Whether a new media set begins with this tape: then every machine's first point on it is a full. */
      newSet: boolean;
      code: CandidateCode;
      reason: string;
    }
  | { kind: 'wait'; wants: AllocationWant[]; newSet: boolean; reason: string };

export interface Allocation {
  decision: AllocationDecision;
  /** Every tape that was asked about: usable ones by rank, then the others in the order given. */
  candidates: Candidate[];
  /** Why the set is continued or a new one begins. */
  setReason: string;
  /** Room on all usable tapes together, where their capacity is known. */
  availableBytes: number;
}

export type WantCode =
  | 'import'
  | 'bring-in'
  | 'inventory'
  | 'write-protect-switch'
  | 'library'
  | 'in-use'
  | 'replenish'
  | 'take-blank'
  | 'expiry'
  | 'add-tape';

/** Something an administrator can do so that a waiting job finds a tape. */
export interface AllocationWant {
  code: WantCode;
  text: string;
  mediaIds: string[];
}
