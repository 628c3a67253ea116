import { expect, test } from 'vitest';
import { median, ratio, rounds, summarise } from './measure.ts';

test('every side runs once a round, and not always behind the same one', () => {
  expect(rounds(['a', 'b', 'c'], 3)).toEqual([
    ['a', 'b', 'c'],
    ['c', 'b', 'a'],
    ['a', 'b', 'c'],
  ]);
});

test('median of odd, even and unsorted numbers', () => {
  expect(median([3])).toBe(3);
  expect(median([10, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow('median of nothing');
});

test('speeds are medians of times; facts are medians where they are numbers', () => {
  const runs = [
    { seconds: 2, facts: { cpu: 1, note: 'first' } },
    { seconds: 1, facts: { cpu: 3, note: 'second' } },
    { seconds: 4, facts: { cpu: 8, note: 'third' } },
  ];
  expect(summarise('cp', 8e6, runs)).toEqual({
    name: 'cp',
    seconds: [2, 1, 4],
    mbPerSecond: 4,
    slowest: 2,
    fastest: 8,
    facts: { cpu: 3, note: 'third' },
  });
});

test('a ratio compares within rounds: one slow round of both does not change it', () => {
  const of = (seconds: number[]) =>
    summarise(
      'x',
      1e6,
      seconds.map((time) => ({ seconds: time, facts: {} })),
    );
  expect(ratio(of([1, 10, 1]), of([2, 20, 2]))).toBe(2);
  expect(ratio(of([2, 2, 2]), of([1, 1, 4]))).toBe(0.5);
});
