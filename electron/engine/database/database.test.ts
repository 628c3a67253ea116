import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from './database.ts';
import { queryPage } from './page-query.ts';
import { pageOf } from './paging.ts';
import { UnitOfWork } from './unit-of-work.ts';

const folder = mkdtempSync(join(tmpdir(), 'reelvault-db-'));
let database: Database;
beforeAll(() => {
  database = new Database(join(folder, 'test.db'));
  for (let index = 0; index < 25; index += 1) {
    database.now((work) =>
      database.insert(work, 'audit', {
        at: index % 5,
        who: index % 2 ? 'anna' : 'b%b',
        action: 'job.run',
        object: `Job ${index}`,
      }),
    );
  }
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const source = {
  from: 'audit',
  select: '*',
  columns: { at: 'at', who: 'who', object: 'object' },
  searched: ['who', 'object'],
  defaultSort: { by: 'at', direction: 'asc' as const },
  tieBreak: 'id',
};

test('pages together hold every row once, however it is sorted', () => {
  const seen = [0, 10, 20].flatMap(
    (offset) =>
      queryPage<{ id: number }>(database, source, { offset, limit: 10, sort: { by: 'who', direction: 'desc' } }).rows,
  );
  expect(new Set(seen.map((row) => row.id)).size).toBe(25);
});

test('search text is text, not a pattern; filters accept any of their values', () => {
  expect(queryPage(database, source, { offset: 0, limit: 50, search: '%' }).total).toBe(13);
  expect(queryPage(database, source, { offset: 0, limit: 50, filters: { at: ['1', '2'] } }).total).toBe(10);
});

test('an unknown column is refused, and so is one that tries to be SQL', () => {
  for (const by of ['nothing', 'at; DROP TABLE audit', '__proto__', 'constructor']) {
    expect(() => queryPage(database, source, { offset: 0, limit: 5, sort: { by, direction: 'asc' } })).toThrow(
      'no column',
    );
  }
});

test('a transaction is all or nothing', () => {
  expect(() =>
    database.now((work) => {
      database.insert(work, 'audit', { at: 99, who: 'x', action: 'y', object: 'z' });
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(database.get('SELECT 1 FROM audit WHERE at = 99')).toBeUndefined();
});

test('nothing is written outside of a unit of work, after its end, or in one of another database', () => {
  const row = { at: 98, who: 'x', action: 'y', object: 'z' };
  let over: UnitOfWork | undefined;
  database.now((work) => (over = work));
  expect(() => database.insert(over as UnitOfWork, 'audit', row)).toThrow('is over');
  expect(() => database.run(new UnitOfWork(), 'DELETE FROM audit')).toThrow('is over');
  const other = new Database(join(folder, 'other.db'));
  expect(() => other.now((work) => database.now(() => database.insert(work, 'audit', row)))).toThrow(
    'another database',
  );
  other.close();
  expect(() => database.get('DELETE FROM audit')).toThrow('Not a read');
  expect(database.get('SELECT 1 FROM audit WHERE at = 98')).toBeUndefined();
});

test('units of work are not opened inside each other, and wait for nothing', async () => {
  const row = { at: 97, who: 'x', action: 'y', object: 'z' };
  const nested = (): void =>
    database.now((work) => {
      database.insert(work, 'audit', row);
      database.lazily((inner) => database.insert(inner, 'audit', row));
    });
  expect(nested).toThrow('do not open another inside');
  let late: Promise<void> | undefined;
  const waiting = (): Promise<void> =>
    database.now((work) => {
      late = Promise.resolve().then(() => void database.insert(work, 'audit', row));
      return late;
    });
  expect(waiting).toThrow('cannot wait');
  await expect(late).rejects.toThrow('is over');
  expect(database.get('SELECT 1 FROM audit WHERE at = 97')).toBeUndefined();
  expect(database.now(() => 'the next one works')).toBe('the next one works');
});

test('a database of a newer version is refused, not changed', () => {
  const path = join(folder, 'newer.db');
  const newer = new Database(path);
  newer.now((work) => newer.run(work, 'PRAGMA user_version = 999'));
  newer.close();
  expect(() => new Database(path)).toThrow('newer Reelvault');
});

test('lists in memory page the same way', () => {
  const rows = [{ name: 'b10' }, { name: 'b9' }, { name: 'A1' }];
  const page = pageOf(rows, { offset: 0, limit: 2, sort: { by: 'name', direction: 'asc' } }, ['name']);
  expect(page).toEqual({ rows: [{ name: 'A1' }, { name: 'b9' }], total: 3 });
  expect(pageOf(rows, { offset: 0, limit: 9, search: 'B' }, ['name']).total).toBe(2);
});
