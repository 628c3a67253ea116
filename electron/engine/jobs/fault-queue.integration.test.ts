import { afterAll, beforeAll, expect, test } from 'vitest';
import { armFaults, type FaultEffect, type PlannedFault } from '../faults/fault-points.ts';
import { type ChildAction, startAction } from '../testing/child-action.ts';
import { World } from '../testing/scenario.ts';

// One fault at a time, at the nth call, before or after it: the session says what happened, everything promised is there,
// and the next run finishes. A fault that never fires fails its test.
let world: World;
const ids = { primary: '', second: '', restored: '', backup: '', copy: '', tape: '', library: '' };
let round = 0;

beforeAll(async () => {
  world = await World.create({ diskMib: 16, fillMib: 4, cartridges: 12, cartridgeMib: 16 });
  await world.makeDisk();
  ids.primary = await world.addRepository('primary');
  ids.second = await world.addRepository('second');
  ids.backup = await world.createBackupJob(ids.primary);
  ids.copy = await world.createCopyJob(ids.backup, ids.second);
  ids.library = await world.addLibrary();
  ids.tape = await world.createTapeJob(ids.backup, await world.createPool());
  // Few restore points, so that checking all of them each time takes little.
  for (const id of [ids.backup, ids.copy]) {
    const { settings, version } = await world.client.jobs.get({ id });
    if (settings.kind === 'backup-to-tape') continue;
    await world.client.jobs.update({ id, version, settings: { ...settings, retention: { kind: 'points', count: 1 } } });
  }
  const { settings, version } = await world.client.jobs.get({ id: ids.tape });
  if (settings.kind !== 'backup-to-tape') throw new Error('The tape job is none.');
  await world.client.jobs.update({ id: ids.tape, version, settings: { ...settings, ejectMedia: true } });
  await world.keep();
  await world.run(ids.backup);
});
afterAll(() => world.close());

type Work = 'backup' | 'copy' | 'tape' | 'restore';
type Planned = [
  work: Work,
  site: string,
  when: 'before' | 'after',
  nth: number,
  effect: FaultEffect,
  result: string,
  says: RegExp,
  target?: string,
];
const error = (code: string): FaultEffect => ({ kind: 'error', code });
const any = /./;

/** Something new to do for the work, and the work. */
async function prepare(work: Work): Promise<ChildAction> {
  round += 1;
  if (work !== 'restore') {
    await world.changeDisk(round + 2, 2 ** 20);
    await world.keep();
  }
  if (work === 'backup') return { runJob: ids.backup };
  if (work !== 'restore') await world.run(ids.backup);
  if (work === 'copy') return { runJob: ids.copy };
  if (work === 'tape') return { runJob: ids.tape };
  await world.run(ids.tape);
  if (ids.restored) await world.removeRepository(ids.restored, 'restored');
  ids.restored = await world.addRepository('restored');
  const newest = (await world.points('tape')).at(-1);
  return { restoreFromTape: { pointIds: [newest?.id ?? ''], repositoryId: ids.restored } };
}

async function ends(action: ChildAction): Promise<{ result: string; log: string }> {
  const sessionId = (await startAction(world.client, action)) ?? '';
  for await (const _update of await world.client.sessions.follow({ id: sessionId }));
  const { session, log } = await world.client.sessions.get({ id: sessionId });
  return { result: session.result ?? '', log: log.map((line) => `${line.text} ${line.advice ?? ''}`).join('\n') };
}

test.each<Planned>([
  ['backup', 'fs.read', 'before', 1, error('EIO'), 'failed', /EIO|ENOENT|[Rr]ead/, 'erp-01.img'],
  ['backup', 'fs.read', 'before', 2, error('ENOENT'), 'failed', /EIO|ENOENT|[Rr]ead/, 'erp-01.img'],
  ['backup', 'fs.write', 'before', 1, error('ENOSPC'), 'failed', /space|full/i],
  ['backup', 'fs.write', 'before', 1, { kind: 'short', bytes: 100 }, 'success', any],
  ['backup', 'fs.open', 'before', 1, error('EMFILE'), 'failed', any],
  ['backup', 'step.backup-file.data', 'before', 1, error('EIO'), 'failed', any],
  ['backup', 'step.backup-file.superblock', 'after', 1, error('EIO'), 'failed', any],
  ['backup', 'step.backup-file.rename', 'before', 1, error('EROFS'), 'failed', /EROFS|read-only/i],
  ['copy', 'fs.read', 'before', 1, error('EIO'), 'failed', any],
  ['copy', 'fs.write', 'before', 1, error('ENOSPC'), 'failed', /space|full/i],
  ['copy', 'fs.write', 'before', 1, error('EDQUOT'), 'failed', any],
  ['copy', 'fs.mount-check', 'before', 1, error('EIO'), 'failed', any],
  ['tape', 'fs.read', 'before', 1, error('EIO'), 'failed', any, '.rvb'],
  ['tape', 'drive.write', 'before', 3, error('deferred-write-error'), 'warning', any],
  ['tape', 'drive.write', 'before', 5, error('end-of-medium'), 'success', any],
  ['tape', 'drive.write', 'before', 2, error('medium-error'), 'warning', any],
  ['tape', 'drive.write', 'before', 4, { kind: 'delay', ms: 300 }, 'success', any],
  ['tape', 'drive.load', 'before', 1, error('becoming-ready'), 'success', any],
  ['tape', 'changer.move', 'after', 1, error('no-answer'), 'success', any],
  ['restore', 'fs.write', 'before', 1, error('ENOSPC'), 'failed', any, '.rvb'],
  // Read again, both: what was wrong once is right the second time, and is told.
  ['restore', 'drive.read', 'before', 8, error('medium-error'), 'warning', any],
  ['restore', 'drive.read', 'before', 8, { kind: 'corrupt', offset: 1000 }, 'warning', any],
  ['restore', 'changer.move', 'before', 1, error('no-answer'), 'success', any],
])(
  '%s: %s %s call %i, %o',
  async (work, site, when, nth, effect, result, says, target) => {
    const action = await prepare(work);
    const plan: PlannedFault = { site, when, nth, effect, ...(target === undefined ? {} : { target }) };
    const armed = armFaults([plan]);
    const ended = await ends(action).finally(() => armed.disarm());
    expect(armed.unfired()).toEqual([]);
    expect(ended).toMatchObject({ result, log: expect.stringMatching(says) as string });
    await world.ended((await world.client.tape.inventory({ id: ids.library })).sessionId);
    const again = await ends(action);
    expect(again).toMatchObject({ result: 'success' });
    await world.checkPromises();
  },
  60_000,
);

/** The tape job goes on with its set. */
async function appending() {
  const { settings } = await world.client.jobs.get({ id: ids.tape });
  if (settings.kind !== 'backup-to-tape') throw new Error('The tape job is none.');
  return { ...settings, ejectMedia: false };
}

test('a restore that ends between naming a file and registering it goes on after a rescan', async () => {
  const { settings, version } = await world.client.jobs.get({ id: ids.backup });
  if (settings.kind !== 'backup') throw new Error('The backup job is none.');
  await world.client.jobs.update({
    id: ids.backup,
    version,
    settings: { ...settings, retention: { kind: 'points', count: 9 } },
  });
  const tape = await world.client.jobs.get({ id: ids.tape });
  await world.client.jobs.update({ id: ids.tape, version: tape.version, settings: await appending() });
  // A full begins the set, and an increment on it follows.
  await prepare('tape');
  await world.run(ids.tape);
  await prepare('tape');
  await prepare('restore');
  const increment = (await world.points('tape')).findLast((point) => point.kind === 'increment');
  const action = { restoreFromTape: { pointIds: [increment?.id ?? ''], repositoryId: ids.restored } };
  const armed = armFaults([{ site: 'step.restore.rename', when: 'after', nth: 1, effect: error('EIO') }]);
  const ended = await ends(action).finally(() => armed.disarm());
  expect(armed.unfired()).toEqual([]);
  expect(ended).toMatchObject({ result: 'failed', log: expect.stringMatching(/^[2-9] files/) as string });
  await world.ended((await world.client.repositories.rescan({ id: ids.restored })).sessionId);
  expect((await world.points('imported')).length).toBe(1);
  expect(await ends(action)).toMatchObject({ result: 'success' });
  expect((await world.points('imported')).length).toBeGreaterThan(1);
  await world.checkPromises();
}, 60_000);
