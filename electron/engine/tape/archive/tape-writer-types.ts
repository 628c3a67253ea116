/** What a TapeWriter takes and returns. */
import type { Clock } from '../../faults/clock.ts';
import type { DigestStream } from './digest-pool.ts';
import type { CatalogueSession, SliceLocation, TapeState } from './documents.ts';
import type { ByteSource } from '../../files/byte-source.ts';
import type { TapeDrivePort } from './drive-port.ts';
import type { VoidedFile } from './tape-appender.ts';
import type { WriteCounters } from './drive-feed.ts';

export type { VoidedFile } from './tape-appender.ts';

export interface TapeWriterOptions {
  drive: TapeDrivePort;
  tape: TapeState;
  session: { uuid: string; jobName: string; startedAt: number };
  /** The tape's sessions so far: makes the catalogue at the end of the tape complete in itself. */
  earlierSessions?: readonly CatalogueSession[];
  sliceBytes?: number;
  dataFileBytes?: number;
  /**
   * Whether a SHA-256 of every whole file is computed beside those of its slices (the default). It adds convenience, not
   * safety, and its cost: one core hashes one file, so without SHA instructions it may be slower than the drive.
   */
  fileDigest?: boolean;
  /** Memory between source and drive. */
  ringBytes?: number;
  /** A flush is due when a point awaits one, after this much data since the last, or this long. */
  flushAfterBytes?: number;
  flushAfterMs?: number;
  /** Media that cannot be overwritten: what was begun is completed instead of dropped. */
  worm?: boolean;
  signal?: AbortSignal;
  clock?: Clock;
  /** Told now and then while counters move, with what limited since the last time. */
  onProgress?(limit: 'source' | 'tape' | null): void;
}

export interface FileToWrite {
  /** For messages. */
  name: string;
  /** Where the file goes when the tape is extracted: see pathOnTape(); one per restore point. */
  pathOnTape: string;
  source: ByteSource;
  fileUuid: string;
  counters?: WriteCounters;
  /** First slice to write; those before it are on tape already. */
  fromSlice?: number;
  /** What the call before this one gave; without it, what stands before `fromSlice` is read again for the digest. */
  runningDigest?: RunningDigest;
}

/** The digest of a file as far as it was written. */
export interface RunningDigest {
  readonly nextSlice: number;
  readonly digest: DigestStream | undefined;
}

export type WriteFileResult =
  /**
   * `slices` are those of this call, and provisional until their point is committed; `sha256` is the whole file's, empty
   * where it was not asked for.
   */
  | { status: 'done'; slices: SliceLocation[]; sha256: string }
  /** The tape is closed, everything in `slices` is safe: continue with `nextSlice` on the next tape. */
  | { status: 'tape-full'; nextSlice: number; slices: SliceLocation[]; runningDigest?: RunningDigest }
  /**
   * The drive failed or met the hard end. Only what is in `slices` is on the tape; `voided` names other files of this
   * session, not yet committed, that must be redone too. Nothing more can be written here: call finish().
   */
  | {
      status: 'void';
      nextSlice: number;
      slices: SliceLocation[];
      reason: string;
      /** Nothing failed: the tape had no room for more. */
      isEndOfMedium: boolean;
      voided: VoidedFile[];
      runningDigest?: RunningDigest;
    };

/** Nothing more can be written on this tape. `voided`: files whose slices, or whose point, must go to the next one. */
export class TapeEndedError extends Error {
  override readonly name = 'TapeEndedError';
  readonly voided: VoidedFile[];
  constructor(message: string, voided: VoidedFile[], options?: ErrorOptions) {
    super(message, options);
    this.voided = voided;
  }
}
