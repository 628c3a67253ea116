import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from './database.ts';
import { pageOf, queryPage } from './page-query.ts';

const folder = mkdtempSync(join(tmpdir(), 'reelvault-db-'));
let database: Database;
beforeAll(() => {
  database = new Database(join(folder, 'test.db'));
  for (let index = 0; index < 25; index += 1) {
    database.insert('audit', {
      at: index % 5,
      who: index % 2 ? 'anna' : 'b%b',
      action: 'job.run',
      object: `Job ${index}`,
    });
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
    database.transaction(() => {
      database.insert('audit', { at: 99, who: 'x', action: 'y', object: 'z' });
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(database.get('SELECT 1 FROM audit WHERE at = 99')).toBeUndefined();
});

test('a database of a newer version is refused, not changed', () => {
  const path = join(folder, 'newer.db');
  const newer = new Database(path);
  newer.run('PRAGMA user_version = 999');
  newer.close();
  expect(() => new Database(path)).toThrow('newer Reelvault');
});

test('lists in memory page the same way', () => {
  const rows = [{ name: 'b10' }, { name: 'b9' }, { name: 'A1' }];
  const page = pageOf(rows, { offset: 0, limit: 2, sort: { by: 'name', direction: 'asc' } }, ['name']);
  expect(page).toEqual({ rows: [{ name: 'A1' }, { name: 'b9' }], total: 3 });
  expect(pageOf(rows, { offset: 0, limit: 9, search: 'B' }, ['name']).total).toBe(2);
});
