import { expect, test } from 'vitest';
import { isInPart, partOf, rangeOfPart } from './part.ts';

test.each([
  [1, 1],
  [3, 7],
  [10, 3],
  [8, 1000],
])('%s parts of %s items add up to the whole, none taken twice', (parts, count) => {
  const all = Array.from({ length: count }, (_, index) => index);
  const each = Array.from({ length: parts }, (_, index) => partOf(`${index + 1}/${parts}`));
  expect(each.flatMap((part) => all.filter((index) => isInPart(index, part))).sort((a, b) => a - b)).toEqual(all);
  expect(each.flatMap((part) => all.slice(...rangeOfPart(count, part)))).toEqual(all);
});

test('what names no part is refused', () => {
  expect(partOf(undefined)).toEqual({ part: 1, parts: 1 });
  for (const wrong of ['0/4', '5/4', '2', '1/0', '-1/4', '1/4x', '1.5/4']) expect(() => partOf(wrong)).toThrow('2/10');
});
