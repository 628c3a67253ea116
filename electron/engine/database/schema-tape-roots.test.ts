import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from './database.ts';
import { migrations } from './migrations.ts';
import { tapeRoots } from './schema-tape-roots.ts';

test('a database of before learns which of its points on tape lead to a full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reelvault-roots-'));
  try {
    const path = join(folder, 'old.db');
    const before = migrations.indexOf(tapeRoots);
    const old = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    for (const migration of migrations.slice(0, before)) old.exec(migration);
    old.exec(`PRAGMA user_version = ${before}`);
    const insert = old.prepare(
      `INSERT INTO tape_points VALUES (?, 's', 'free', 'u', 'j', 'Nightly', 'm', 'erp-01', 'pve', ?, ?, 0, ?, 1, 'c', ?, ?,
         'f', 'p', 10, 'x', 0, '[]')`,
    );
    for (const [file, parent] of [
      ['full', null],
      ['first', 'full'],
      ['second', 'first'],
      ['orphan', 'gone'],
      ['below', 'orphan'],
      ['ring', 'ring'],
    ] as const)
      insert.run(file, file, parent === null ? 'full' : 'increment', file.length, file, parent);
    old.close();
    const database = new Database(path);
    try {
      const states = database.all<{ id: string; state: string }>('SELECT id, state FROM tape_points ORDER BY id');
      expect(states.filter(({ state }) => state === 'incomplete').map(({ id }) => id)).toEqual([
        'below',
        'orphan',
        'ring',
      ]);
      expect(database.all('SELECT kind, state, point_count AS n FROM tape_groups ORDER BY kind, state')).toEqual([
        { kind: 'full', state: 'complete', n: 1 },
        { kind: 'increment', state: 'complete', n: 2 },
        { kind: 'increment', state: 'incomplete', n: 3 },
      ]);
      database.now((work) => database.run(work, "DELETE FROM tape_points WHERE id = 'ring'"));
      expect(database.get("SELECT point_count AS n FROM tape_groups WHERE state = 'incomplete'")).toEqual({ n: 2 });
    } finally {
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
