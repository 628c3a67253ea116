import { describe, expect, test, vi } from 'vitest';
import { TestClock } from '../../faults/clock.ts';
import { ChangesInMemory } from '../../sessions/changes.ts';
import { LocksInMemory } from '../../sessions/locks.ts';
import type { AttachedLibrary } from './attached-library.ts';
import { DriveLeases, driveWaitMs, mediumKey } from './drive-leases.ts';
import { ChangeWatch } from '../operations/media-wait.ts';
import { PoolLanes } from '../media/pool-lanes.ts';

const library = (drives: number[], full: number[] = []): AttachedLibrary =>
  ({
    id: 'lib',
    online: true,
    driveAddresses: drives,
    element: (address: number) => ({ address, full: full.includes(address) }),
  }) as unknown as AttachedLibrary;

function leases() {
  const clock = new TestClock(0);
  const locks = new LocksInMemory(clock);
  return { locks, clock, leases: new DriveLeases(locks, clock) };
}

const wish = (of: AttachedLibrary, mediumId: string, more: { owner?: string; signal?: AbortSignal } = {}) => ({
  libraries: [of],
  mediumId,
  inDrive: () => null,
  owner: more.owner ?? 'a',
  signal: more.signal ?? new AbortController().signal,
});

describe('drives', () => {
  test('an empty drive before one that holds a tape, a failed one last', async () => {
    const { leases: drives } = leases();
    const lib = library([1, 2, 3], [1]);
    drives.avoid('lib', 2);
    expect((await drives.acquire(wish(lib, 'x'))).address).toBe(3);
    expect((await drives.acquire(wish(lib, 'y'))).address).toBe(1);
    expect((await drives.acquire(wish(lib, 'z'))).address).toBe(2);
  });

  test('whoever waits is served in order, and hears who stands in the way', async () => {
    const { leases: drives } = leases();
    const lib = library([1]);
    const first = await drives.acquire(wish(lib, 'x', { owner: 'Nightly' }));
    const heard: string[] = [];
    const order: string[] = [];
    const second = drives.acquire({ ...wish(lib, 'y'), onWait: (heldBy) => heard.push(heldBy) }).then((lease) => {
      order.push('y');
      return lease;
    });
    const third = drives.acquire(wish(lib, 'z')).then((lease) => {
      order.push('z');
      return lease;
    });
    expect(heard).toEqual(['Nightly']);
    first.release();
    (await second).release();
    (await third).release();
    expect(order).toEqual(['y', 'z']);
    expect(drives.userOf('lib', 1)).toBeNull();
  });

  test('a tape that somebody else has is waited for, though a drive is free', async () => {
    const { locks, leases: drives } = leases();
    const held = locks.tryAcquire([{ key: mediumKey('x'), mode: 'exclusive' }], 'Erase');
    const lease = drives.acquire(wish(library([1, 2]), 'x'));
    if ('release' in held) held.release();
    drives.serve();
    expect((await lease).address).toBe(1);
  });

  test('waiting ends with a cancel, and at its limit', async () => {
    const { clock, leases: drives } = leases();
    const lib = library([1]);
    await drives.acquire(wish(lib, 'x'));
    const abort = new AbortController();
    const cancelled = drives.acquire(wish(lib, 'y', { signal: abort.signal }));
    abort.abort(new Error('Stopped.'));
    await expect(cancelled).rejects.toThrow('Stopped.');
    const late = drives.acquire(wish(lib, 'z'));
    const refused = late.catch((error: unknown) => error);
    await clock.advance(driveWaitMs + 1);
    expect(String(await refused)).toContain('No drive became free');
  });

  test('without any drive it is said at once', async () => {
    await expect(leases().leases.acquire(wish(library([]), 'x'))).rejects.toThrow('No drive can be reached');
  });
});

describe('lanes of a pool', () => {
  test('no more than its limit over all jobs, in the order they came', async () => {
    const lanes = new PoolLanes();
    const { signal } = new AbortController();
    const first = await lanes.acquire('p', 1, signal);
    const waited = vi.fn();
    const order: number[] = [];
    const second = lanes.acquire('p', 1, signal, waited).then((release) => {
      order.push(2);
      release();
    });
    const third = lanes.acquire('p', 1, signal).then((release) => {
      order.push(3);
      release();
    });
    expect(waited).toHaveBeenCalledTimes(1);
    await lanes.acquire('other', 1, signal);
    first();
    first();
    await Promise.all([second, third]);
    expect(order).toEqual([2, 3]);
    expect(lanes.tryAcquire('p', 1)).toBeDefined();
  });

  test('who gives up leaves the queue', async () => {
    const lanes = new PoolLanes();
    const first = await lanes.acquire('p', 1, new AbortController().signal);
    const abort = new AbortController();
    const second = lanes.acquire('p', 1, abort.signal);
    abort.abort(new Error('Stopped.'));
    await expect(second).rejects.toThrow('Stopped.');
    first();
    expect(lanes.tryAcquire('p', 1)).toBeDefined();
  });
});

describe('watching for changes', () => {
  test('what changes between a look and a wait is not missed', async () => {
    const changes = new ChangesInMemory(0);
    const watch = new ChangeWatch({ changes, clock: new TestClock(0) }, new AbortController().signal);
    changes.publish('media');
    await watch.next(['media'], 1000);
    watch.stop();
  });

  test('other topics do not wake, time does, a cancel rejects', async () => {
    const clock = new TestClock(0);
    const changes = new ChangesInMemory(0);
    const abort = new AbortController();
    const watch = new ChangeWatch({ changes, clock }, abort.signal);
    let woken = false;
    const waiting = watch.next(['media'], 1000).then(() => {
      woken = true;
    });
    changes.publish('jobs');
    await new Promise((resolve) => setImmediate(resolve));
    expect(woken).toBe(false);
    await clock.advance(1001);
    await waiting;
    const again = watch.next(['media'], 1000);
    abort.abort(new Error('Stopped.'));
    await expect(again).rejects.toThrow('Stopped.');
    watch.stop();
  });
});
