import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  claimFolder,
  deleteFile,
  insideRoot,
  inspectFolder,
  listBackupFiles,
  readMarker,
  requireRepository,
} from './directory.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reelvault-repository-'));
});
afterEach(() => rm(root, { recursive: true }));

test('a folder is claimed once; a missing or another marker is refused', async () => {
  await claimFolder(root, 'one', false);
  expect((await claimFolder(root, 'two', false)).id).toBe('one');
  await requireRepository(root, 'one', false);
  await expect(requireRepository(root, 'two', false)).rejects.toThrow('another repository');
  await expect(requireRepository(root, 'one', true)).rejects.toThrow('not mounted');
  await rm(join(root, 'reelvault-repository.json'));
  await expect(requireRepository(root, 'one', false)).rejects.toThrow('mount it');
});

test('a damaged or newer marker is named, never overwritten', async () => {
  for (const [text, message] of [
    ['{', 'not JSON'],
    ['{"created":"x"}', 'names no repository'],
    ['{"id":"x","format":99}', 'newer Reelvault'],
  ] as const) {
    await writeFile(join(root, 'reelvault-repository.json'), text);
    await expect(readMarker(root)).rejects.toThrow(message);
    expect((await inspectFolder(root)).problem).toContain(message);
    await expect(claimFolder(root, 'mine', false)).rejects.toThrow(message);
  }
});

test('paths from media never leave the repository', () => {
  expect(insideRoot(root, 'job/machine/file.rvb')).toBe(join(root, 'job/machine/file.rvb'));
  for (const path of ['../x', 'a/../../x', '/etc/passwd', `${root}x/y`]) {
    expect(() => insideRoot(root, path)).toThrow('outside');
  }
});

test('lists backup files and leftovers, follows no links', async () => {
  await mkdir(join(root, 'job/machine'), { recursive: true });
  await writeFile(join(root, 'job/machine/a.rvb'), 'x');
  await writeFile(join(root, 'job/machine/b.rvb.partial'), 'y');
  await writeFile(join(root, 'job/machine/b.rvb.index.partial'), 'y');
  await writeFile(join(root, 'job/machine/notes.txt'), 'z');
  await symlink('/', join(root, 'job/everything'));
  expect((await listBackupFiles(root)).map((file) => [file.path, file.partial])).toEqual([
    ['job/machine/a.rvb', false],
    ['job/machine/b.rvb.index.partial', true],
    ['job/machine/b.rvb.partial', true],
  ]);
});

test('deleting the last file takes the empty folders with it, never the root', async () => {
  await mkdir(join(root, 'job/machine'), { recursive: true });
  await writeFile(join(root, 'job/machine/a.rvb'), 'x');
  await writeFile(join(root, 'job/machine/chain.json'), '{}');
  await deleteFile(root, 'job/machine/a.rvb');
  expect(await readdir(root)).toEqual([]);
  expect((await stat(root)).isDirectory()).toBe(true);
});
