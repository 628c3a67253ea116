import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestClock } from '../faults/clock.ts';
import { World } from '../testing/scenario.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
// A Monday, noon UTC.
const start = Date.UTC(2026, 10, 16, 12);

let clock: TestClock;
let world: World;
beforeEach(async () => {
  clock = new TestClock(start);
  world = await World.create({ diskMib: 16, fillMib: 2, cartridges: 0, cartridgeMib: 16, clock });
  await world.makeDisk();
});
afterEach(() => world.close());

async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet += 1) {
    for (const session of world.engine.services.sessions.running()) {
      await world.engine.services.sessions.ended(session.id);
      quiet = 0;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function sessionsOf(jobId: string) {
  return (await world.client.sessions.list({ jobId, sort: { by: 'startedAt', direction: 'asc' } })).rows;
}

async function createDaily(repositoryId: string): Promise<string> {
  const { id } = await world.client.jobs.create({
    settings: {
      kind: 'backup',
      name: 'Nightly',
      machines: [{ name: 'erp-01', platform: 'proxmox-ve', disks: [{ path: world.disk }] }],
      repositoryId,
      schedule: { kind: 'daily', at: '22:00', days: ['monday', 'tuesday'] },
      retry: { count: 2, waitMinutes: 10 },
    },
  });
  return id;
}

test('a scheduled job runs when due, on its days only, and not while it is disabled', async () => {
  const job = await createDaily(await world.addRepository('primary'));
  expect((await world.client.jobs.get({ id: job })).nextRunAt).toBe(Date.UTC(2026, 10, 16, 22));
  await clock.advance(day);
  await settled();
  await clock.advance(2 * day);
  await settled();
  expect((await sessionsOf(job)).map((session) => new Date(session.startedAt).toISOString())).toEqual([
    '2026-11-16T22:00:00.000Z',
    '2026-11-17T22:00:00.000Z',
  ]);
  await world.client.jobs.setEnabled({ id: job, enabled: false });
  await clock.advance(8 * day);
  await settled();
  expect(await sessionsOf(job)).toHaveLength(2);
});

test('a clone is disabled from its first moment, keeps its schedule, and outlives a restart so', async () => {
  const job = await createDaily(await world.addRepository('primary'));
  const made = await world.client.jobs.clone({ id: job });
  expect(made.name).toBe('Nightly copy');
  const second = await world.client.jobs.clone({ id: job });
  expect(second.name).toBe('Nightly copy 2');
  await world.reopen();
  const original = await world.client.jobs.get({ id: job });
  expect(await world.client.jobs.get({ id: made.id })).toMatchObject({
    enabled: false,
    nextRunAt: null,
    lastRunAt: null,
    settings: { ...original.settings, name: 'Nightly copy' },
  });
  await clock.advance(2 * day);
  await settled();
  expect(await sessionsOf(made.id)).toEqual([]);
  expect(await sessionsOf(job)).not.toEqual([]);
  await world.client.jobs.setEnabled({ id: made.id, enabled: true });
  expect((await world.client.jobs.get({ id: made.id })).nextRunAt).toBe(Date.UTC(2026, 10, 23, 22));
  await expect(world.client.jobs.clone({ id: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a failed scheduled run is tried again after the wait, as often as the job says', async () => {
  const job = await createDaily(await world.addRepository('primary'));
  await rename(world.disk, `${world.disk}.away`);
  await clock.advance(10 * 60 * minute);
  await settled();
  await clock.advance(10 * minute);
  await settled();
  await rename(`${world.disk}.away`, world.disk);
  await clock.advance(10 * minute);
  await settled();
  await clock.advance(60 * minute);
  await settled();
  expect((await sessionsOf(job)).map((session) => session.result)).toEqual(['failed', 'failed', 'success']);
});

test('a copy job that is told nothing else follows every new restore point, and a job can run after another', async () => {
  const backup = await createDaily(await world.addRepository('primary'));
  const target = { primary: await world.addRepository('second'), third: await world.addRepository('third') };
  const { id: copy } = await world.client.jobs.create({
    settings: {
      kind: 'backup-copy',
      name: 'Immediate',
      sources: { jobIds: [backup] },
      repositoryId: target.primary,
    },
  });
  expect(await world.client.jobs.get({ id: copy })).toMatchObject({
    nextRunAt: null,
    scheduleText: 'Continuously, as new restore points appear',
    settings: { schedule: { kind: 'continuous' }, retention: { kind: 'days', days: 7 } },
  });
  const { id: after } = await world.client.jobs.create({
    settings: {
      kind: 'backup-copy',
      name: 'After',
      sources: { jobIds: [copy] },
      repositoryId: target.third,
      schedule: { kind: 'after-job', jobId: copy },
    },
  });
  await world.run(backup);
  await settled();
  expect((await sessionsOf(copy)).map((session) => session.result)).toEqual(['success']);
  expect((await sessionsOf(after)).map((session) => session.result)).toEqual(['success']);
  expect(await world.points('copy')).toHaveLength(2);
  const [last] = await sessionsOf(after);
  const tree = await world.client.sessions.tree({ id: last?.id ?? '' });
  expect(tree.map((session) => session.name)).toEqual(['Nightly', 'Immediate', 'After']);
  expect(tree.map((session) => session.parentId)).toEqual([null, tree[0]?.id, tree[1]?.id]);
  await expect(
    world.client.jobs.update({
      id: copy,
      version: 1,
      settings: {
        kind: 'backup-copy',
        name: 'Immediate',
        sources: { jobIds: [backup] },
        repositoryId: target.primary,
        schedule: { kind: 'after-job', jobId: after },
      },
    }),
  ).rejects.toMatchObject({ code: 'INVALID', data: { field: 'settings.schedule' } });
});
