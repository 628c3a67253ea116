import type { FaultEffect } from '../faults/fault-points.ts';
import type { Codec } from './restore-point.ts';
import type { WorkerFile } from './worker-files.ts';

/** A file that records are read from. */
export interface StoredBlocksFile extends WorkerFile {
  /** What its writer packed with: a block kept plain in such a file did not get smaller. */
  codec: Codec;
  /** Keys of the sessions whose records the file may hold, by the sessions' names; undefined where it is not encrypted. */
  sessionKeys: Record<string, Uint8Array> | undefined;
}

/** The file that records are appended to, under one session. */
export interface StoredBlocksTarget extends WorkerFile {
  /** `keep`: each block stays packed as it was. */
  codec: Codec | 'keep';
  session: AppendingSession;
  /** Whether records of the sources may be moved as they are: their sessions' keys are sealed for this file, too. */
  movesUnopened: boolean;
  /** Memory of a {@link DedupTable}. */
  dedup: SharedArrayBuffer;
}

/** A session as those who append under it need it; the counter is in {@link RunCounters}. */
export interface AppendingSession {
  /** Its UUID, 16 bytes. */
  uuid: Uint8Array;
  /** Undefined where the file is not encrypted. */
  key: Uint8Array | undefined;
}

/** A part of one page, worked through by one worker. Results go into the table and the counters. */
export interface BlockSlice {
  /** Memory of a {@link BlockTable}. */
  table: SharedArrayBuffer;
  /** Memory of {@link RunCounters}. */
  counters: SharedArrayBuffer;
  fromRow: number;
  toRow: number;
  /** Block number of row 0 in its object. */
  firstBlock: number;
  objectSizeBytes: number;
  blockSizeBytes: number;
  /** Planned by a test: what goes wrong with this slice's first write. */
  fault?: FaultEffect;
}

/**
 * Reads a disk; stores the blocks that differ from what the table says (rows of the parent point), and leaves in
 * the table exactly the rows that the new file must have. Rows that the table says are settled stay as they are.
 */
export interface StoreTask extends BlockSlice {
  kind: 'store';
  /** A disk that the worker reads itself, or the slice's bytes, already read. */
  source: { path: string } & ({ fd: number } | { memory: SharedArrayBuffer });
  target: StoredBlocksTarget;
  /** What names the object in its records' headers, 8 bytes. */
  object: Uint8Array;
  /** Whether the table holds a parent's rows: then what did not change gets no entry. */
  hasParent: boolean;
  /** Blocks that get an entry in any case: where the object ended in the parent and where it ends now, if that differs. */
  ends: number[];
}

/** Moves records named by the table into another file, checking each; the table then names their new places. */
export interface MoveTask extends BlockSlice {
  kind: 'move';
  files: StoredBlocksFile[];
  target: StoredBlocksTarget;
  object: Uint8Array;
  /** The entry of `files` that is the target itself: its records stay where they are. */
  stays?: number;
}

/** Writes plain blocks to their places on a raw disk, each proven by its digest. */
export interface RestoreTask extends BlockSlice {
  kind: 'restore';
  files: StoredBlocksFile[];
  disk: { fd: number; path: string };
  /** Whether zero blocks must be written too: the disk was not empty before. */
  writeZeros: boolean;
}

/** Checks records and leaves an outcome in each row. */
export interface CheckTask extends BlockSlice {
  kind: 'check';
  files: StoredBlocksFile[];
  verifyDigests: boolean;
}

export type BlockTask = StoreTask | MoveTask | RestoreTask | CheckTask;

const counterNames = [
  'processed',
  'read',
  'transferred',
  'source',
  'processing',
  'target',
  'end',
  'records',
  'stop',
] as const;
type CounterName = (typeof counterNames)[number];

/** Numbers that workers and the main thread share during one run. */
export class RunCounters {
  readonly buffer: SharedArrayBuffer;
  readonly #values: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8 * counterNames.length)) {
    this.buffer = buffer;
    this.#values = new BigInt64Array(buffer);
  }

  /** Adds and gives the value from before. Bytes for `processed`, `read`, `transferred`; microseconds for stages. */
  add(name: CounterName, amount: number): number {
    return Number(Atomics.add(this.#values, counterNames.indexOf(name), BigInt(amount)));
  }

  get(name: CounterName): number {
    return Number(Atomics.load(this.#values, counterNames.indexOf(name)));
  }

  /** Reserves a stretch at the end of the output file and gives its position: no two workers get the same bytes. */
  reserve(bytes: number): number {
    return this.add('end', bytes);
  }

  /** The next record's number in the session that appends: no two records get the same. */
  nextRecord(): number {
    return this.add('records', 1);
  }

  stop(): void {
    this.add('stop', 1);
  }

  get stopped(): boolean {
    return this.get('stop') !== 0;
  }
}
