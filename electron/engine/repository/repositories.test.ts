import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqlKeyStore } from '../credentials/key-store.ts';
import { Sealer } from '../credentials/sealer.ts';
import { DataDirectory } from '../data-directory.ts';
import { Database } from '../database/database.ts';
import { TestClock } from '../faults/clock.ts';
import { ChangesInMemory } from '../sessions/changes.ts';
import { SqlBackupStore } from './backup-store.ts';
import { type DirectorySettings, directoryPlace } from './kinds/directory.ts';
import { Repositories, type RepositoryInput } from './repositories.ts';
import { SqlRepositoryStore } from './repository-store.ts';

let folder: string;
let directory: DataDirectory;
let database: Database;
let repositories: Repositories;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelvault-repositories-'));
  directory = DataDirectory.open(join(folder, 'data'));
  database = new Database(directory.file('reelvault.db'));
  repositories = new Repositories({
    commits: database,
    store: new SqlRepositoryStore(database),
    isConfigured: () => false,
    backups: new SqlBackupStore(database),
    keys: new SqlKeyStore(database, new Sealer(Buffer.alloc(32, 7))),
    changes: new ChangesInMemory(0),
    clock: new TestClock(1_700_000_000_000),
    scratchDir: folder,
  });
});
afterEach(async () => {
  database.close();
  directory.close();
  await rm(folder, { recursive: true });
});

function input(name: string, path: string, requireMount = false): RepositoryInput {
  const place: DirectorySettings = { ...directoryPlace(path), requireMount };
  return { name, place, description: '', keyIds: [] };
}

test('a refused repository names the field to mend', async () => {
  await repositories.add(input('Primary', join(folder, 'primary')), true);
  const refused: [RepositoryInput, string, RegExp][] = [
    [input('PRIMARY', join(folder, 'other')), 'settings.name', /already a repository named “Primary”/],
    [input('Other', join(folder, 'primary')), 'settings.place.path', /overlaps the repository “Primary”/],
    [input('Other', join(folder, 'primary', 'inside')), 'settings.place.path', /overlaps/],
    [input('Other', folder), 'settings.place.path', /overlaps/],
    [input('Other', 'relative'), 'settings.place.path', /not an absolute path/],
    [input('Other', join(folder, 'other'), true), 'settings.place.requireMount', /not a mount point/],
  ];
  for (const [settings, field, message] of refused) {
    await expect(repositories.add(settings, true)).rejects.toMatchObject({
      field,
      kind: 'invalid',
      message: expect.stringMatching(message) as string,
    });
  }
  await expect(repositories.add(input('Other', join(folder, 'absent')), false)).rejects.toMatchObject({
    field: 'settings.place.path',
  });
  expect(repositories.list().map((repository) => repository.name)).toEqual(['Primary']);
});
