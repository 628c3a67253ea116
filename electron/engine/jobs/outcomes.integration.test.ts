import { copyFile, open } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '../testing/scenario.ts';

// What became of each machine, and so of its session: nobody is left out in silence.
let world: World;
let primary: string;
let second: string;
let backup: string;
let copy: string;

beforeEach(async () => {
  world = await World.create({ diskMib: 24, fillMib: 4, cartridges: 3, cartridgeMib: 64, drives: 1 });
  await world.makeDisk();
  await copyFile(world.disk, world.path('disks/crm-01.img'));
  primary = await world.addRepository('primary');
  second = await world.addRepository('second');
  const { id } = await world.client.jobs.create({
    settings: {
      kind: 'backup',
      name: 'Nightly',
      machines: ['erp-01', 'crm-01'].map((name) => ({
        name,
        platform: 'proxmox-ve' as const,
        disks: [{ path: world.path(`disks/${name}.img`) }],
      })),
      repositoryId: primary,
    },
  });
  backup = id;
  copy = await world.createCopyJob(backup, second);
});
afterEach(() => world.close());

type Picture = Awaited<ReturnType<World['run']>>;
const outcomes = ({ tasks }: Picture) =>
  Object.fromEntries(
    tasks.map((task) => [task.name, task.outcome]).sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
  );

/** Damages the newest file of a machine and has it found. */
async function damage(machine: string): Promise<void> {
  const point = (await world.points('disk')).findLast((row) => row.machineName === machine);
  const file = await open(point?.path ?? '', 'r+');
  await file.write(Buffer.from('damage'), 0, 6, 12_000);
  await file.close();
  await world.ended((await world.client.backups.verify({ pointIds: [point?.id ?? ''] })).sessionId, 'failed');
}

test('a machine whose chain cannot be read is said to be one, by copy and tape job; the others are done', async () => {
  await world.run(backup);
  await damage('crm-01');
  const copied = await world.run(copy, 'failed');
  expect(outcomes(copied)).toEqual({ 'crm-01': 'cannot', 'erp-01': 'done' });
  expect(copied.session.reason).toMatch(/The restore point of .* cannot be read \(corrupt\)/);
  expect(copied.log.find((line) => line.level === 'error')?.advice).toContain('new full');
  expect(outcomes(await world.run(copy, 'failed'))).toEqual({ 'crm-01': 'cannot', 'erp-01': 'nothing-new' });

  await world.addLibrary();
  const toTape = await world.createTapeJob(backup, await world.createPool());
  expect(outcomes(await world.run(toTape, 'failed'))).toEqual({ 'crm-01': 'cannot', 'erp-01': 'done' });
  expect(outcomes(await world.run(toTape, 'failed'))).toEqual({ 'crm-01': 'cannot', 'erp-01': 'nothing-new' });
});

test('a machine whose newest restore point cannot be read is copied in part, until the target holds it', async () => {
  await world.run(backup);
  await world.run(copy);
  await world.changeDisk(1);
  await world.run(backup);
  await damage('erp-01');
  const copied = await world.run(copy, 'warning');
  expect(outcomes(copied)).toEqual({ 'crm-01': 'done', 'erp-01': 'partial' });
  expect(copied.session.reason).toContain('cannot be read (corrupt)');

  // The next backup makes a full, and says why: done, with a warning.
  const backedUp = await world.run(backup, 'warning');
  expect(outcomes(backedUp)).toEqual({ 'crm-01': 'done', 'erp-01': 'done-with-warnings' });
  expect(backedUp.session.reason).toBe('A new full is made: the newest restore point is corrupt.');
  expect(outcomes(await world.run(copy))).toEqual({ 'crm-01': 'done', 'erp-01': 'done' });
});

test('a job whose source job was removed says so instead of being up to date', async () => {
  await world.run(backup);
  await world.run(copy);
  await world.addLibrary();
  const toTape = await world.createTapeJob(backup, await world.createPool());
  await world.run(toTape);
  await world.client.jobs.remove({ id: backup });
  for (const job of [copy, toTape]) {
    const picture = await world.run(job, 'failed');
    expect(outcomes(picture)).toEqual({ 'A removed job': 'cannot', 'crm-01': 'nothing-new', 'erp-01': 'nothing-new' });
    expect(picture.session.reason).toContain('A source job of this job was removed');
    expect(picture.log.find((line) => line.level === 'error')?.advice).toContain('Edit the job');
  }
});
