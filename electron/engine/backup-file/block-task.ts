import type { FaultEffect } from '../faults/fault-points.ts';
import type { Codec, DigestAlgorithm } from './restore-point.ts';
import type { FileKey } from './sealing.ts';
import type { WorkerFile } from './worker-files.ts';

/** A file that stored blocks are read from. */
export interface StoredBlocksFile extends WorkerFile {
  /** What its writer packed with: a block kept plain in such a file did not get smaller. */
  codec: Codec;
  key: FileKey | undefined;
  digestAlgorithm: DigestAlgorithm;
}

/** The file that stored blocks are appended to. */
export interface StoredBlocksTarget extends WorkerFile {
  /** `keep`: each block stays packed as it was. */
  codec: Codec | 'keep';
  digestAlgorithm: DigestAlgorithm;
  key: FileKey | undefined;
  nonceEpoch: number;
  /** Memory of a {@link DedupTable}. */
  dedup: SharedArrayBuffer;
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
}

/** Moves stored blocks named by the table into another file, checking each; the table then names their new places. */
export interface MoveTask extends BlockSlice {
  kind: 'move';
  files: StoredBlocksFile[];
  target: StoredBlocksTarget;
  /** The entry of `files` that is the target itself: its blocks stay where they are. */
  stays?: number;
}

/** Writes plain blocks to their places on a raw disk. */
export interface RestoreTask extends BlockSlice {
  kind: 'restore';
  files: StoredBlocksFile[];
  disk: { fd: number; path: string };
  verifyDigests: boolean;
  /** Whether zero blocks must be written too: the disk was not empty before. */
  writeZeros: boolean;
}

/** Checks stored blocks and leaves an outcome in each row. */
export interface CheckTask extends BlockSlice {
  kind: 'check';
  files: StoredBlocksFile[];
  verifyDigests: boolean;
}

/**
 * Works out what stored blocks will be once encrypted for their planned positions in another file: puts their stored
 * lengths and checksums there into the table.
 */
export interface ForeseeTask extends BlockSlice {
  kind: 'foresee';
  files: StoredBlocksFile[];
  key: FileKey;
  nonceEpoch: number;
}

export type BlockTask = StoreTask | MoveTask | RestoreTask | CheckTask | ForeseeTask;

const counterNames = ['processed', 'read', 'transferred', 'source', 'processing', 'target', 'end', 'stop'] as const;
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

  stop(): void {
    this.add('stop', 1);
  }

  get stopped(): boolean {
    return this.get('stop') !== 0;
  }
}
