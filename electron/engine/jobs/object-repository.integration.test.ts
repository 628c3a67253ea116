import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeBackupFileWorkers } from '../backup-file/workers.ts';
import type { PlaceSettings, RepositoryKind } from '../repository/kinds/kind.ts';
import { repositoryKinds } from '../repository/kinds/repository-kinds.ts';
import { MemoryObjects } from '../repository/testing/memory-kind.ts';
import { World } from '../testing/scenario.ts';

// Jobs on a repository whose files have neither paths nor descriptors and are never changed: no job knows of it.

let world: World;
let objects: MemoryObjects;
let remote: string;
beforeEach(async () => {
  objects = new MemoryObjects();
  const memory = objects.kind as RepositoryKind<PlaceSettings>;
  world = await World.create({
    diskMib: 24,
    fillMib: 9,
    cartridges: 6,
    cartridgeMib: 64,
    repositoryKinds: { ...repositoryKinds, memory },
  });
  await world.makeDisk();
  objects.delayMs = 2;
  remote = await addRemote();
}, 120_000);
afterEach(async () => {
  await world.close();
  await closeBackupFileWorkers();
});

async function addRemote(): Promise<string> {
  const place = { kind: 'memory', bucket: 'site' } as PlaceSettings;
  const input = { name: 'Object store', description: '', place, keyIds: [] };
  return (await world.engine.services.repositories.add(input, true)).id;
}

const logOf = (picture: Awaited<ReturnType<World['run']>>): string =>
  picture.log.map((line) => `${line.text} ${line.advice ?? ''}`).join('\n');

async function restoresAll(origin: 'disk' | 'copy' | 'imported', count: number): Promise<void> {
  const points = await world.points(origin);
  expect(points.map((point) => point.state)).toEqual(Array.from({ length: count }, () => 'complete'));
  for (const [index, point] of points.entries()) {
    expect(await world.restoredDigest(point.id)).toBe(world.kept.at(index - count));
  }
}

async function keepOnDisk(job: string, count: number): Promise<void> {
  const { settings, version } = await world.client.jobs.get({ id: job });
  if (settings.kind === 'backup-to-tape') throw new Error('A tape job keeps nothing on disk.');
  await world.client.jobs.update({ id: job, version, settings: { ...settings, retention: { kind: 'points', count } } });
}

test('backups, increments, copies, verification and restores; what cannot be merged is told, and goes as a whole', async () => {
  const primary = await world.addRepository('primary');
  const backup = await world.createBackupJob(primary);
  const copy = await world.createCopyJob(backup, remote);
  for (let round = 0; round < 3; round += 1) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
    await world.run(copy);
  }
  await restoresAll('copy', 3);
  const copies = await world.points('copy');
  expect(copies.map((point) => point.kind)).toEqual(['full', 'increment', 'increment']);
  expect(copies[0]?.path).toContain('memory:site/');
  await world.ended((await world.client.backups.verify({ pointIds: copies.map((point) => point.id) })).sessionId);

  await keepOnDisk(copy, 1);
  const told = logOf(await world.run(copy));
  expect(told).toContain('2 restore points past retention stay');
  expect(told).toContain('active full');
  await restoresAll('copy', 3);
  const before = new Map(objects.buckets.get('site'));
  await world.changeDisk(3);
  await world.keep();
  await world.run(backup);
  await world.ended((await world.client.jobs.run({ id: copy, activeFull: true })).sessionId);
  expect((await world.points('copy')).map((point) => point.kind)).toEqual(['full']);
  await restoresAll('copy', 1);
  // No object was ever changed.
  for (const [key, bytes] of before) {
    const now = objects.buckets.get('site')?.get(key);
    if (key.endsWith('.rvb')) expect(now ?? bytes).toBe(bytes);
  }
}, 240_000);

test('a backup straight to it, encrypted, is found again by a rescan when the database is lost', async () => {
  const key = await world.client.credentials.addKey({ name: 'Site key', passphrase: 'correct horse battery' });
  const backup = await world.createBackupJob(remote);
  const { settings, version } = await world.client.jobs.get({ id: backup });
  if (settings.kind !== 'backup') throw new Error('The backup job is no backup job.');
  await world.client.jobs.update({ id: backup, version, settings: { ...settings, keyId: key.id } });
  for (let round = 0; round < 2; round += 1) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(backup);
  }
  await restoresAll('disk', 2);
  await world.reopenWithoutDatabase();
  const again = await world.client.credentials.addKey({ name: 'Site key', passphrase: 'correct horse battery' });
  expect(await addRemote()).toBe(remote);
  world.engine.services.repositories.rememberKey(remote, again.id);
  await world.ended((await world.client.repositories.rescan({ id: remote })).sessionId);
  await restoresAll('imported', 2);
}, 240_000);

test('to tape and back from it, onto objects', async () => {
  const backup = await world.createBackupJob(remote);
  await world.keep();
  await world.run(backup);
  await world.addLibrary();
  await world.run(await world.createTapeJob(backup, await world.createPool()));
  const [point] = await world.points('tape');
  const [onDisk] = await world.points('disk');
  const wanted = { backupId: onDisk?.backupId ?? '', confirm: 'erp-01' };
  await world.ended((await world.client.backups.deleteFromDisk(wanted)).sessionId);
  expect([...(objects.buckets.get('site')?.keys() ?? [])]).toEqual(['reelvault-repository.json']);
  const { sessionId } = await world.client.restores.fromTape({ pointIds: [point?.id ?? ''], repositoryId: remote });
  await world.ended(sessionId);
  await restoresAll('imported', 1);
}, 240_000);

test('whichever request fails, nothing half-written is listed, and the next run finishes', async () => {
  const backup = await world.createBackupJob(remote);
  await world.keep();
  objects.delayMs = 0;
  const before = objects.requests.length;
  await world.run(backup);
  const requests = objects.requests.length - before;
  for (const when of ['before', 'after'] as const) {
    for (let nth = 1; nth <= requests; nth += 1) {
      objects.failAt(nth, when);
      await world.changeDisk(1, 1024);
      await world.keep();
      const { sessionId } = await world.client.jobs.run({ id: backup });
      while ((await world.client.sessions.get({ id: sessionId })).session.result === null) await setTimeout(5);
      objects.unfired();
      await world.ended((await world.client.repositories.rescan({ id: remote })).sessionId);
      const points = await world.points('disk');
      expect(
        points.every((point) => point.state === 'complete'),
        `${when} request ${nth}`,
      ).toBe(true);
      const listed = [...(objects.buckets.get('site')?.keys() ?? [])].filter((name) => name.endsWith('.rvb'));
      expect(listed, `${when} request ${nth}`).toHaveLength(points.length);
    }
  }
  await world.run(backup);
  const newest = (await world.points('disk')).at(-1);
  expect(await world.restoredDigest(newest?.id ?? '')).toBe(world.kept.at(-1));
}, 240_000);
