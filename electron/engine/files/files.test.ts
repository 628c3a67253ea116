import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { armFaults } from '../faults/fault-points.ts';
import { createTemporaryFile, publishFile, removeFile, replaceFile } from './durable-file.ts';
import { makeFolder } from './make-folder.ts';
import { openRegularFile, readSmallFile } from './regular-file.ts';
import { withTimeLimit } from './time-limit.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelvault-files-'));
});
afterEach(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

test('what others put in a file’s place is refused at once: a pipe, a link, a folder, a socket, a device', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  await writeFile(at('secret'), 'secret');
  await symlink(at('secret'), at('link'));
  await mkdir(at('folder'));
  const server = createServer().listen(at('socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    for (const path of [at('pipe'), at('link'), at('folder'), at('socket'), '/dev/null']) {
      await expect(openRegularFile(path)).rejects.toMatchObject({ code: 'not-a-file', kind: 'unavailable' });
      await expect(readSmallFile(path)).rejects.toMatchObject({ code: 'not-a-file' });
    }
  } finally {
    server.close();
  }
});

test('a small file is read as far as such a file can reach', async () => {
  expect(await readSmallFile(at('none'))).toBeUndefined();
  await writeFile(at('small'), 'x'.repeat(100));
  expect(await readSmallFile(at('small'), 100)).toBe('x'.repeat(100));
  await expect(readSmallFile(at('small'), 99)).rejects.toMatchObject({ code: 'too-large' });
  // Its size says 0 and it gives bytes all the same, as a file does that grows meanwhile.
  await expect(readSmallFile('/proc/self/status', 0)).rejects.toMatchObject({ code: 'too-large' });
});

test('a file is replaced through its own temporary file, never through a link that stands in its place', async () => {
  await writeFile(at('victim'), 'untouched');
  await symlink(at('victim'), at('note.json.partial'));
  await replaceFile(at('note.json'), 'new', 'test');
  expect(await readFile(at('note.json'), 'utf8')).toBe('new');
  expect(await readFile(at('victim'), 'utf8')).toBe('untouched');
  expect((await lstat(at('note.json'))).isFile()).toBe(true);
  expect((await stat(at('note.json'))).mode & 0o777).toBe(0o600);
  await symlink(at('victim'), at('other.partial'));
  await (await createTemporaryFile(at('other.partial'))).close();
  expect((await lstat(at('other.partial'))).isFile()).toBe(true);
});

test('a failure leaves the old file and no temporary one', async () => {
  await replaceFile(at('note.json'), 'old', 'test');
  for (const site of ['fs.write', 'step.test.sync', 'step.test.rename']) {
    const faults = armFaults([{ site, when: 'before', nth: 1, effect: { kind: 'error', code: 'ENOSPC' } }]);
    await expect(replaceFile(at('note.json'), 'new', 'test')).rejects.toMatchObject({ code: 'full' });
    faults.disarm();
    expect(faults.unfired()).toEqual([]);
    expect(await readdir(folder)).toEqual(['note.json']);
    expect(await readFile(at('note.json'), 'utf8')).toBe('old');
  }
});

test('a name that is taken is not published over, and one whose flush failed is taken back', async () => {
  await writeFile(at('taken'), 'mine');
  await writeFile(at('new.partial'), 'other');
  await expect(publishFile('test', at('new.partial'), at('taken'), false)).rejects.toMatchObject({ code: 'exists' });
  expect(await readFile(at('taken'), 'utf8')).toBe('mine');
  const faults = armFaults([
    { site: 'step.test.directory', when: 'before', nth: 1, effect: { kind: 'error', code: 'EIO' } },
  ]);
  await expect(publishFile('test', at('new.partial'), at('new'), false)).rejects.toMatchObject({ code: 'failed' });
  faults.disarm();
  expect(await readdir(folder)).toEqual(['taken']);
});

test('folders are made as deep as asked, and where none can be made that is said, not tried for ever', async () => {
  await makeFolder(at('a/b/c'));
  await makeFolder(at('a/b/c'));
  expect((await stat(at('a/b/c'))).isDirectory()).toBe(true);
  await writeFile(at('file'), '');
  await expect(makeFolder(at('file/b'))).rejects.toMatchObject({ kind: 'unavailable' });
  // Node’s own recursive mkdir never returns here.
  await expect(makeFolder('/proc/reelvault/folder')).rejects.toMatchObject({ code: 'missing' });
  const reason = new Error('stopped');
  await expect(makeFolder(at('x/y'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('removing what is not there, or in a folder that is gone, is no error', async () => {
  await removeFile('test.remove', at('none'));
  await removeFile('test.remove', at('gone/none'));
});

test('a file system that does not answer is given up, and what it gives late is let go', async () => {
  let answer: (value: string) => void = () => {};
  const late: string[] = [];
  const waiting = withTimeLimit('/mnt/nas', new Promise<string>((resolve) => (answer = resolve)), {
    limitMs: 20,
    late: (value) => void late.push(value),
  });
  await expect(waiting).rejects.toMatchObject({ code: 'timeout', path: '/mnt/nas' });
  answer('late');
  await new Promise((resolve) => setImmediate(resolve));
  expect(late).toEqual(['late']);
});
