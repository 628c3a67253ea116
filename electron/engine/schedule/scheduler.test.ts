import { expect, test } from 'vitest';
import { TestClock } from '../faults/clock.ts';
import { Scheduler } from './scheduler.ts';

test('fires once when due, and what was replaced or removed never fires', async () => {
  const clock = new TestClock(0);
  const fired: [string, number][] = [];
  const scheduler = new Scheduler(clock, (id) => fired.push([id, clock.now()]));
  scheduler.set('a', 3_600_000);
  scheduler.set('b', 600_000);
  scheduler.set('b', 1_200_000);
  scheduler.set('c', 600_000);
  scheduler.set('c', null);
  await clock.advance(7_200_000);
  expect(fired).toEqual([
    ['b', 1_200_000],
    ['a', 3_600_000],
  ]);
  expect(scheduler.next('a')).toBeNull();
});

test('a clock set forward makes it due within a minute', async () => {
  const clock = new TestClock(0);
  const fired: number[] = [];
  const scheduler = new Scheduler(clock, () => fired.push(clock.now()));
  scheduler.set('a', 86_400_000);
  clock.set(86_400_000 + 5000);
  await clock.advance(60_000);
  expect(fired).toHaveLength(1);
});
