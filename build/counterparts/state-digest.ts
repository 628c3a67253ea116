import { blake3 } from '@napi-rs/blake-hash';

/** The state digest of docs/format-2.md §1, written plainly and for small data: what the fast code is compared with. */
export const leafBytes = 262_144;
/** Level of a section: 1 GiB. */
export const sectionLevel = 12;

const joined = (prefix: readonly number[], ...parts: Uint8Array[]): Uint8Array =>
  blake3(Buffer.concat([Uint8Array.from(prefix), ...parts]));

/** The digests of all leaves of some bytes; of nothing, one leaf. */
export function leavesOf(bytes: Uint8Array): Uint8Array[] {
  const leaves = [];
  for (let at = 0; at === 0 || at < bytes.length; at += leafBytes) {
    leaves.push(new Uint8Array(blake3(Buffer.from(bytes.subarray(at, at + leafBytes)))));
  }
  return leaves;
}

/** Joins nodes of level `from` pairwise until those of level `to` are left. */
export function raise(nodes: readonly Uint8Array[], from: number, to: number): Uint8Array[] {
  let row = [...nodes];
  for (let level = from + 1; level <= to; level += 1) {
    const next = [];
    for (let index = 0; index < row.length; index += 2) {
      const [left, right] = [row[index], row[index + 1]];
      if (left) next.push(right ? joined([level], left, right) : left);
    }
    row = next;
  }
  return row;
}

/** The root of a tree whose nodes of level `from` are given. */
export function rootOf(nodes: readonly Uint8Array[], from: number): Uint8Array {
  let [row, level] = [[...nodes], from];
  while (row.length > 1) row = raise(row, level, (level += 1));
  const [root] = row;
  if (!root) throw new Error('A tree has at least one node.');
  return root;
}

export const levelOfBlock = (blockSizeBytes: number): number => Math.log2(blockSizeBytes / leafBytes);
export const kindNumbers = { disk: 1, document: 2, file: 3 } as const;
export type ObjectKind = keyof typeof kindNumbers;

export function placeOf(id: string): Uint8Array {
  return new Uint8Array(blake3(Buffer.from(id)));
}

export function objectDigest(object: { id: string; kind: ObjectKind; size: number; content: Uint8Array }): Uint8Array {
  const id = Buffer.from(object.id);
  const head = Buffer.alloc(12);
  head.writeUInt8(0x80, 0);
  head.writeUInt8(kindNumbers[object.kind], 1);
  head.writeBigUInt64LE(BigInt(object.size), 2);
  head.writeUInt16LE(id.length, 10);
  return joined([], head, id, object.content);
}

const bitAt = (place: Uint8Array, bit: number): number => ((place[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;

/** The sum of objects by their places: the state digest of a point, or of one group of it. */
export function sumOf(objects: readonly { place: Uint8Array; digest: Uint8Array }[]): Uint8Array {
  const [first] = objects;
  if (!first) return new Uint8Array(32);
  if (objects.length === 1) return first.digest;
  let bit = 0;
  while (objects.every(({ place }) => bitAt(place, bit) === bitAt(first.place, bit))) {
    bit += 1;
    if (bit === 256) throw new Error('Two objects have the same id.');
  }
  return joined(
    [0x81],
    sumOf(objects.filter(({ place }) => bitAt(place, bit) === 0)),
    sumOf(objects.filter(({ place }) => bitAt(place, bit) === 1)),
  );
}
