/** Images made by their own programs: told in the wizard's check, on saving a job, and when a run meets one. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '../testing/scenario.ts';

const run = promisify(execFile);
const hasQemu = ['/usr/bin/qemu-img', '/usr/local/bin/qemu-img', '/opt/homebrew/bin/qemu-img'].some(existsSync);

let world: World;
let repositoryId: string;
beforeEach(async () => {
  world = await World.create({ diskMib: 8, fillMib: 2, cartridges: 1, cartridgeMib: 16 });
  await mkdir(world.path('disks'));
  await world.makeDisk();
  repositoryId = await world.addRepository('primary');
});
afterEach(() => world?.close());

const settings = (path: string) => ({
  kind: 'backup' as const,
  name: 'Nightly',
  machines: [{ name: 'erp-01', platform: 'generic', disks: [{ path, name: 'sda' }] }],
  repositoryId,
});
const backupFiles = async (): Promise<string[]> =>
  (await readdir(world.path('primary'), { recursive: true })).filter((name) => name.includes('.rvb'));

test.runIf(hasQemu)('images that qemu-img makes are told by name, raw ones pass', async () => {
  const formats = [
    ['qcow2', [], /QCOW2/],
    ['vmdk', [], /VMDK/],
    ['vmdk', ['-o', 'subformat=streamOptimized'], /VMDK/],
    ['vmdk', ['-o', 'subformat=monolithicFlat'], /descriptor of a VMDK/],
    ['vhdx', [], /VHDX/],
    ['vpc', [], /VHD image/],
    ['vpc', ['-o', 'subformat=fixed'], /VHD image/],
    ['vdi', [], /VDI/],
    ['qed', [], /QED/],
  ] as const;
  for (const [index, [format, options, words]] of formats.entries()) {
    const path = world.path(`disks/${index}.${format}`);
    await run('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, world.disk, path]);
    const refused = {
      code: 'INVALID',
      data: { field: 'path', advice: expect.stringMatching(/qemu-img convert/) as string },
    };
    await expect(world.client.sources.inspectDisk({ path })).rejects.toMatchObject(refused);
    await expect(world.client.sources.inspectDisk({ path })).rejects.toThrow(words);
  }
  // The flat part of a VMDK is what its descriptor's advice leads to.
  expect(await world.client.sources.inspectDisk({ path: world.path('disks/3-flat.vmdk') })).toMatchObject({
    kind: 'raw',
  });
});

test('a job with a container is not saved, one whose disk is away is', async () => {
  const path = world.path('disks/web.qcow2');
  await writeFile(path, Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(70_000)]));
  const refused = world.client.jobs.create({ settings: settings(path), runNow: true });
  await expect(refused).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('QCOW2') as string });
  expect((await world.client.jobs.list({})).rows).toEqual([]);
  const { id } = await world.client.jobs.create({ settings: settings(world.path('disks/away.img')) });
  await expect(world.client.jobs.update({ id, version: 1, settings: settings(path) })).rejects.toThrow('QCOW2');
});

test('a run that finds a container where the disk was makes no point and says what to do', async () => {
  const { id } = await world.client.jobs.create({ settings: settings(world.disk) });
  await world.run(id);
  const before = await backupFiles();
  await rename(world.disk, world.path('disks/kept.img'));
  await run('gzip', ['-k', world.path('disks/kept.img')]);
  await copyFile(world.path('disks/kept.img.gz'), world.disk);
  const { sessionId } = await world.client.jobs.run({ id });
  const { log } = await world.ended(sessionId, 'failed');
  expect(log.find((line) => line.level === 'error')).toMatchObject({
    text: expect.stringContaining('packed with gzip') as string,
    advice: expect.stringContaining('gunzip') as string,
  });
  expect(await backupFiles()).toEqual(before);
  expect(await world.points('disk')).toHaveLength(1);
});
