import { constants, zstdCompressSync } from 'node:zlib';
import { type BlockTable, blockState, blocksPerPage, sharedFlag } from './block-table.ts';
import { digestBytes } from './checksum.ts';
import { readUint64, writeUint64 } from './superblock.ts';

/**
 * An index page: the entries of up to 4 096 consecutive blocks of one object. A header of 16 bytes, then one column
 * after another, so that equal things stand together and pack well. Only rows that are not absent have an entry.
 */
const headerBytes = 16;
const entryBytes = digestBytes + 8 + 8 + 4 + 2 + 1;
const offsetLimit = Number.MAX_SAFE_INTEGER;

export interface PageFacts {
  objectIndex: number;
  pageNumber: number;
  entryCount: number;
}

/** The plain bytes of a page with every row of the table below `rows` that is not absent; `undefined` if there is none. */
export function encodePage(
  objectIndex: number,
  pageNumber: number,
  table: BlockTable,
  rows: number,
): Buffer | undefined {
  let count = 0;
  for (let row = 0; row < rows; row += 1) if (table.states[row] !== blockState.absent) count += 1;
  if (count === 0) return undefined;
  const bytes = Buffer.alloc(headerBytes + count * entryBytes);
  bytes.writeUInt32LE(objectIndex, 0);
  bytes.writeUInt32LE(pageNumber, 4);
  bytes.writeUInt32LE(count, 8);
  const at = columns(count);
  let entry = 0;
  for (let row = 0; row < rows; row += 1) {
    const state = table.states[row] ?? blockState.absent;
    if (state === blockState.absent) continue;
    bytes.writeUInt16LE(row, at.slots + entry * 2);
    bytes.writeUInt8(state, at.states + entry);
    if (table.hasData(row)) {
      bytes.set(table.digest(row), at.digests + entry * digestBytes);
      bytes.writeBigUInt64LE(table.checksums[row] ?? 0n, at.checksums + entry * 8);
      writeUint64(bytes, table.offsets[row] ?? 0, at.offsets + entry * 8);
      bytes.writeUInt32LE(table.storedBytes[row] ?? 0, at.storedBytes + entry * 4);
    }
    entry += 1;
  }
  return bytes;
}

function columns(count: number) {
  const digests = headerBytes;
  const checksums = digests + count * digestBytes;
  const offsets = checksums + count * 8;
  const storedBytes = offsets + count * 8;
  const slots = storedBytes + count * 4;
  return { digests, checksums, offsets, storedBytes, slots, states: slots + count * 2 };
}

/** Bounds that every entry of a page must keep to; anything else is a damaged page. */
export interface PageLimits {
  /** Rows at or above this one lie behind the end of the object. */
  rows: number;
  /** Stored blocks lie in `[firstByte, endByte)`. */
  firstByte: number;
  endByte: number;
  largestStoredBytes: number;
}

/**
 * Reads a page's plain bytes into those rows of the table that are still absent and below `rowLimit`, noting `file` as
 * their place. Throws a plain Error that says what is wrong when the page breaks its own rules.
 */
export function decodePageInto(
  table: BlockTable,
  bytes: Buffer,
  expected: PageFacts,
  limits: PageLimits,
  file: number,
  rowLimit: number,
): void {
  const count = bytes.length >= headerBytes ? bytes.readUInt32LE(8) : -1;
  if (
    bytes.length !== headerBytes + count * entryBytes ||
    count !== expected.entryCount ||
    bytes.readUInt32LE(0) !== expected.objectIndex ||
    bytes.readUInt32LE(4) !== expected.pageNumber
  ) {
    throw new Error('an index page is not the one the directory names');
  }
  const at = columns(count);
  let previous = -1;
  for (let entry = 0; entry < count; entry += 1) {
    const row = bytes.readUInt16LE(at.slots + entry * 2);
    if (row <= previous || row >= limits.rows)
      throw new Error('an index page has entries out of order or out of range');
    previous = row;
    const state = bytes.readUInt8(at.states + entry);
    const kind = state & ~sharedFlag;
    if (kind === blockState.absent || kind > blockState.zstd)
      throw new Error('an index page has an unknown block state');
    const offset = readUint64(bytes, at.offsets + entry * 8);
    const storedBytes = bytes.readUInt32LE(at.storedBytes + entry * 4);
    if (kind !== blockState.zero) {
      const end = offset + storedBytes;
      if (storedBytes === 0 || storedBytes > limits.largestStoredBytes || offset < limits.firstByte) {
        throw new Error('an index page names an impossible block');
      }
      if (end > limits.endByte || end > offsetLimit) throw new Error('an index page names a block behind the end');
    }
    if (row >= rowLimit || table.states[row] !== blockState.absent) continue;
    table.states[row] = state;
    table.files[row] = file;
    table.offsets[row] = offset;
    table.storedBytes[row] = storedBytes;
    table.checksums[row] = bytes.readBigUInt64LE(at.checksums + entry * 8);
    table.digests.set(
      bytes.subarray(at.digests + entry * digestBytes, at.digests + (entry + 1) * digestBytes),
      row * digestBytes,
    );
  }
}

/** Page size in plain bytes can never exceed this. */
export const largestPageBytes = headerBytes + blocksPerPage * entryBytes;

/** Packs the bytes of a page or root; gives them back unpacked where packing does not help. */
export function packIndex(plain: Buffer): { packed: Buffer; zstd: boolean } {
  const packed = zstdCompressSync(plain, {
    chunkSize: plain.length + 8192,
    pledgedSrcSize: plain.length,
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  return packed.length < plain.length ? { packed, zstd: true } : { packed: plain, zstd: false };
}
