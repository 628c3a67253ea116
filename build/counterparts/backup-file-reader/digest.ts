/** Checksums and digests of format 2, sections "State digest" and the head of the page. */

import { blake3 as blake3Of } from '@napi-rs/blake-hash';
import xxhash from 'xxhash-wasm';

const xx = await xxhash();

/** Bytes of a leaf. */
export const LEAF = 262_144;
/** Bytes of a section, and its level above the leaves. */
export const SECTION = 2 ** 30;
const SECTION_LEVEL = 12;

/** Numbers of the kinds of objects in digests and group pages. */
export const KINDS = { disk: 1, document: 2, file: 3 } as const;
export type Kind = keyof typeof KINDS;

/** XXH64 with seed 0. */
export function checksum(bytes: Uint8Array): bigint {
  return xx.h64Raw(bytes);
}

/** The lower half of the checksum. */
export function checksumLow(bytes: Uint8Array): number {
  return Number(checksum(bytes) & 0xffff_ffffn);
}

/** BLAKE3 of the parts, one behind the other. */
export function blake3(...parts: Uint8Array[]): Buffer {
  return blake3Of(parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts));
}

/** The root over nodes that all stand on `level`; a node without a neighbour moves up unchanged. */
export function joinNodes(nodes: readonly Buffer[], level: number): Buffer {
  let row = nodes;
  for (let up = level + 1; row.length > 1; up++) {
    const next: Buffer[] = [];
    for (let at = 0; at < row.length; at += 2) next.push(joinPair(row[at], row[at + 1], up));
    row = next;
  }
  const root = row[0];
  if (!root) throw new Error('A tree needs at least one node');
  return root;
}

function joinPair(left: Buffer | undefined, right: Buffer | undefined, level: number): Buffer {
  if (!left) throw new Error('A pair needs a left node');
  return right ? blake3(Uint8Array.of(level), left, right) : left;
}

/** The digest of a whole block: the node above its leaves. */
export function blockDigest(bytes: Uint8Array): Buffer {
  const leaves: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += LEAF) leaves.push(blake3(bytes.subarray(at, at + LEAF)));
  return joinNodes(leaves, 0);
}

const zeroDigests = new Map<number, Buffer>();

/** The digest of a block of `length` zeros. */
export function zeroBlockDigest(length: number): Buffer {
  const known = zeroDigests.get(length);
  if (known) return known;
  const digest = blockDigest(Buffer.alloc(length));
  zeroDigests.set(length, digest);
  return digest;
}

/** The level of a block of `blockSize` bytes above the leaves. */
export function blockLevel(blockSize: number): number {
  return Math.log2(blockSize / LEAF);
}

/** The digests of the sections of an object, from those of all its blocks. */
export function sectionDigests(blocks: readonly Buffer[], blockSize: number): Buffer[] {
  const perSection = SECTION / blockSize;
  const sections: Buffer[] = [];
  for (let at = 0; at < blocks.length; at += perSection) {
    sections.push(joinNodes(blocks.slice(at, at + perSection), blockLevel(blockSize)));
  }
  return sections;
}

/** The content digest of an object from those of its sections. */
export function contentDigest(sections: readonly Buffer[]): Buffer {
  return joinNodes(sections, SECTION_LEVEL);
}

/** The digest of one object: kind, size, id and content. */
export function objectDigest(kind: Kind, size: number, id: string, content: Buffer): Buffer {
  const name = Buffer.from(id);
  const head = Buffer.alloc(12);
  head.writeUInt8(0x80, 0);
  head.writeUInt8(KINDS[kind], 1);
  head.writeBigUInt64LE(BigInt(size), 2);
  head.writeUInt16LE(name.length, 10);
  return blake3(head, name, content);
}

/** A digest and the place, or the first bits of it, that it stands at. */
export interface Placed {
  /** 32 bytes; behind the bits of a group they do not matter. */
  readonly place: Buffer;
  readonly digest: Buffer;
}

function bitOf(place: Buffer, bit: number): number {
  return ((place[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
}

/** The root of the tree over places in which only forks are nodes. */
export function stateOf(items: readonly Placed[], from = 0): Buffer {
  const first = items[0];
  if (!first) return Buffer.alloc(32);
  if (items.length === 1) return first.digest;
  for (let bit = from; bit < 256; bit++) {
    const ones = items.filter((item) => bitOf(item.place, bit) === 1);
    if (ones.length === 0 || ones.length === items.length) continue;
    const zeros = items.filter((item) => bitOf(item.place, bit) === 0);
    return blake3(Uint8Array.of(0x81), stateOf(zeros, bit + 1), stateOf(ones, bit + 1));
  }
  throw new Error('Two objects have the same place');
}

/** The first `bits` bits of a place as a number. */
export function groupOf(place: Buffer, bits: number): number {
  return bits === 0 ? 0 : place.readUInt32BE(0) >>> (32 - bits);
}

/** A place that begins with the bits of a group. */
export function placeOfGroup(group: number, bits: number): Buffer {
  const place = Buffer.alloc(32);
  if (bits > 0) place.writeUInt32BE((group << (32 - bits)) >>> 0, 0);
  return place;
}
