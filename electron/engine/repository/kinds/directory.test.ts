import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directoryKind, directoryPlace } from './directory.ts';
import type { RepositoryStorage } from './kind.ts';

// What a folder has beyond what every kind of repository must do (kinds.test.ts).

let root: string;
let storage: RepositoryStorage;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reelvault-repository-'));
  storage = directoryKind.open(directoryPlace(root), { scratchDir: root });
});
afterEach(() => rm(root, { recursive: true }));

const claim = (id: string, requireMount = false): Promise<string> =>
  directoryKind.claim({ ...directoryPlace(root), requireMount }, id, { create: true });

test('a mount that is missing is refused before anything is written', async () => {
  await claim('one');
  const mounted = directoryKind.open({ ...directoryPlace(root), requireMount: true }, { scratchDir: root });
  await expect(mounted.require('one')).rejects.toThrow('not mounted');
  await expect(claim('two', true)).rejects.toMatchObject({ field: 'settings.place.requireMount' });
  await rm(join(root, 'reelvault-repository.json'));
  await expect(storage.require('one')).rejects.toThrow('mount it');
});

test('a damaged or newer marker is named, never overwritten', async () => {
  for (const [text, message] of [
    ['{', 'not JSON'],
    ['{"created":"x"}', 'names no repository'],
    ['{"id":"x","format":99}', 'newer Reelvault'],
  ] as const) {
    await writeFile(join(root, 'reelvault-repository.json'), text);
    await expect(storage.require('x')).rejects.toThrow(message);
    expect((await directoryKind.inspect(directoryPlace(root))).problem).toContain(message);
    await expect(claim('mine')).rejects.toThrow(message);
    expect(await readFile(join(root, 'reelvault-repository.json'), 'utf8')).toBe(text);
  }
});

test('a marker that is a pipe or a link is refused at once', async () => {
  execFileSync('mkfifo', [join(root, 'reelvault-repository.json')]);
  await expect(storage.require('x')).rejects.toThrow('not a file');
  await rm(join(root, 'reelvault-repository.json'));
  await symlink('/etc/passwd', join(root, 'reelvault-repository.json'));
  await expect(storage.require('x')).rejects.toThrow('symbolic link');
  expect((await directoryKind.inspect(directoryPlace(root))).problem).toContain('symbolic link');
});

test('a cache of the chain is written beside a link in its place, not through it', async () => {
  await mkdir(join(root, 'job'));
  await writeFile(join(root, 'victim'), 'untouched');
  await symlink(join(root, 'victim'), join(root, 'job/chain.json.partial'));
  await storage.writeNote('job/chain.json', '{}', 'test.note');
  expect(await readFile(join(root, 'victim'), 'utf8')).toBe('untouched');
});

test('lists backup files and leftovers, follows no links, and opens no pipe', async () => {
  await mkdir(join(root, 'job/machine'), { recursive: true });
  await writeFile(join(root, 'job/machine/a.rvb'), 'x');
  await writeFile(join(root, 'job/machine/b.rvb.partial'), 'y');
  await writeFile(join(root, 'job/machine/b.rvb.index.partial'), 'y');
  await writeFile(join(root, 'job/machine/notes.txt'), 'z');
  await symlink('/', join(root, 'job/everything'));
  execFileSync('mkfifo', [join(root, 'job/machine/pipe.rvb')]);
  expect((await storage.list()).map((file) => [file.path, file.partial])).toEqual([
    ['job/machine/a.rvb', false],
    ['job/machine/b.rvb.index.partial', true],
    ['job/machine/b.rvb.partial', true],
  ]);
  await expect(storage.place('job/machine/pipe.rvb').open()).rejects.toMatchObject({ code: 'not-a-file' });
});
