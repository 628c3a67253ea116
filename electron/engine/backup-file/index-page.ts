import { type BlockTable, blockState, blocksPerPage, sharedFlag } from './block-table.ts';
import { recordHeaderBytes } from './record.ts';
import { digestBytes } from './state-digest.ts';
import { readUint64, writeUint64 } from './superblock.ts';

/**
 * An index page: the entries of up to 4 096 consecutive blocks of one object. A header of 8 bytes, then one column after
 * another, so that equal things stand together and pack well. Only rows that are not absent have an entry.
 */
const headerBytes = 8;
const entryBytes = digestBytes + 8 + 8 + 4 + 2 + 1;

/** Page size in plain bytes can never exceed this. */
export const largestIndexPageBytes = headerBytes + blocksPerPage * entryBytes;

/** The plain bytes of a page with every row of the table below `rows` that is not absent; `undefined` if there is none. */
export function encodePage(table: BlockTable, rows: number): { plain: Buffer; entryCount: number } | undefined {
  let count = 0;
  for (let row = 0; row < rows; row += 1) if (table.states[row] !== blockState.absent) count += 1;
  if (count === 0) return undefined;
  const bytes = Buffer.alloc(headerBytes + count * entryBytes);
  bytes.writeUInt32LE(count, 0);
  const at = columns(count);
  let entry = 0;
  for (let row = 0; row < rows; row += 1) {
    const state = table.states[row] ?? blockState.absent;
    if (state === blockState.absent) continue;
    bytes.writeUInt16LE(row, at.slots + entry * 2);
    bytes.writeUInt8(state, at.states + entry);
    bytes.set(table.digest(row), at.digests + entry * digestBytes);
    if (table.hasData(row)) {
      bytes.writeBigUInt64LE(table.checksums[row] ?? 0n, at.checksums + entry * 8);
      writeUint64(bytes, table.offsets[row] ?? 0, at.offsets + entry * 8);
      bytes.writeUInt32LE(table.storedBytes[row] ?? 0, at.storedBytes + entry * 4);
    }
    entry += 1;
  }
  return { plain: bytes, entryCount: count };
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
  entryCount: number;
  /** Rows at or above this one lie behind the end of the object. */
  rows: number;
  /** Records lie in `[firstByte, endByte)`. */
  firstByte: number;
  endByte: number;
  largestStoredBytes: number;
  /** Whether the file is a full: then no entry says zero. */
  full: boolean;
}

/**
 * Reads a page's plain bytes into those rows of the table that are still absent and below `rowLimit`, noting `file` as
 * their place. Throws a plain Error that says what is wrong when the page breaks its own rules.
 */
export function decodePageInto(
  table: BlockTable,
  bytes: Buffer,
  limits: PageLimits,
  file: number,
  rowLimit: number,
): void {
  const count = bytes.length >= headerBytes ? bytes.readUInt32LE(0) : -1;
  if (
    bytes.length !== headerBytes + count * entryBytes ||
    count !== limits.entryCount ||
    count > blocksPerPage ||
    bytes.readUInt32LE(4) !== 0
  ) {
    throw new Error('an index page is not the one the object table names');
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
    const offset = readUint64(bytes, at.offsets + entry * 8);
    const storedBytes = bytes.readUInt32LE(at.storedBytes + entry * 4);
    if (kind === blockState.stored) {
      const end = offset + recordHeaderBytes + storedBytes;
      if (storedBytes === 0 || storedBytes > limits.largestStoredBytes || offset < limits.firstByte) {
        throw new Error('an index page names an impossible block');
      }
      if (end > limits.endByte) throw new Error('an index page names a block behind the end');
    } else if (kind === blockState.absent || kind > blockState.lost || (kind === blockState.zero && limits.full)) {
      throw new Error('an index page has an unknown block state');
    } else if (state !== kind || offset !== 0 || storedBytes !== 0) {
      throw new Error('an index page names a place for a block that has none');
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
