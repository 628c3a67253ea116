import { afterAll, expect, test } from 'vitest';
import { TestClock } from '../faults/clock.ts';
import { createThrottle } from './throttle.ts';
import { bottleneckOf } from './bottleneck.ts';
import { createWorkerPool, TaskFailure } from './worker-pool.ts';

const echo = new URL('./testing/echo-worker.ts', import.meta.url);
const pool = createWorkerPool(echo, 2);
afterAll(() => pool.close());

test('tasks run on both workers, and each answer reaches its caller', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, number) => pool.run<{ value: number; threadId: number }>({ kind: 'echo', number })),
  );
  expect(answers.map((answer) => answer.value)).toEqual(Array.from({ length: 20 }, (_, number) => number));
  expect(new Set(answers.map((answer) => answer.threadId)).size).toBe(2);
});

test('a failure keeps its message and its plain properties', async () => {
  const failure = await pool.run({ kind: 'fail', message: 'no room', code: 'ENOSPC' }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TaskFailure);
  expect(failure).toMatchObject({ message: 'no room', properties: { code: 'ENOSPC' } });
});

test('a worker that dies fails its own tasks, and the next task gets a new worker', async () => {
  const lone = createWorkerPool(echo, 1);
  try {
    const doomed = lone.run({ kind: 'exit' });
    const behind = lone.run({ kind: 'echo', number: 1 });
    await expect(doomed).rejects.toThrow('exit code 3');
    await expect(behind).rejects.toThrow('exit code 3');
    expect(await lone.run({ kind: 'echo', number: 2 })).toMatchObject({ value: 2 });
  } finally {
    await lone.close();
  }
  await expect(lone.run({ kind: 'echo', number: 3 })).rejects.toThrow('closed');
});

test('closing lets running tasks end first', async () => {
  const closing = createWorkerPool(echo, 1);
  const running = closing.run({ kind: 'echo', number: 9 });
  await closing.close();
  expect(await running).toMatchObject({ value: 9 });
});

test('the bottleneck is the busiest stage', () => {
  expect(bottleneckOf({ source: 1, processing: 5, target: 2 })).toBe('processing');
  expect(bottleneckOf({ source: 9, processing: 5, target: 2 })).toBe('source');
  expect(bottleneckOf({ source: 0, processing: 0, target: 0 })).toBeUndefined();
});

test('a throttle spreads bytes over time and can be cancelled or lifted', async () => {
  const clock = new TestClock(1_000_000);
  const throttle = createThrottle(1000, clock);
  await throttle.take(1000);
  let through = false;
  const waiting = throttle.take(2000).then(() => {
    through = true;
  });
  await clock.advance(1900);
  expect(through).toBe(false);
  await clock.advance(100);
  await waiting;
  const abort = new AbortController();
  const cancelled = throttle.take(5000, abort.signal);
  abort.abort(new Error('stopped'));
  await expect(cancelled).rejects.toThrow('stopped');
  throttle.setLimit(null);
  await throttle.take(1_000_000_000);
});
