import { blake3 } from '@napi-rs/blake-hash';
import { blockCount, type ObjectKind, objectKinds, plainLength } from './restore-point.ts';

/**
 * One name for the content of a restore point, whatever file, codec, key or block size it has (docs/format-2.md §1): BLAKE3
 * leaves of 256 KiB, joined pairwise as in RFC 6962. A block is a node of this tree, and so is a section of 1 GiB.
 */
export const leafBytes = 256 * 1024;
export const digestBytes = 32;
/** Level of a section's node above the leaves. */
export const sectionLevel = 12;
export const sectionBytes = leafBytes * 2 ** sectionLevel;

/** Level of the node that covers one whole block. */
export function levelOfBlock(blockSizeBytes: number): number {
  return Math.log2(blockSizeBytes / leafBytes);
}

/** Sections of an object; one of no bytes has one, too. */
export function sectionCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / sectionBytes));
}

// One per thread: a node is made from what is written here, and nothing is allocated for it but its digest.
const pair = Buffer.alloc(1 + 2 * digestBytes);
const leaves = Buffer.alloc(16 * digestBytes);

/**
 * Joins `count` nodes of level `from`, which stand one after another in `nodes`, until those of level `to` are left, in place.
 * Gives how many there are. A node without a neighbour moves up as it is.
 */
export function raise(nodes: Uint8Array, count: number, from: number, to: number): number {
  for (let level = from + 1; level <= to && count > 1; level += 1) {
    const joined = count >>> 1;
    for (let index = 0; index < joined; index += 1) {
      pair[0] = level;
      pair.set(nodes.subarray(2 * index * digestBytes, 2 * (index + 1) * digestBytes), 1);
      nodes.set(blake3(pair), index * digestBytes);
    }
    if (count % 2 === 1) nodes.copyWithin(joined * digestBytes, (count - 1) * digestBytes, count * digestBytes);
    count = joined + (count % 2);
  }
  return count;
}

/** The node of one block: `plain` is at most 4 MiB, and shorter than a whole block only at the end of its object. */
export function blockDigest(plain: Uint8Array): Uint8Array {
  const count = Math.max(1, Math.ceil(plain.length / leafBytes));
  if (count === 1) return blake3(plain);
  for (let leaf = 0; leaf < count; leaf += 1) {
    leaves.set(blake3(plain.subarray(leaf * leafBytes, (leaf + 1) * leafBytes)), leaf * digestBytes);
  }
  raise(leaves, count, 0, Math.ceil(Math.log2(count)));
  return leaves.subarray(0, digestBytes);
}

const zeroDigests = new Map<number, Uint8Array>();

/** The node of a block of zeros. Those of whole blocks are made once, and of short ones the last few. */
export function zeroDigest(plainBytes: number): Uint8Array {
  const known = zeroDigests.get(plainBytes);
  if (known) return known;
  if (zeroDigests.size >= 64) zeroDigests.clear();
  const made = Uint8Array.from(blockDigest(new Uint8Array(plainBytes)));
  zeroDigests.set(plainBytes, made);
  return made;
}

/**
 * The sections that one index page covers, from the digests of all its blocks: `digests` holds 32 bytes a block, zeros included,
 * for the `rows` blocks from `firstBlock` on. Gives 32 bytes a section. `digests` stays as it is.
 */
export function sectionsOfPage(digests: Uint8Array, rows: number, blockSizeBytes: number): Uint8Array {
  const nodes = Uint8Array.prototype.slice.call(digests, 0, rows * digestBytes);
  const sections = raise(nodes, rows, levelOfBlock(blockSizeBytes), sectionLevel);
  return nodes.subarray(0, sections * digestBytes);
}

/** Puts the digest of zeros where a row holds none, and tells whether the page is nothing but zeros. */
export function fillZeroDigests(
  digests: Uint8Array,
  rows: number,
  holds: (row: number) => boolean,
  object: { firstBlock: number; sizeBytes: number; blockSizeBytes: number },
): void {
  const whole = zeroDigest(object.blockSizeBytes);
  for (let row = 0; row < rows; row += 1) {
    if (holds(row)) continue;
    const plainBytes = plainLength(object.firstBlock + row, object.sizeBytes, object.blockSizeBytes);
    digests.set(plainBytes === object.blockSizeBytes ? whole : zeroDigest(plainBytes), row * digestBytes);
  }
}

/** The content digest of an object from all of its sections, 32 bytes each. */
export function contentDigest(sections: Uint8Array): Uint8Array {
  const nodes = Uint8Array.from(sections);
  raise(nodes, nodes.length / digestBytes, sectionLevel, 64);
  return nodes.subarray(0, digestBytes);
}

const zeroSections = new Map<number, Uint8Array>();

/** The node of a section of zeros; `bytes` is 1 GiB but for the last one. */
export function zeroSection(bytes: number, blockSizeBytes: number): Uint8Array {
  const known = zeroSections.get(bytes);
  if (known) return known;
  const rows = Math.max(1, blockCount(bytes, blockSizeBytes));
  const nodes = new Uint8Array(rows * digestBytes);
  fillZeroDigests(nodes, rows, () => false, { firstBlock: 0, sizeBytes: bytes, blockSizeBytes });
  raise(nodes, rows, levelOfBlock(blockSizeBytes), sectionLevel);
  if (zeroSections.size >= 64) zeroSections.clear();
  const made = nodes.slice(0, digestBytes);
  zeroSections.set(bytes, made);
  return made;
}

/** Where an object stands among the others: the bits of BLAKE3 of its id. */
export function placeOf(objectId: string): Uint8Array {
  return blake3(Buffer.from(objectId, 'utf8'));
}

/** The digest of an object: kind, size, id and content; not its name, which may change. */
export function objectDigest(object: { id: string; kind: ObjectKind; sizeBytes: number }, content: Uint8Array): Buffer {
  const id = Buffer.from(object.id, 'utf8');
  const bytes = Buffer.alloc(12 + id.length + digestBytes);
  bytes.writeUInt8(0x80, 0);
  bytes.writeUInt8(objectKinds.indexOf(object.kind) + 1, 1);
  bytes.writeBigUInt64LE(BigInt(object.sizeBytes), 2);
  bytes.writeUInt16LE(id.length, 10);
  bytes.set(id, 12);
  bytes.set(content, 12 + id.length);
  return blake3(bytes);
}

/** An object, or the sum of several whose places begin alike. */
export interface Summand {
  /** 32 bytes; of a sum, its bits count only as far as they are alike. */
  place: Uint8Array;
  digest: Uint8Array;
}

/**
 * The sum of objects, or of groups of them, sorted by place: only forks are nodes, so it does not matter how they were grouped. Of
 * nothing: 32 zero bytes. Throws where two have the same place.
 */
export function sumOf(summands: readonly Summand[], from = 0, to = summands.length, depth = 0): Uint8Array {
  const first = summands[from];
  if (!first || from >= to) return new Uint8Array(digestBytes);
  if (to - from === 1) return first.digest;
  let bit = depth;
  const last = summands[to - 1] as Summand;
  // Sorted: if the first and the last agree in a bit and those before, all do.
  while (bitOf(first.place, bit) === bitOf(last.place, bit)) {
    bit += 1;
    if (bit === 256) throw new Error('two objects have the same id');
  }
  let fork = from;
  while (bitOf((summands[fork] as Summand).place, bit) === 0) fork += 1;
  const bytes = Buffer.alloc(1 + 2 * digestBytes);
  bytes.writeUInt8(0x81, 0);
  bytes.set(sumOf(summands, from, fork, bit + 1), 1);
  bytes.set(sumOf(summands, fork, to, bit + 1), 1 + digestBytes);
  return blake3(bytes);
}

function bitOf(place: Uint8Array, bit: number): number {
  return ((place[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1;
}
