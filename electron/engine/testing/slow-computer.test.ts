import { expect, test } from 'vitest';
import { slowness, slownessOf } from './slow-computer.ts';

test('limits grow with the load that was there when the tests began, within reason', () => {
  expect([0, 0.5, 1.2, 4, 100].map((load) => slownessOf(undefined, load))).toEqual([3, 3, 4, 12, 20]);
});

test('a given factor is taken as it is, in every process of a run; what is none is refused', () => {
  expect(slownessOf('1', 100)).toBe(1);
  expect(slownessOf('7.5', 0)).toBe(7.5);
  for (const text of ['0', '-1', 'fast', '1e9']) expect(() => slownessOf(text, 0)).toThrow('REELVAULT_SLOW');
  expect(process.env.REELVAULT_SLOW).toBe(String(slowness));
});
