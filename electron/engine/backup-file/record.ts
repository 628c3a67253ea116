import { checksumOf } from './checksum.ts';
import type { Codec } from './restore-point.ts';

/**
 * Blocks, pages and all else in an append but roots, key sections and superblocks: a header that says what it is and whose, then
 * the body (docs/format-2.md §2). A record moves to other places and files as it is.
 */
export const recordHeaderBytes = 64;
/** Bytes 0 to 51 of a header: what its body is bound to when it is encrypted. */
export const associatedBytes = 52;

export const recordType = {
  opening: 1,
  objects: 2,
  block: 3,
  zeros: 4,
  same: 5,
  indexPage: 6,
  groupPage: 7,
  padding: 8,
} as const;
export type RecordType = (typeof recordType)[keyof typeof recordType];

/** Between the end of a first copy and its second one stands at least this much. */
export const copiesApartBytes = 4096;

export const codecNumbers: Record<Codec, number> = { none: 0, lz4: 1, zstd: 2 };
export const codecOfNumber: (Codec | undefined)[] = ['none', 'lz4', 'zstd'];
const magic = 0x3272_5652;
const largestType = 8;

export interface RecordHeader {
  type: RecordType;
  codec: Codec;
  /** Number of the record in its session. */
  counter: number;
  plainBytes: number;
  /** UUID of the append session that wrote it first, 16 bytes. */
  session: Uint8Array;
  /** The first 8 bytes of BLAKE3 of the object's id; zero where a record belongs to none. */
  object: Uint8Array;
  /** Block, page or group; else 0. */
  number: number;
  storedBytes: number;
}

/** Writes bytes 0 to 55 of a header; {@link setBodyChecksum} completes it. */
export function writeRecordHeader(into: Buffer, header: RecordHeader): void {
  into.writeUInt32LE(magic, 0);
  into.writeUInt8(header.type, 4);
  into.writeUInt8(codecNumbers[header.codec], 5);
  into.writeUIntLE(header.counter, 6, 6);
  into.writeUInt32LE(header.plainBytes, 12);
  into.set(header.session, 16);
  into.set(header.object, 32);
  into.writeUIntLE(header.number, 40, 6);
  into.writeUInt16LE(0, 46);
  into.writeUInt32LE(header.storedBytes, 48);
  into.writeUInt32LE(headerCheck(into), associatedBytes);
}

export function setBodyChecksum(header: Buffer, checksum: bigint): void {
  header.writeBigUInt64LE(checksum, 56);
}

export function bodyChecksum(header: Buffer): bigint {
  return header.readBigUInt64LE(56);
}

function headerCheck(header: Buffer): number {
  return Number(checksumOf(header.subarray(0, associatedBytes)) & 0xffff_ffffn);
}

/** A header that is whole, or undefined: what stands there is none. Views into `bytes`, nothing is copied. */
export function readRecordHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < recordHeaderBytes || bytes.readUInt32LE(0) !== magic) return undefined;
  if (bytes.readUInt32LE(associatedBytes) !== headerCheck(bytes) || bytes.readUInt16LE(46) !== 0) return undefined;
  const type = bytes.readUInt8(4);
  const codec = codecOfNumber[bytes.readUInt8(5)];
  if (type < 1 || type > largestType || !codec) return undefined;
  return {
    type: type as RecordType,
    codec,
    counter: bytes.readUIntLE(6, 6),
    plainBytes: bytes.readUInt32LE(12),
    session: bytes.subarray(16, 32),
    object: bytes.subarray(32, 40),
    number: bytes.readUIntLE(40, 6),
    storedBytes: bytes.readUInt32LE(48),
  };
}
