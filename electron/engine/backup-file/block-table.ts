import { endianness } from 'node:os';
import { digestBytes } from './state-digest.ts';
import { giveBackSharedMemory, takeSharedMemory } from './shared-memory.ts';

/** Consecutive blocks of one object that one index page covers. */
export const blocksPerPage = 4096;

/** What is known of a block: nothing, that it is all zero, that a record holds it, or that it was lost. */
export const blockState = { absent: 0, zero: 1, stored: 2, lost: 3 } as const;
/** Added to a state when another entry already accounts for the record (equal blocks are stored once). */
export const sharedFlag = 0x80;
const stateMask = 0x7f;

/** What a worker says about a block it checked. */
export const checkOutcome = {
  sound: 0,
  unreadable: 1,
  wrongHeader: 2,
  wrongChecksum: 3,
  undecodable: 4,
  wrongDigest: 5,
} as const;

/** Among the outcomes, for a worker that stores: the row needs no look at the disk, its state is what the new file gets. */
export const settledRow = 1;

// Numbers are kept in columns laid out as in a file, which is little-endian.
if (endianness() !== 'LE') throw new Error('Backup files can only be handled on little-endian machines.');

/**
 * One page's worth of index entries as fixed-width columns in memory that workers share. Row number = block index within
 * the page. Allocated once per run and reused, so that memory does not grow with the disk.
 */
export class BlockTable {
  static readonly byteLength = blocksPerPage * (digestBytes + 8 + 8 + 8 + 4 + 2 + 1 + 1);

  readonly buffer: SharedArrayBuffer;
  /** 32 bytes a row: what the block is in the state that the table stands for, zeros and lost blocks included. */
  readonly digests: Uint8Array;
  /** Of the record's stored body. */
  readonly checksums: BigUint64Array;
  /** Position of the record's header in the file that holds it. */
  readonly offsets: Float64Array;
  /** Where the stored bytes shall stand in a planned file; only meaningful to whoever plans one. */
  readonly plannedOffsets: Float64Array;
  readonly storedBytes: Uint32Array;
  /** Which file of the chain (0 = newest) holds the stored bytes. */
  readonly files: Uint16Array;
  readonly states: Uint8Array;
  readonly outcomes: Uint8Array;

  constructor(buffer: SharedArrayBuffer = takeSharedMemory(BlockTable.byteLength)) {
    this.buffer = buffer;
    let at = 0;
    const take = (bytesPerRow: number): number => {
      at += blocksPerPage * bytesPerRow;
      return at - blocksPerPage * bytesPerRow;
    };
    this.digests = new Uint8Array(buffer, take(digestBytes), blocksPerPage * digestBytes);
    this.checksums = new BigUint64Array(buffer, take(8), blocksPerPage);
    this.offsets = new Float64Array(buffer, take(8), blocksPerPage);
    this.plannedOffsets = new Float64Array(buffer, take(8), blocksPerPage);
    this.storedBytes = new Uint32Array(buffer, take(4), blocksPerPage);
    this.files = new Uint16Array(buffer, take(2), blocksPerPage);
    this.states = new Uint8Array(buffer, take(1), blocksPerPage);
    this.outcomes = new Uint8Array(buffer, take(1), blocksPerPage);
  }

  /** For the maker of a new table, once, when no worker uses it any more. */
  release(): void {
    giveBackSharedMemory(this.buffer);
  }

  /** Makes every row absent. */
  clear(): void {
    this.states.fill(0);
    this.outcomes.fill(0);
  }

  digest(row: number): Uint8Array {
    return this.digests.subarray(row * digestBytes, (row + 1) * digestBytes);
  }

  /** Whether a record holds the block: it is neither absent, nor zero, nor lost. */
  hasData(row: number): boolean {
    return this.state(row) === blockState.stored;
  }

  /** The row's state without the flag. */
  state(row: number): number {
    return (this.states[row] ?? 0) & stateMask;
  }

  isShared(row: number): boolean {
    return ((this.states[row] ?? 0) & sharedFlag) !== 0;
  }

  setData(row: number, offset: number, storedBytes: number, checksum: bigint, shared: boolean): void {
    this.states[row] = blockState.stored | (shared ? sharedFlag : 0);
    this.offsets[row] = offset;
    this.storedBytes[row] = storedBytes;
    this.checksums[row] = checksum;
  }
}
