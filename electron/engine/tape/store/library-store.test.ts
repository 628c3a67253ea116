import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sealer } from '../../credentials/sealer.ts';
import { Database } from '../../database/database.ts';
import { migrations } from '../../database/migrations.ts';
import { SqlLibraryStore } from './library-store.ts';
import type { LibraryRecord } from './tape-records.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelvault-libraries-'));
  path = join(folder, 'engine.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const library: LibraryRecord = {
  id: 'vtl',
  name: 'VTL',
  connection: {
    kind: 'iscsi',
    portal: '192.0.2.1',
    initiatorName: 'iqn.2026-01.net.reelvault:1',
    chapUser: 'anna',
    mutualChapUser: '',
    headerDigest: false,
    dataDigest: true,
    changer: { target: 'iqn.2003-01.com.example:vtl', lun: 1 },
    drives: [{ target: 'iqn.2003-01.com.example:vtl', lun: 2 }],
  },
  location: '192.0.2.1, iqn.2003-01.com.example:vtl, LUN 1',
  vendor: 'V',
  product: 'P',
  serial: 'S',
  createdAt: 5,
};

test('virtual libraries of the first schema are still there after the migration', () => {
  const old = new DatabaseSync(path);
  for (const script of migrations.slice(0, 2)) old.exec(script);
  old.exec(
    `PRAGMA user_version = 2; INSERT INTO libraries VALUES ('a', 'Old', 'virtual', '/srv/"old"', 'V', 'P', 'S', 7)`,
  );
  old.close();
  const database = new Database(path);
  expect(new SqlLibraryStore(database, new Sealer(Buffer.alloc(32))).all()).toEqual([
    {
      id: 'a',
      name: 'Old',
      connection: { kind: 'virtual', path: '/srv/"old"' },
      location: '/srv/"old"',
      vendor: 'V',
      product: 'P',
      serial: 'S',
      createdAt: 7,
    },
  ]);
  database.close();
});

test('a library comes back as it was; its secrets are nowhere in the file, and open under one seal only', () => {
  const database = new Database(path);
  const store = new SqlLibraryStore(database, new Sealer(Buffer.alloc(32, 1)));
  database.now((work) => store.insert(work, library, { chapSecret: 'correct horse 42' }));
  expect(store.get('vtl')).toEqual(library);
  expect(store.secrets('vtl')).toEqual({ chapSecret: 'correct horse 42' });
  const other = new SqlLibraryStore(database, new Sealer(Buffer.alloc(32, 2)));
  expect(() => other.secrets('vtl')).toThrow();
  database.get('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(readFileSync(path).includes('correct horse')).toBe(false);
  database.now((work) => store.update(work, { ...library, name: 'Renamed' }, {}));
  expect(store.get('vtl')?.name).toBe('Renamed');
  expect(store.secrets('vtl')).toEqual({});
  database.close();
});
