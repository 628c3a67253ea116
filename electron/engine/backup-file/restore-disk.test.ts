import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockAt } from './testing/records.ts';
import { blockBytes, disk, flipByte, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { restoreDisk } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

test('a disk of a chain is restored sparse and verified', async () => {
  const content = disk('aX......c', 1234);
  const full = await scene.backUp({ a: disk('aB......c', 1234), b: disk('z') });
  const increment = await scene.backUp({ a: content, b: disk('z') }, [full.path]);
  const targetPath = scene.path('restored.img');
  const result = await restoreDisk({ paths: [increment.path, full.path], objectId: 'a', targetPath });
  expect(result).toEqual({
    sizeBytes: content.length,
    writtenBytes: 2 * blockBytes + 1234,
    digestVerifiedBlocks: 3,
    lost: [],
  });
  expect((await readFile(targetPath)).equals(content)).toBe(true);
  expect((await stat(targetPath)).blocks * 512).toBeLessThan(4 * blockBytes);
});

test('a disk that ends in zeros keeps its size', async () => {
  const content = disk('a...', 77);
  const full = await scene.backUp({ a: content });
  const targetPath = scene.path('tail.img');
  await restoreDisk({ paths: [full.path], objectId: 'a', targetPath });
  expect((await readFile(targetPath)).equals(content)).toBe(true);
});

test('nothing is overwritten unless told, and never the backup or a directory', async () => {
  const full = await scene.backUp({ a: disk('a') });
  const targetPath = scene.path('there.img');
  await writeFile(targetPath, 'precious');
  const options = { paths: [full.path], objectId: 'a', targetPath };
  await expect(restoreDisk(options)).rejects.toMatchObject({ code: 'target-exists' });
  expect(await readFile(targetPath, 'utf8')).toBe('precious');
  await restoreDisk({ ...options, overwrite: true });
  expect((await readFile(targetPath)).equals(disk('a'))).toBe(true);
  await expect(restoreDisk({ ...options, targetPath: full.path, overwrite: true })).rejects.toMatchObject({
    code: 'target-unusable',
  });
  await mkdir(scene.path('directory'));
  await expect(restoreDisk({ ...options, targetPath: scene.path('directory'), overwrite: true })).rejects.toMatchObject(
    { code: 'target-exists' },
  );
});

test('a missing object is named with those that are there', async () => {
  const full = await scene.backUp({ a: disk('a') });
  const restoring = restoreDisk({ paths: [full.path], objectId: 'q', targetPath: scene.path('q.img') });
  await expect(restoring).rejects.toMatchObject({
    code: 'object-missing',
    message: expect.stringContaining('Disk a (a)'),
  });
});

test('a damaged block stops the restore and leaves nothing', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  await flipByte(full.path, (await blockAt(full.path, 1)) + 5);
  const targetPath = scene.path('bad.img');
  await expect(restoreDisk({ paths: [full.path], objectId: 'a', targetPath })).rejects.toMatchObject({
    code: 'corrupt',
  });
  expect((await readdir(scene.folder)).filter((name) => name.startsWith('bad.img'))).toEqual([]);
});
