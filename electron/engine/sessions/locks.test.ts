import { expect, test } from 'vitest';
import { ResourceLocks } from './locks.ts';

const never = new AbortController().signal;
const shared = (key: string) => [{ key, mode: 'shared' as const }];
const exclusive = (key: string) => [{ key, mode: 'exclusive' as const }];
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('readers share, a writer waits for them, and later readers do not overtake it', async () => {
  const locks = new ResourceLocks();
  const order: string[] = [];
  const first = await locks.acquire(shared('a'), 'reader 1', never);
  const second = await locks.acquire(shared('a'), 'reader 2', never);
  const waits: string[] = [];
  const writer = locks
    .acquire(exclusive('a'), 'writer', never, (holder) => waits.push(holder))
    .then((release) => {
      order.push('writer');
      return release;
    });
  const late = locks
    .acquire(shared('a'), 'late reader', never, (holder) => waits.push(holder))
    .then((release) => {
      order.push('late reader');
      return release;
    });
  expect(waits).toEqual(['reader 1', 'writer']);
  first();
  await settle();
  expect(order).toEqual([]);
  second();
  (await writer)();
  (await late)();
  expect(order).toEqual(['writer', 'late reader']);
  expect(locks.holders('a')).toEqual([]);
});

test('all keys or none: two requests that name the same keys in another order never block each other', async () => {
  const locks = new ResourceLocks();
  const both = (...keys: string[]) => keys.map((key) => ({ key, mode: 'exclusive' as const }));
  const done: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const keys = index % 2 ? both('a', 'b') : both('b', 'a');
      const release = await locks.acquire(keys, String(index), never);
      await settle();
      done.push(index);
      release();
    }),
  );
  expect(done).toHaveLength(20);
});

test('a wait can be cancelled, and those behind it go on', async () => {
  const locks = new ResourceLocks();
  const release = await locks.acquire(shared('a'), 'reader', never);
  const abort = new AbortController();
  const writer = locks.acquire(exclusive('a'), 'writer', abort.signal);
  const behind = locks.acquire(shared('a'), 'behind', never);
  abort.abort(new Error('gave up'));
  await expect(writer).rejects.toThrow('gave up');
  (await behind)();
  release();
  expect(locks.tryAcquire(exclusive('a'), 'now')).toHaveProperty('release');
  expect(locks.tryAcquire(shared('a'), 'other')).toEqual({ heldBy: 'now' });
});
