import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest, World } from './testing/scenario.ts';
import { e2fsTool } from './jobs/sample-disk.ts';
import { slowness } from './testing/slow-computer.ts';

// The whole promise of the product on a real ext4 file system of 1 GiB: three restore points, a copy, several tapes,
// then both repositories and the database are lost, and everything comes back from the tapes.
const run = promisify(execFile);
let world: World;

beforeAll(async () => {
  world = await World.create({ diskMib: 1024, fillMib: 260, cartridges: 8, cartridgeMib: 64 });
  await world.makeDisk();
});
afterAll(() => world.close());

test('a disk survives the loss of everything but its tapes', { timeout: 900_000 * slowness }, async () => {
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const backup = await world.createBackupJob(primary);
  const copy = await world.createCopyJob(backup, second);
  for (const round of [0, 1, 2]) {
    if (round > 0) await world.changeDisk(round, 12 * 2 ** 20);
    await world.keep();
    await world.run(backup);
    await world.run(copy);
  }
  expect((await world.points('copy')).map((point) => point.kind)).toEqual(['full', 'increment', 'increment']);
  await world.addLibrary();
  const tapeJob = await world.createTapeJob(copy, await world.createPool());
  await world.run(tapeJob);
  const onTape = await world.points('tape');
  expect(onTape).toHaveLength(3);
  expect(new Set(onTape.flatMap((point) => point.tapes.map((tape) => tape.barcode))).size).toBeGreaterThanOrEqual(3);

  await rm(world.path('primary'), { recursive: true });
  await rm(world.path('second'), { recursive: true });
  await rm(world.disk);
  await world.reopenWithoutDatabase();
  expect((await world.client.backups.points({})).total).toBe(0);

  const library = await world.addLibrary();
  await world.ended((await world.client.tape.inventory({ id: library })).sessionId);
  await world.ended((await world.client.tape.catalog({ id: library })).sessionId);
  const found = await world.points('tape');
  expect(found.map((point) => point.pointId)).toEqual(onTape.map((point) => point.pointId));

  const restored = await world.addRepository('restored');
  const plan = await world.client.restores.planFromTape({ pointIds: found.map((point) => point.id) });
  expect(plan.points.every((point) => point.restorable)).toBe(true);
  expect(plan.tapes.map((tape) => tape.order)).toEqual(plan.tapes.map((_, index) => index + 1));
  const restore = await world.client.restores.fromTape({
    pointIds: found.map((point) => point.id),
    repositoryId: restored,
  });
  await world.ended(restore.sessionId);

  const imported = await world.points('imported');
  expect(imported).toHaveLength(3);
  for (const [index, point] of imported.entries()) {
    const folder = world.path(`disks-of-point-${index}`);
    await world.ended((await world.client.restores.disks({ pointId: point.id, folder })).sessionId);
    const [name = ''] = await readdir(folder);
    const path = join(folder, name);
    expect(await digest(path)).toBe(world.kept[index]);
    await run('cmp', [path, world.path(`kept/${index}.img`)]);
    // e2fsck exits 0 only when the file system is clean; -n changes nothing.
    await run(e2fsTool('e2fsck') ?? 'e2fsck', ['-f', '-n', path]);
    await rm(folder, { recursive: true });
  }
});
