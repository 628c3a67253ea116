import { expect, test } from 'vitest';
import { TestClock } from '../faults/clock.ts';
import { heartbeatEveryMs, leaseLifetimeMs, type LeaseOwner, LocksInMemory } from './locks.ts';

const never = new AbortController().signal;
const shared = (key: string) => [{ key, mode: 'shared' as const }];
const exclusive = (key: string) => [{ key, mode: 'exclusive' as const }];
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('readers share, a writer waits for them, and later readers do not overtake it', async () => {
  const locks = new LocksInMemory();
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
  const locks = new LocksInMemory();
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
  const locks = new LocksInMemory();
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

/** An owner that writes down what it loses. */
function ownerOf(name: string): LeaseOwner & { losses: string[] } {
  const losses: string[] = [];
  return { name, losses, lost: (reason, keys) => losses.push(`${reason} ${keys.join(' ')}`) };
}

test('a lease lasts as long as its owner’s heart beats', async () => {
  const clock = new TestClock(0);
  const locks = new LocksInMemory(clock);
  const nightly = ownerOf('Nightly');
  const release = await locks.acquire(exclusive('a'), nightly, never);
  for (let at = 0; at < 20 * leaseLifetimeMs; at += heartbeatEveryMs) {
    locks.heartbeat(nightly);
    await clock.advance(heartbeatEveryMs);
  }
  expect(locks.tryAcquire(shared('a'), 'other')).toEqual({ heldBy: 'Nightly' });
  release();
  expect(locks.holders('a')).toEqual([]);
  expect(nightly.losses).toEqual([]);
});

test('when it stops, the owner is told first, then all its leases are freed and whoever waited goes on', async () => {
  const clock = new TestClock(0);
  const locks = new LocksInMemory(clock);
  const order: string[] = [];
  const hung: LeaseOwner = { name: 'Hung', lost: (reason, keys) => order.push(`${reason} ${keys.join(' ')}`) };
  const alive = ownerOf('Alive');
  const release = await locks.acquire(exclusive('a'), hung, never);
  await locks.acquire(shared('b'), hung, never);
  await locks.acquire(shared('b'), alive, never);
  const waits: string[] = [];
  const next = locks
    .acquire(exclusive('a'), ownerOf('Next'), never, (holder) => waits.push(holder))
    .then((giveBack) => {
      order.push('Next');
      return giveBack;
    });
  expect(waits).toEqual(['Hung']);
  for (let at = 0; at < leaseLifetimeMs; at += heartbeatEveryMs) {
    expect(order).toEqual([]);
    locks.heartbeat(alive);
    await clock.advance(heartbeatEveryMs);
  }
  expect(order).toEqual(['“Hung” gave no sign of life for 60 seconds: what it had locked is freed. a b', 'Next']);
  expect(locks.holders('b')).toEqual(['Alive']);
  // Giving back late what is somebody else's by now takes nothing from them.
  release();
  expect(locks.holders('a')).toEqual(['Next']);
  (await next)();
  expect(alive.losses).toEqual([]);
});

test('a computer that slept takes nobody’s lease; one that is silent afterwards is found all the same', async () => {
  const clock = new TestClock(0);
  const locks = new LocksInMemory(clock);
  const nightly = ownerOf('Nightly');
  await locks.acquire(exclusive('a'), nightly, never);
  clock.set(clock.now() + 3_600_000);
  await clock.advance(heartbeatEveryMs);
  expect(locks.holders('a')).toEqual(['Nightly']);
  await clock.advance(leaseLifetimeMs + heartbeatEveryMs);
  expect(locks.holders('a')).toEqual([]);
  expect(nightly.losses).toEqual(['“Nightly” gave no sign of life for 60 seconds: what it had locked is freed. a']);
});

test('what only a name holds has no heartbeat, and stays', async () => {
  const clock = new TestClock(0);
  const locks = new LocksInMemory(clock);
  const taken = locks.tryAcquire(exclusive('library:1'), 'Initialise of Library');
  await clock.advance(10 * leaseLifetimeMs);
  expect(locks.holders('library:1')).toEqual(['Initialise of Library']);
  if ('release' in taken) taken.release();
  expect(locks.holders('library:1')).toEqual([]);
});
