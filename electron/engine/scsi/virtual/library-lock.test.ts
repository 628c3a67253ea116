import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockLibrary } from './library-lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'library-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

const leave = (owner: unknown): Promise<void> => writeFile(join(directory, 'library.lock'), JSON.stringify(owner));

test('of many who want it one gets it, and it is free again afterwards', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockLibrary(directory)));
  const winners = tries.filter((outcome) => outcome.status === 'fulfilled');
  expect(winners).toHaveLength(1);
  for (const loser of tries.filter((outcome) => outcome.status === 'rejected')) {
    expect(String(loser.reason)).toContain(`in use by process ${process.pid}`);
  }
  await winners[0]!.value();
  expect(await readdir(directory)).toEqual([]);
  await (await lockLibrary(directory))();
});

test('the lock of a process that is gone is broken, also by many at once', async () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  await leave({ pid: gone, host: hostname(), since: 'yesterday' });
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockLibrary(directory)));
  expect(tries.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(directory)).toEqual(['library.lock']);
});

test('a lock with the number of this process from an earlier life is broken', async () => {
  await leave({ pid: process.pid, host: hostname(), since: 'before the last start' });
  await (await lockLibrary(directory))();
});

test('the lock of a living process, or of one on another machine, is respected', async () => {
  await leave({ pid: process.ppid, host: hostname(), since: 'now' });
  await expect(lockLibrary(directory)).rejects.toThrow(`process ${process.ppid}`);
  await leave({ pid: 1, host: 'elsewhere', since: 'now' });
  await expect(lockLibrary(directory)).rejects.toThrow('on elsewhere');
});

test('a lock that says nothing is broken', async () => {
  await writeFile(join(directory, 'library.lock'), 'gibberish');
  await (await lockLibrary(directory))();
});
