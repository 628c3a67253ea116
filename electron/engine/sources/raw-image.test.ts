import { mkdtemp, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRawImage } from './raw-image.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rv-raw-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file gives its size', async () => {
  const path = join(folder, 'disk.img');
  await writeFile(path, Buffer.alloc(12_345, 1));
  expect(await openRawImage(path)).toEqual({ path, sizeBytes: 12_345, kind: 'file' });
});

test('what is no image is refused with a reason', async () => {
  const empty = join(folder, 'empty.img');
  await writeFile(empty, '');
  await mkdir(join(folder, 'directory'));
  await expect(openRawImage(join(folder, 'absent.img'))).rejects.toMatchObject({ code: 'missing' });
  await expect(openRawImage(join(empty, 'below.img'))).rejects.toMatchObject({ code: 'missing' });
  await expect(openRawImage(join(folder, 'directory'))).rejects.toMatchObject({ code: 'not-an-image' });
  await expect(openRawImage('/dev/null')).rejects.toMatchObject({ code: 'not-an-image' });
  await expect(openRawImage(empty)).rejects.toMatchObject({ code: 'empty' });
});

const device = '/dev/vda';
const hasDevice = await stat(device).then(
  (facts) => facts.isBlockDevice() && process.getuid?.() === 0,
  () => false,
);
test.runIf(hasDevice)('a block device gives its size', async () => {
  const image = await openRawImage(device);
  expect(image.kind).toBe('block-device');
  expect(image.sizeBytes).toBeGreaterThan(1_000_000);
  expect(image.sizeBytes % 512).toBe(0);
});
