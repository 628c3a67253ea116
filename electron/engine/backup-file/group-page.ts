import { blocksPerPage } from './block-table.ts';
import { blockCount, type ObjectKind, objectKinds } from './restore-point.ts';
import { contentDigest, digestBytes, objectDigest, placeOf, sectionCount, type Summand } from './state-digest.ts';
import { readUint64, writeUint64 } from './superblock.ts';

/**
 * Group pages: the objects of a point whose places begin alike, each with the sections of its whole state and the index pages that
 * the file holds of it (docs/format-2.md §2). One page holds all there is but in points of very many objects.
 */
const headBytes = 56;
const rowBytes = 56;
export const largestGroupPageBytes = 64 * 1024 * 1024;
export const largestIdBytes = 1024;
export const largestNameBytes = 4096;
/** Objects that one group page holds on average, at most. */
const objectsPerGroup = 1024;
export const largestGroupBits = 16;

/** A record's two copies and how to check them. */
export interface PageLocation {
  pageNumber: number;
  entryCount: number;
  offsets: readonly [number, number];
  storedBytes: number;
  plainBytes: number;
  checksum: bigint;
  counter: number;
}

/** The index pages of one object in one file, kept as the bytes they are stored as. */
export class PageRows {
  readonly bytes: Buffer;
  readonly length: number;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.bytes = bytes;
    this.length = bytes.length / rowBytes;
  }

  static from(pages: readonly PageLocation[]): PageRows {
    const bytes = Buffer.alloc(pages.length * rowBytes);
    const sorted = [...pages].sort((a, b) => a.pageNumber - b.pageNumber);
    for (const [index, page] of sorted.entries()) {
      const at = index * rowBytes;
      bytes.writeUInt32LE(page.pageNumber, at);
      bytes.writeUInt32LE(page.entryCount, at + 4);
      writeUint64(bytes, page.offsets[0], at + 8);
      writeUint64(bytes, page.offsets[1], at + 16);
      bytes.writeUInt32LE(page.storedBytes, at + 24);
      bytes.writeUInt32LE(page.plainBytes, at + 28);
      bytes.writeBigUInt64LE(page.checksum, at + 32);
      bytes.writeUIntLE(page.counter, at + 40, 6);
    }
    return new PageRows(bytes);
  }

  at(row: number): PageLocation {
    const at = row * rowBytes;
    return {
      pageNumber: this.bytes.readUInt32LE(at),
      entryCount: this.bytes.readUInt32LE(at + 4),
      offsets: [readUint64(this.bytes, at + 8), readUint64(this.bytes, at + 16)],
      storedBytes: this.bytes.readUInt32LE(at + 24),
      plainBytes: this.bytes.readUInt32LE(at + 28),
      checksum: this.bytes.readBigUInt64LE(at + 32),
      counter: this.bytes.readUIntLE(at + 40, 6),
    };
  }

  /** Where a page stands, or `undefined` when the file has no entry in it. */
  find(pageNumber: number): PageLocation | undefined {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.bytes.readUInt32LE(middle * rowBytes);
      if (found === pageNumber) return this.at(middle);
      if (found < pageNumber) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<PageLocation> {
    for (let row = 0; row < this.length; row += 1) yield this.at(row);
  }
}

/** One object as a file describes it. */
export interface StoredObject {
  id: string;
  name: string;
  kind: ObjectKind;
  sizeBytes: number;
  /** Content digest of the whole state. */
  content: Uint8Array;
  /** 32 bytes for each section of the whole state. */
  sections: Uint8Array;
  /** What this file holds of it. */
  pages: PageRows;
}

export interface PlacedObject extends StoredObject, Summand {}

/** An object with its place and digest, both made from what it says. */
export function placed(object: StoredObject): PlacedObject {
  return { ...object, place: placeOf(object.id), digest: objectDigest(object, object.content) };
}

/** How many bits of a place name a group. */
export function groupBitsFor(objects: number): number {
  return Math.min(largestGroupBits, Math.max(0, Math.ceil(Math.log2(objects / objectsPerGroup))));
}

export function groupOf(place: Uint8Array, bits: number): number {
  return bits === 0 ? 0 : (((place[0] ?? 0) << 8) | (place[1] ?? 0)) >>> (16 - bits);
}

/** The plain bytes of a group page; objects sorted by place. */
export function encodeGroupPage(objects: readonly PlacedObject[]): Buffer {
  const parts: Buffer[] = [Buffer.alloc(4)];
  parts[0]?.writeUInt32LE(objects.length);
  for (const object of objects) {
    const id = Buffer.from(object.id, 'utf8');
    const name = Buffer.from(object.name, 'utf8');
    const head = Buffer.alloc(headBytes);
    head.writeUInt8(objectKinds.indexOf(object.kind) + 1, 0);
    head.writeUInt16LE(id.length, 2);
    head.writeUInt16LE(name.length, 4);
    writeUint64(head, object.sizeBytes, 8);
    head.writeUInt32LE(object.sections.length / digestBytes, 16);
    head.writeUInt32LE(object.pages.length, 20);
    head.set(object.content, 24);
    parts.push(head, id, name, Buffer.from(object.sections), object.pages.bytes);
  }
  return Buffer.concat(parts);
}

/** Where the pages of a file may lie. */
export interface PageBounds {
  blockSizeBytes: number;
  firstByte: number;
  endByte: number;
  largestPageBytes: number;
}

/**
 * Reads the plain bytes of a group page. Every claim that can be checked within it is: order, lengths, content digest from the
 * sections. Throws a plain Error that says what is wrong.
 */
export function decodeGroupPage(bytes: Buffer, bounds: PageBounds): PlacedObject[] {
  const objects: PlacedObject[] = [];
  const wrong = (what: string): never => {
    throw new Error(`an object table ${what}`);
  };
  const count = bytes.length >= 4 ? bytes.readUInt32LE(0) : wrong('is too short');
  let at = 4;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) wrong('is too short');
    at += length;
    return bytes.subarray(at - length, at);
  };
  for (let index = 0; index < count; index += 1) {
    const head = take(headBytes);
    const kind = objectKinds[head.readUInt8(0) - 1] ?? wrong('has an object of an unknown kind');
    const [idBytes, nameBytes] = [head.readUInt16LE(2), head.readUInt16LE(4)];
    const sizeBytes = readUint64(head, 8);
    const [sections, pages] = [head.readUInt32LE(16), head.readUInt32LE(20)];
    if (head.readUInt8(1) !== 0 || head.readUInt16LE(6) !== 0) wrong('has reserved bytes that are set');
    if (idBytes === 0 || idBytes > largestIdBytes || nameBytes > largestNameBytes) wrong('has an impossible name');
    if (!Number.isSafeInteger(sizeBytes) || sections !== sectionCount(sizeBytes)) wrong('has an impossible size');
    const id = take(idBytes).toString('utf8');
    const name = take(nameBytes).toString('utf8');
    const object = placed({
      id,
      name,
      kind,
      sizeBytes,
      content: head.subarray(24, 56),
      sections: take(sections * digestBytes),
      pages: new PageRows(take(pages * rowBytes)),
    });
    if (Buffer.compare(contentDigest(object.sections), object.content) !== 0) wrong(`does not prove “${name}”`);
    const before = objects.at(-1);
    if (before && Buffer.compare(before.place, object.place) >= 0) wrong('is out of order');
    checkPages(object, bounds, wrong);
    objects.push(object);
  }
  if (at !== bytes.length) wrong('has the wrong length');
  return objects;
}

function checkPages(object: StoredObject, bounds: PageBounds, wrong: (what: string) => never): void {
  let previous = -1;
  const blocks = blockCount(object.sizeBytes, bounds.blockSizeBytes);
  for (const page of object.pages) {
    const inside = page.offsets.every(
      (offset) => offset >= bounds.firstByte && offset + 64 + page.storedBytes <= bounds.endByte,
    );
    if (page.pageNumber <= previous || page.pageNumber * blocksPerPage >= blocks) wrong('has pages out of order');
    if (!inside || page.plainBytes > bounds.largestPageBytes) wrong('names an impossible page');
    previous = page.pageNumber;
  }
}
