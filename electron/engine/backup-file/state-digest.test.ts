import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as plain from '../../../build/counterparts/state-digest.ts';
import {
  blockDigest,
  contentDigest,
  digestBytes,
  fillZeroDigests,
  leafBytes,
  levelOfBlock,
  objectDigest,
  placeOf,
  sectionBytes,
  sectionsOfPage,
  sumOf,
  zeroDigest,
  zeroSection,
} from './state-digest.ts';

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const content = (length: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1021) bytes[at] = (seed * 31 + at) & 0xff;
  return bytes;
};
const blockSizes = [256, 512, 1024, 4096].map((kib) => kib * 1024);

/** As the engine does it: block by block, page by page. */
function byBlocks(bytes: Uint8Array, blockSizeBytes: number): Uint8Array {
  const rows = Math.max(1, Math.ceil(bytes.length / blockSizeBytes));
  const digests = new Uint8Array(rows * digestBytes);
  for (let row = 0; row < rows; row += 1) {
    const block = bytes.subarray(row * blockSizeBytes, (row + 1) * blockSizeBytes);
    digests.set(blockDigest(block), row * digestBytes);
  }
  return contentDigest(sectionsOfPage(digests, rows, blockSizeBytes));
}

test('every block size names the same tree, and the plain rule gives the same name', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 * leafBytes + 5 }), fc.nat(), (length, seed) => {
      const bytes = content(length, seed);
      const wanted = hex(plain.rootOf(plain.leavesOf(bytes), 0));
      for (const size of blockSizes) expect(hex(byBlocks(bytes, size))).toBe(wanted);
    }),
    { numRuns: 30 },
  );
});

test('zeros have the ordinary digest of their bytes', () => {
  for (const length of [0, 1, leafBytes, leafBytes + 1, 3 * leafBytes, 4 * leafBytes]) {
    expect(hex(zeroDigest(length))).toBe(hex(plain.rootOf(plain.leavesOf(new Uint8Array(length)), 0)));
  }
  const sizeBytes = 5 * leafBytes + 7;
  const digests = new Uint8Array(2 * digestBytes);
  fillZeroDigests(digests, 2, () => false, { firstBlock: 0, sizeBytes, blockSizeBytes: 1024 * 1024 });
  expect(hex(contentDigest(sectionsOfPage(digests, 2, 1024 * 1024)))).toBe(
    hex(byBlocks(new Uint8Array(sizeBytes), 1024 * 1024)),
  );
  for (const size of blockSizes) {
    const rows = sectionBytes / size;
    const page = new Uint8Array(rows * digestBytes);
    fillZeroDigests(page, rows, () => false, { firstBlock: 0, sizeBytes: sectionBytes, blockSizeBytes: size });
    expect(hex(sectionsOfPage(page, rows, size))).toBe(hex(zeroSection(sectionBytes, size)));
    expect(levelOfBlock(size)).toBe(Math.log2(size / leafBytes));
  }
});

test('the state of a point does not depend on how its objects are grouped', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 40 }), (ids) => {
      const objects = ids
        .map((id) => ({
          place: placeOf(id),
          digest: objectDigest({ id, kind: 'disk', sizeBytes: 5 }, placeOf(`${id}!`)),
        }))
        .sort((a, b) => Buffer.compare(a.place, b.place));
      const whole = hex(sumOf(objects));
      expect(whole).toBe(hex(plain.sumOf(objects)));
      for (const bits of [1, 3]) {
        const groups = Map.groupBy(objects, ({ place }) => (place[0] ?? 0) >>> (8 - bits));
        const sums = [...groups.values()].map((members) => ({
          place: members[0]?.place ?? new Uint8Array(32),
          digest: sumOf(members),
        }));
        expect(hex(sumOf(sums))).toBe(whole);
      }
    }),
  );
  const one = { id: 'disk0', kind: 'document', sizeBytes: 77 } as const;
  expect(hex(objectDigest(one, placeOf('x')))).toBe(
    hex(plain.objectDigest({ id: 'disk0', kind: 'document', size: 77, content: placeOf('x') })),
  );
});
