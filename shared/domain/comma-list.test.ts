import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinWithCommas, splitAtCommas } from './comma-list.ts';

test('texts with commas and backslashes survive being one word', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', '\\', '=', '/', ' ') });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (texts) => {
      expect(splitAtCommas(joinWithCommas(texts))).toEqual(texts);
    }),
  );
});

test('what has no commas in it is written as it is', () => {
  expect(joinWithCommas(['web01', String.raw`C:\images\a.raw`])).toBe(String.raw`web01,C:\images\a.raw`);
  expect(joinWithCommas(['a,b', 'c'])).toBe(String.raw`a\,b,c`);
});
