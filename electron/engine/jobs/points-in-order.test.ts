import { expect, test } from 'vitest';
import { pointsInOrder } from './points-in-order.ts';

const point = (path: string, createdAt: number) => ({
  path,
  createdAt,
  kind: path.includes('full') ? ('full' as const) : ('increment' as const),
});
const paths = (...chains: ReturnType<typeof point>[][]) => pointsInOrder(chains).map(({ path }) => path);

test('a full that was made of a point that was there already comes after it, and before what builds on it', () => {
  const old = [point('a~full.rvb', 1), point('b~incr.rvb', 2)];
  expect(paths([point('b~full.rvb', 2)], old)).toEqual(['a~full.rvb', 'b~incr.rvb', 'b~full.rvb']);
  expect(paths([point('b~full.rvb', 2), point('c~incr.rvb', 3)], old).at(-1)).toBe('c~incr.rvb');
});

test('of several fulls of one point the last is the one that the chain goes on from', () => {
  const first = [point('a~full.rvb', 1)];
  const third = [point('a~full-10.rvb', 1)];
  const second = [point('a~full-2.rvb', 1)];
  expect(paths(third, first, second)).toEqual(['a~full.rvb', 'a~full-2.rvb', 'a~full-10.rvb']);
  expect(paths([...first, point('b~incr.rvb', 2)], second)).toEqual(['a~full-2.rvb', 'a~full.rvb', 'b~incr.rvb']);
});
