import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { gapMarker, objectSpan } from './tape-image.ts';
import { indexFromEntries, TapeIndex } from './tape-index.ts';

/** The same as plain lists. */
class Model {
  /** Objects and gaps in order. */
  words: number[] = [];
  get objects(): number[] {
    return this.words.filter((word) => word !== gapMarker);
  }
  offsetOf(block: number): number {
    let seen = 0;
    let offset = 0;
    for (const word of this.words) {
      if (word !== gapMarker && seen++ === block) return offset;
      offset += objectSpan(word);
    }
    return offset;
  }
  truncate(block: number): void {
    if (block >= this.objects.length) return;
    // A gap goes with what was behind it.
    while (this.objects.length > block || this.words.at(-1) === gapMarker) this.words.pop();
  }
}

const word = fc.constantFrom(0, 0, 1, 2, 3, 512, 0x8000_0003, gapMarker);
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('append' as const), word, count: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('truncate' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
);

test('an index in runs says the same as a list of all objects', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const index = new TapeIndex();
      const model = new Model();
      for (const step of operations) {
        if (step.kind === 'append') {
          index.append(step.word, step.count);
          for (let i = 0; i < step.count; i++) model.words.push(step.word);
        } else {
          const block = Math.floor(step.part * (index.endBlock + 1));
          index.truncate(block);
          model.truncate(block);
        }
      }
      const { objects } = model;
      expect(index.endBlock).toBe(objects.length);
      expect(index.endFile).toBe(objects.filter((word) => word === 0).length);
      for (let block = -1; block <= objects.length + 1; block++) {
        const object = index.at(block);
        expect(object?.word).toBe(objects[block]);
        if (object) expect(object.offset).toBe(model.offsetOf(block));
        const before = objects.slice(0, Math.max(0, block));
        expect(index.filesBefore(Math.max(0, block))).toBe(before.filter((word) => word === 0).length);
        for (const nth of [1, 2, 4]) {
          const marks = objects.flatMap((word, at) => (word === 0 ? [at] : []));
          const from = Math.max(0, block);
          expect(index.filemarkAfter(from, nth)).toBe(marks.filter((at) => at >= from)[nth - 1]);
          expect(index.filemarkBefore(from, nth)).toBe(marks.filter((at) => at < from).at(-nth));
        }
      }
      for (let block = 0; block <= objects.length; block++) {
        const end = block === objects.length ? index.endOffset : model.offsetOf(block);
        expect(index.blocksBefore(end)).toBe(block);
      }
      const copy = indexFromEntries(JSON.parse(JSON.stringify(index.entries())));
      expect(copy?.entries()).toEqual(index.entries());
      expect(copy?.endOffset).toBe(index.endOffset);
    }),
  );
});

test.each([
  [undefined],
  [{}],
  [[[1]]],
  [[[1, 0]]],
  [[[1, -1]]],
  [[[1.5, 1]]],
  [[['1', 1]]],
  [[[0x4000_0000, 1]]],
  [[[0xffff_ffff, 1]]],
  [[[8, 2 ** 53 - 1]]],
])('entries that no tape can have are no index: %j', (entries) => {
  expect(indexFromEntries(entries)).toBeUndefined();
});
