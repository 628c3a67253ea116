import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { armFaults } from '../faults/fault-points.ts';
import type { Progress } from '../pipeline/progress.ts';
import { openDisk } from '../sources/open-disk.ts';
import { productVersion } from './product-version.ts';
import { recordHeaderBytes } from './record.ts';
import { blockBytes, disk, noise, pointMetadata, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { openPoint, readBackupFileInfo, readSuperblock } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

const partials = async (): Promise<string[]> =>
  (await readdir(scene.folder)).filter((name) => name.includes('.partial'));

test.each(['none', 'lz4', 'zstd'] as const)('a full packed with %s gives back what was backed up', async (codec) => {
  const contents = { a: disk('aB.Cd..E', 1000), b: disk('xY', 1) };
  const info = await scene.backUp(contents, [], { codec });
  expect(sameDisks(await readPoint([info.path]), contents)).toBe('same');
  expect(await readBackupFileInfo(info.path)).toEqual(info);
  expect(info).toMatchObject({
    kind: 'full',
    parent: null,
    signer: null,
    generation: 1,
    encrypted: false,
    codec,
    deadBytes: 0,
  });
  expect(info.metadata.objects.map((object) => object.sizeBytes)).toEqual([7 * blockBytes + 1000, blockBytes + 1]);
  expect(info.metadata.productVersion).toBe(productVersion);
  expect(await readSuperblock(info.path)).toMatchObject({ fileUuid: info.fileUuid, kind: 'full', encrypted: false });
});

test('the product version is the package’s', async () => {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  expect((JSON.parse(text) as { version: string }).version).toBe(productVersion);
});

test('zero blocks take no room and equal blocks are stored once', async () => {
  const info = await scene.backUp({ a: disk('a..aBaB.a') }, [], { codec: 'none' });
  expect(info.storedBytes).toBe(2 * (blockBytes + recordHeaderBytes));
  expect(info.dataBytes).toBe(6 * blockBytes);
  expect(sameDisks(await readPoint([info.path]), { a: disk('a..aBaB.a') })).toBe('same');
});

test('what does not get smaller is kept plain', async () => {
  const info = await scene.backUp({ a: disk('ab') }, [], { codec: 'zstd' });
  expect(info.storedBytes).toBe(2 * (blockBytes + recordHeaderBytes));
});

test('an increment holds only what changed, zeroed blocks included', async () => {
  const first = { a: disk('abcdef', 5000) };
  const second = { a: disk('a.cXef', 5000) };
  const full = await scene.backUp(first);
  const increment = await scene.backUp(second, [full.path]);
  expect(increment).toMatchObject({ kind: 'increment', dataBytes: blockBytes });
  expect(increment.parent).toEqual({ pointUuid: full.metadata.pointUuid, state: full.state });
  expect(sameDisks(await readPoint([increment.path, full.path]), second)).toBe('same');
  expect(sameDisks(await readPoint([full.path]), first)).toBe('same');
  const unchanged = await scene.backUp(second, [increment.path, full.path]);
  expect(unchanged).toMatchObject({ storedBytes: 0, dataBytes: 0 });
  expect(sameDisks(await readPoint([unchanged.path, increment.path, full.path]), second)).toBe('same');
});

test('disks grow, shrink, appear and disappear between points', async () => {
  const points: Record<string, Buffer>[] = [
    { a: disk('abcdef', 777), b: disk('mn') },
    { a: disk('ab', 100) },
    { a: disk('abcd..g', 4096), b: disk('m.o') },
    { b: disk('mno', 12), c: disk('C') },
    { a: disk('...d'), b: disk('m', 12), c: disk('CC') },
  ];
  const chain: string[] = [];
  for (const contents of points) {
    const info = await scene.backUp(contents, chain);
    chain.unshift(info.path);
    expect(sameDisks(await readPoint(chain), contents)).toBe('same');
  }
  for (const [at, contents] of points.entries()) {
    expect(sameDisks(await readPoint(chain.slice(points.length - 1 - at)), contents)).toBe('same');
  }
});

test('ranges are read across blocks and refused outside the disk', async () => {
  const content = disk('aB.c', 999);
  const info = await scene.backUp({ a: content });
  const point = await openPoint([info.path]);
  const ranges: [number, number][] = [
    [0, 1],
    [blockBytes - 3, 6],
    [2 * blockBytes - 10, blockBytes + 20],
    [3 * blockBytes + 990, 9],
    [content.length, 0],
  ];
  for (const [offset, length] of ranges) {
    const part = Buffer.alloc(length, 0xee);
    await point.readRange(0, offset, part);
    expect(part.equals(content.subarray(offset, offset + length)), `${length} bytes at ${offset}`).toBe(true);
  }
  await expect(point.readRange(0, content.length, Buffer.alloc(1))).rejects.toMatchObject({ code: 'invalid-request' });
  await expect(point.readRange(1, 0, Buffer.alloc(1))).rejects.toMatchObject({ code: 'object-missing' });
  await point.close();
});

test('a chain with a missing, foreign or wrong parent is refused', async () => {
  const full = await scene.backUp({ a: disk('abc') });
  const other = await scene.backUp({ a: disk('abc') });
  const one = await scene.backUp({ a: disk('abX') }, [full.path]);
  const two = await scene.backUp({ a: disk('aYX') }, [one.path, full.path]);
  for (const paths of [
    [two.path, full.path],
    [two.path, one.path],
    [one.path, other.path],
    [full.path, other.path],
  ]) {
    await expect(openPoint(paths)).rejects.toMatchObject({ code: 'chain-incomplete' });
  }
  await expect(openPoint([one.path, scene.path('gone.rvb')])).rejects.toMatchObject({ code: 'chain-incomplete' });
  await expect(openPoint([])).rejects.toMatchObject({ code: 'invalid-request' });
});

test('a disk that shrinks or grows while it is read fails the point with words and leaves nothing', async () => {
  const path = scene.path('moving.img');
  const attempt = async (change: () => Promise<void>) => {
    await writeFile(path, disk('abcd'));
    const source = await openDisk({ path });
    const options = { disks: [{ objectId: 'a', name: 'a', source }], targetPath: scene.path('changed.rvb') };
    try {
      return await scene.backUp({}, [], { ...options, onThrottle: change });
    } finally {
      await source.close(false);
    }
  };
  const changed = { name: 'OperationError', code: 'changed', path, advice: expect.stringContaining('again') as string };
  await expect(attempt(() => truncate(path, 100))).rejects.toMatchObject(changed);
  await expect(attempt(() => writeFile(path, noise('x', 5 * blockBytes)))).rejects.toMatchObject(changed);
  expect(await readdir(scene.folder)).not.toContain('changed.rvb');
  expect(await partials()).toEqual([]);
});

test('an existing target is not touched', async () => {
  const path = scene.path('precious.rvb');
  await writeFile(path, 'precious');
  await expect(scene.backUp({ a: disk('a') }, [], { targetPath: path })).rejects.toMatchObject({
    code: 'target-exists',
  });
  expect(await readFile(path, 'utf8')).toBe('precious');
  const nowhere = scene.path('no/such/folder/x.rvb');
  await expect(scene.backUp({ a: disk('a') }, [], { targetPath: nowhere })).rejects.toMatchObject({
    code: 'target-unusable',
  });
});

test('what cannot be described is refused before anything is read', async () => {
  const twice = await scene.disks({ a: disk('a') });
  await expect(scene.backUp({}, [], { disks: [...twice, ...twice] })).rejects.toMatchObject({
    code: 'invalid-request',
  });
  const metadata = pointMetadata({ createdAt: 'yesterday' });
  await expect(scene.backUp({ a: disk('a') }, [], { metadata })).rejects.toMatchObject({ code: 'invalid-request' });
  await expect(
    scene.backUp({ a: disk('a') }, [], { metadata: pointMetadata({ blockSizeBytes: 12345 }) }),
  ).rejects.toMatchObject({ code: 'invalid-request' });
  await expect(scene.backUp({ a: disk('a') }, [], { kind: 'increment' })).rejects.toMatchObject({
    code: 'invalid-request',
  });
});

test('a cancel ends the run with its reason and leaves nothing', async () => {
  const abort = new AbortController();
  const target = scene.path('cancelled.rvb');
  const running = scene.backUp({ a: disk('abcdefgh') }, [], {
    targetPath: target,
    signal: abort.signal,
    onThrottle: () => abort.abort(new Error('stopped by the operator')),
  });
  await expect(running).rejects.toThrow('stopped by the operator');
  expect(await readdir(scene.folder)).not.toContain('cancelled.rvb');
  expect(await partials()).toEqual([]);
});

test('progress counts every byte once', async () => {
  const reports: Progress[] = [];
  const contents = { a: disk('a..B', 10), b: disk('c') };
  const totalBytes = 4 * blockBytes + 10;
  const info = await scene.backUp(contents, [], { onProgress: (progress) => reports.push(progress) });
  expect(reports.at(-1)).toMatchObject({ processedBytes: totalBytes, totalBytes, readBytes: totalBytes });
  expect(reports.at(-1)?.transferredBytes).toBe(info.storedBytes);
});

test.each([
  [{ kind: 'error', code: 'ENOSPC' } as const, 'target-full'],
  [{ kind: 'error', code: 'EIO' } as const, 'target-unusable'],
])('a write that fails with %o leaves nothing', async (effect, code) => {
  const plan = armFaults([{ site: 'fs.write', when: 'before', nth: 1, target: 'faulty', effect }]);
  try {
    const targetPath = scene.path('faulty.rvb');
    await expect(scene.backUp({ a: disk('ab') }, [], { targetPath })).rejects.toMatchObject({ code });
    expect(plan.unfired()).toEqual([]);
    expect(await partials()).toEqual([]);
  } finally {
    plan.disarm();
  }
});

test.each(['before', 'after'] as const)('a name that cannot be flushed is no file: %s', async (when) => {
  const effect = { kind: 'error', code: 'EIO' } as const;
  const targetPath = scene.path(`unnamed-${when}.rvb`);
  const plan = armFaults([{ site: 'step.backup-file.directory', when, nth: 1, target: targetPath, effect }]);
  try {
    await expect(scene.backUp({ a: disk('ab') }, [], { targetPath })).rejects.toMatchObject({ code: 'io-error' });
    expect(plan.unfired()).toEqual([]);
    // A rescan would list what was told to have failed.
    await expect(readBackupFileInfo(targetPath)).rejects.toThrow();
    expect(await partials()).toEqual([]);
  } finally {
    plan.disarm();
  }
});

test('short writes are completed', async () => {
  const effect = { kind: 'short', bytes: 70_000 } as const;
  const plan = armFaults([{ site: 'fs.write', when: 'before', nth: 1, target: 'short', effect }]);
  try {
    const info = await scene.backUp({ a: disk('ab') }, [], { targetPath: scene.path('short.rvb') });
    expect(plan.unfired()).toEqual([]);
    expect(sameDisks(await readPoint([info.path]), { a: disk('ab') })).toBe('same');
  } finally {
    plan.disarm();
  }
});
