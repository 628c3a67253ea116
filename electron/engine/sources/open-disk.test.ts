import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectDisk, openDisk } from './open-disk.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rv-disks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file gives its size', async () => {
  const path = join(folder, 'disk.img');
  await writeFile(path, Buffer.alloc(12_345, 1));
  expect(await inspectDisk({ path })).toEqual({ path, sizeBytes: 12_345, kind: 'raw' });
});

test('a disk of another size than it was opened with is said to have changed', async () => {
  const path = join(folder, 'moving.img');
  await writeFile(path, Buffer.alloc(1000, 1));
  const disk = await openDisk({ path });
  await disk.checkUnchanged();
  for (const size of [999, 1001]) {
    await truncate(path, size);
    await expect(disk.checkUnchanged()).rejects.toMatchObject({ code: 'changed', kind: 'conflict', path });
  }
  // Another file under the same name is another disk: the one that was opened is still read.
  await rm(path);
  await writeFile(path, 'x');
  expect(disk.sizeBytes).toBe(1000);
  await disk.close(false);
});

test('what is no disk is refused with a reason and with what to do', async () => {
  const empty = join(folder, 'empty.img');
  await writeFile(empty, '');
  await mkdir(join(folder, 'directory'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  for (const [path, code] of [
    [join(folder, 'absent.img'), 'missing'],
    [join(empty, 'below.img'), 'missing'],
    [join(folder, 'directory'), 'not-a-disk'],
    [join(folder, 'pipe'), 'not-a-disk'],
    ['/dev/null', 'not-a-disk'],
    [empty, 'empty'],
  ] as const) {
    const refusal = await inspectDisk({ path }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'OperationError', code, path, kind: 'invalid', field: 'path' });
    expect((refusal as { advice: string }).advice).toMatch(/\.$/);
  }
});

const device = '/dev/vda';
// Root in a container sees devices that it may not open.
const hasDevice = await open(device).then(
  async (handle) => {
    const isDevice = (await handle.stat()).isBlockDevice();
    await handle.close();
    return isDevice;
  },
  () => false,
);
test.runIf(hasDevice)('a block device gives its size', async () => {
  const { sizeBytes } = await inspectDisk({ path: device });
  expect(sizeBytes).toBeGreaterThan(1_000_000);
  expect(sizeBytes % 512).toBe(0);
});
