import { assert, integer, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { fitMiddle } from './fit-middle.ts';

const widthOf = (text: string): number => [...text].length * 7;

test('what fits stays whole; what does not keeps its beginning and its end', () => {
  expect(fitMiddle('web-01', 100, widthOf)).toBe('web-01');
  expect(fitMiddle('Sample backup copy of Hamburg', 91, widthOf)).toBe('Sample…amburg');
  expect(fitMiddle('😀😀😀😀😀😀', 28, widthOf)).toBe('😀😀…😀');
});

test('it is never wider than the room, as long as the room is not absurd', () => {
  assert(
    property(string({ unit: 'grapheme', maxLength: 60 }), integer({ min: 21, max: 300 }), (text, room) => {
      expect(widthOf(fitMiddle(text, room, widthOf))).toBeLessThanOrEqual(room);
    }),
  );
});
