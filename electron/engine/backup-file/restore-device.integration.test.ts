/** Restoring to a block device: a loop device made for the test, where the system allows it. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDisk } from '../sources/open-disk.ts';
import { disk, noise, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { restoreDisk } from './testing/by-path.ts';

let scene: Scene;
let device: string | undefined;
const content = disk('aB..c', 4096);
beforeAll(async () => {
  scene = await Scene.create();
  // What was there before must not shine through where the backup has zeros.
  await writeFile(scene.path('device.img'), noise('old', content.length + 512 * 20));
  try {
    device = execFileSync('losetup', ['--find', '--show', scene.path('device.img')], { encoding: 'utf8' }).trim();
  } catch {
    // Not root, or no loop devices.
  }
});
afterAll(async () => {
  await closeBackupFileWorkers();
  if (device !== undefined) execFileSync('losetup', ['--detach', device]);
  await scene.remove();
});

test('a disk is restored to a device and backed up from it again', async (context) => {
  if (device === undefined) return context.skip();
  const full = await scene.backUp({ a: content });
  const options = { paths: [full.path], objectId: 'a', targetPath: device };
  await expect(restoreDisk(options)).rejects.toMatchObject({ code: 'target-unusable' });
  await expect(restoreDisk({ ...options, overwrite: true })).rejects.toMatchObject({ code: 'target-unusable' });
  await expect(restoreDisk({ ...options, allowDevice: true })).rejects.toMatchObject({ code: 'target-unusable' });
  const result = await restoreDisk({ ...options, allowDevice: true, overwrite: true });
  expect(result).toMatchObject({ sizeBytes: content.length, writtenBytes: content.length });
  const bytes = await readFile(device);
  expect(bytes.subarray(0, content.length).equals(content)).toBe(true);
  const image = await openDisk({ path: device });
  expect(image.sizeBytes).toBe(content.length + 512 * 20);
  const disks = [{ objectId: 'a', name: 'a', source: image }];
  const again = await scene.backUp({}, [], { disks });
  expect(sameDisks(await readPoint([again.path]), { a: bytes })).toBe('same');
  await image.close(true);
});

test('a device that is too small is left alone', async (context) => {
  if (device === undefined) return context.skip();
  const before = await readFile(device);
  const full = await scene.backUp({ a: disk('abcdef') });
  const options = { paths: [full.path], objectId: 'a', targetPath: device };
  await expect(restoreDisk({ ...options, allowDevice: true, overwrite: true })).rejects.toMatchObject({
    code: 'target-unusable',
  });
  expect((await readFile(device)).equals(before)).toBe(true);
});
