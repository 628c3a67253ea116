import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { traceFaultPoints } from './faults/fault-points.ts';
import { World } from './testing/scenario.ts';

// Cancel in the middle of every kind of job: prompt, everything committed stays, and the next run finishes.
let world: World;
const ids = { primary: '', second: '', backup: '', copy: '', tape: '', restored: '' };

beforeAll(async () => {
  world = await World.create({ diskMib: 64, fillMib: 24, cartridges: 6, cartridgeMib: 16 });
  await world.makeDisk();
  ids.primary = await world.addRepository('primary');
  ids.second = await world.addRepository('second');
  ids.restored = await world.addRepository('restored');
  ids.backup = await world.createBackupJob(ids.primary);
  ids.copy = await world.createCopyJob(ids.backup, ids.second);
  await world.addLibrary();
  ids.tape = await world.createTapeJob(ids.backup, await world.createPool());
  await world.keep();
  await world.run(ids.backup);
  await world.changeDisk(1, 8 * 2 ** 20);
  await world.keep();
});
afterAll(() => world.close());
afterEach(() => traceFaultPoints(undefined));

/** Starts a session, cancels it when its nth passage of the site comes, and waits until it has stopped. */
async function cancelAt(site: string, nth: number, start: () => Promise<{ sessionId: string }>): Promise<void> {
  let passages = 0;
  let sessionId = '';
  traceFaultPoints((passed, when) => {
    if (passed !== site || when !== 'before') return;
    passages += 1;
    if (passages === nth) world.engine.services.sessions.cancel(sessionId);
  });
  ({ sessionId } = await start());
  await world.ended(sessionId, 'stopped');
  traceFaultPoints(undefined);
  expect(passages).toBeGreaterThanOrEqual(nth);
  await world.checkPromises();
}

test('backup', async () => {
  const before = await world.points('disk');
  await cancelAt('fs.write', 1, () => world.client.jobs.run({ id: ids.backup }));
  expect(await world.points('disk')).toEqual(before);
  await world.run(ids.backup);
  expect(await world.points('disk')).toHaveLength(before.length + 1);
});

test('backup copy', async () => {
  await cancelAt('fs.write', 1, () => world.client.jobs.run({ id: ids.copy }));
  expect(await world.points('copy')).toEqual([]);
  await world.run(ids.copy);
  expect(await world.points('copy')).toHaveLength(1);
});

test('backup to tape', async () => {
  await cancelAt('tape.write', 8, () => world.client.jobs.run({ id: ids.tape }));
  expect(await world.points('tape')).toEqual([]);
  await world.run(ids.tape);
  expect(await world.points('tape')).toHaveLength(2);
});

test('restore from tape', async () => {
  const pointIds = (await world.points('tape')).map((point) => point.id);
  const restore = () => world.client.restores.fromTape({ pointIds, repositoryId: ids.restored });
  await cancelAt('tape.read', 8, restore);
  expect(await world.points('imported')).toEqual([]);
  await world.ended((await restore()).sessionId);
  expect(await world.points('imported')).toHaveLength(2);
  await world.checkPromises();
});
