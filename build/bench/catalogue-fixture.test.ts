import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../electron/engine/database/database.ts';
import { administrator } from '../../shared/domain/rights.ts';
import { type Engine, openEngine } from '../../electron/engine/engine.ts';
import { makeCatalogue } from './catalogue-fixture.ts';

// The same lists as in the bench, small enough to be looked through row by row.
let dataDir: string;
let engine: Engine;
const client = () => createRouterClient(engine.router, { context: { actor: administrator('test') } });
type Row = Awaited<ReturnType<ReturnType<typeof client>['backups']['points']>>['rows'][number];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'reelvault-catalogue-'));
  const size = { machines: 30, diskPointsPerMachine: 10, tapePointsPerMachine: 20, tapes: 200, pools: 3 };
  makeCatalogue(join(dataDir, 'reelvault.db'), size);
  engine = await openEngine({ dataDir, schedule: false });
});
afterAll(async () => {
  await engine.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function everyPage(query: Parameters<ReturnType<typeof client>['backups']['points']>[0]): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await client().backups.points({ ...query, offset: rows.length, limit: 70 });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) {
      expect(rows.length).toBe(page.total);
      return rows;
    }
  }
}

test.each(['createdAt', 'sizeBytes', 'machineName', 'jobName', 'platform', 'locationName', 'kind', 'state', 'origin'])(
  'pages by %s hold every restore point once, in order, both ways',
  async (by) => {
    for (const direction of ['asc', 'desc'] as const) {
      const rows = await everyPage({ sort: { by, direction } });
      expect(new Set(rows.map((row) => row.id)).size).toBe(900);
      const values = rows.map((row) => row[by as 'createdAt']);
      const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(values).toEqual(direction === 'asc' ? sorted : sorted.reverse());
    }
  },
);

test('filters, search and places choose what they say, and the total is of that', async () => {
  const all = await everyPage({});
  const machine = all[7]?.machineId ?? '';
  const cases: [Parameters<typeof everyPage>[0], (row: Row) => boolean][] = [
    [{ origin: 'tape' }, (row) => row.origin === 'tape'],
    [{ origin: 'imported' }, (row) => row.origin === 'imported'],
    [{ machineId: machine }, (row) => row.machineId === machine],
    [{ backupId: all[7]?.backupId }, (row) => row.backupId === all[7]?.backupId],
    [{ locationId: all[7]?.locationId }, (row) => row.locationId === all[7]?.locationId],
    [{ filters: { kind: ['full'] } }, (row) => row.kind === 'full'],
    [{ filters: { state: ['unavailable'] } }, (row) => row.state === 'unavailable'],
    [
      { filters: { kind: ['full'], origin: ['tape'] }, search: 'machine-0000' },
      (row) => row.kind === 'full' && row.origin === 'tape' && row.machineName.startsWith('machine-0000'),
    ],
    [{ filters: { sizeBytes: [String(all[7]?.sizeBytes)] } }, (row) => row.sizeBytes === all[7]?.sizeBytes],
    [{ search: 'no such thing' }, () => false],
  ];
  for (const [query, fits] of cases) {
    const expected = all.filter(fits).map((row) => row.id);
    const ids = (await everyPage(query)).map((row) => row.id);
    expect({ query, ids }).toEqual({ query, ids: expected });
  }
  await expect(client().backups.points({ sort: { by: 'path', direction: 'asc' } })).rejects.toThrow();
});

test('points on tape whose full is on no known tape are sorted, filtered and counted as incomplete', async () => {
  const database = engine.services.commits as Database;
  const [first] = await everyPage({ origin: 'tape' });
  const { backupId = '', machineId = '' } = first ?? {};
  const listed = async () => {
    const { rows } = await client().backups.list({ origin: 'tape', machineId });
    return rows.find((row) => row.id === backupId);
  };
  const tapePoints = async () =>
    (await client().backups.machines({ limit: 1000 })).rows.find((row) => row.id === machineId)?.tapePoints ?? 0;
  const before = { all: await everyPage({ backupId }), counted: await tapePoints() };
  expect((await listed())?.state).toBe('complete');
  const set = (state: string, ids: string[]): number =>
    database.now((work) =>
      database.run(
        work,
        'UPDATE tape_points SET state = ? WHERE id IN (SELECT value FROM json_each(?))',
        state,
        JSON.stringify(ids),
      ),
    );
  const ids = before.all.slice(0, 2).map((row) => row.id);
  expect(set('incomplete', ids)).toBe(2);
  const incomplete = await everyPage({ backupId, filters: { state: ['incomplete'] } });
  expect(new Set(incomplete.map((row) => row.id))).toEqual(new Set(ids));
  expect(incomplete.every((row) => row.stateReason?.includes('No known tape') === true)).toBe(true);
  expect(await everyPage({ backupId, filters: { state: ['complete'] } })).toHaveLength(before.all.length - 2);
  for (const direction of ['asc', 'desc'] as const) {
    const states = (await everyPage({ backupId, sort: { by: 'state', direction } })).map((row) => row.state);
    const sorted = states.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    expect(states).toEqual(direction === 'asc' ? sorted : sorted.reverse());
  }
  expect(await everyPage({ backupId, sort: { by: 'createdAt', direction: 'asc' } })).toHaveLength(before.all.length);
  expect(await listed()).toMatchObject({ state: 'incomplete', pointCount: before.all.length });
  expect(await tapePoints()).toBe(before.counted - 2);
  set('complete', ids);
  expect((await listed())?.state).toBe('complete');
});

test('sums follow points that are added, changed, moved and removed', () => {
  const database = engine.services.commits as Database;
  const check = (): void => {
    for (const [groups, points, columns] of [
      ['chain_groups', 'points', 'chain_id, kind, state'],
      ['tape_groups', 'tape_points', 'pool_id, machine_id, machine_name, platform, job_name, kind, state'],
    ]) {
      const sums = `point_count, size_bytes, oldest_at, newest_at`;
      const counted = `SELECT ${columns}, count(*) AS point_count, sum(size_bytes) AS size_bytes, min(created_at) AS oldest_at,
        max(created_at) AS newest_at FROM ${points} GROUP BY ${columns} ORDER BY ${columns}`;
      expect(database.all(`SELECT ${columns}, ${sums} FROM ${groups} ORDER BY ${columns}`)).toEqual(
        database.all(counted),
      );
    }
  };
  check();
  const changes = [
    'DELETE FROM tape_points WHERE rowid % 7 = 0',
    'DELETE FROM points WHERE rowid % 3 = 0',
    "UPDATE points SET state = 'missing' WHERE rowid % 4 = 1",
    'UPDATE points SET created_at = created_at - 5, size_bytes = size_bytes + 1 WHERE rowid % 5 = 1',
    "UPDATE tape_points SET pool_id = 'imported' WHERE rowid % 2 = 0",
    "UPDATE tape_points SET state = 'incomplete' WHERE rowid % 9 = 1",
    "UPDATE tape_points SET machine_name = 'renamed' WHERE rowid % 11 = 1",
    'DELETE FROM chains WHERE rowid % 2 = 0',
  ];
  for (const change of changes) {
    expect(database.now((work) => database.run(work, change))).toBeGreaterThan(0);
    check();
  }
});

test('tapes that were read are read again after a change, and after one that was taken back', async () => {
  const { tape } = engine.services;
  const name = (): string | undefined => tape.store.media.all()[0]?.name;
  const before = name();
  const id = tape.store.media.all()[0]?.id ?? '';
  tape.store.now((work) => tape.store.media.update(work, id, { name: 'changed' }));
  expect(name()).toBe('changed');
  expect(() =>
    tape.store.now((work) => {
      tape.store.media.update(work, id, { name: 'taken back' });
      expect(name()).toBe('taken back');
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(name()).toBe('changed');
  tape.store.now((work) => tape.store.media.update(work, id, { name: before ?? '' }));
  const { rows } = await client().media.list({ limit: 3, sort: { by: 'state', direction: 'asc' } });
  expect(rows).toHaveLength(3);
});
