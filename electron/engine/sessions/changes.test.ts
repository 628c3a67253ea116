import { expect, test } from 'vitest';
import { type Change, type Changes, ChangesInMemory } from './changes.ts';

async function take(changes: Changes, since: number | undefined, count: number): Promise<Change[]> {
  const seen: Change[] = [];
  for await (const change of changes.follow(since)) {
    seen.push(change);
    if (seen.length === count) break;
  }
  return seen;
}

test('a subscriber that comes back gets what it missed, as one change', async () => {
  const changes = new ChangesInMemory(100);
  changes.publish('jobs');
  changes.publish('sessions', 'jobs');
  expect(await take(changes, 100, 1)).toEqual([{ type: 'changed', seq: 102, topics: ['jobs', 'sessions'] }]);
});

test('a number that is too old, or of another run of the engine, means reading everything again', async () => {
  const changes = new ChangesInMemory(100);
  for (let index = 0; index < 3000; index += 1) changes.publish('jobs');
  expect(await take(changes, 101, 1)).toEqual([{ type: 'resync', seq: 3100 }]);
  expect(await take(changes, 999_999, 1)).toEqual([{ type: 'resync', seq: 3100 }]);
});

test('follows until it is aborted', async () => {
  const changes = new ChangesInMemory(0);
  const abort = new AbortController();
  const seen: Change[] = [];
  const following = (async () => {
    for await (const change of changes.follow(undefined, abort.signal)) seen.push(change);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  changes.publish('media');
  await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  await following;
  expect(seen.at(-1)).toEqual({ type: 'changed', seq: 1, topics: ['media'] });
});
