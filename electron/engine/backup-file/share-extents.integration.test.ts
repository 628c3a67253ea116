/** Synthetic fulls on a file system that shares extents: an XFS image mounted for the test, where the system allows it. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disk, pointMetadata, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { checkFile, copyPoint } from './testing/by-path.ts';

let scene: Scene;
let mountPoint: string;
let mounted = false;
beforeAll(async () => {
  scene = await Scene.create();
  mountPoint = scene.path('xfs');
  await mkdir(mountPoint);
  try {
    const image = scene.path('xfs.img');
    execFileSync('truncate', ['-s', '400M', image]);
    execFileSync('mkfs.xfs', ['-q', '-m', 'reflink=1', image], { stdio: 'ignore' });
    execFileSync('mount', ['-o', 'loop', image, mountPoint], { stdio: 'ignore' });
    mounted = true;
  } catch {
    // Not root, or no xfsprogs.
  }
});
afterAll(async () => {
  await closeBackupFileWorkers();
  if (mounted) execFileSync('umount', [mountPoint]);
  await scene.remove();
});

const freeBytes = async (): Promise<number> => {
  const facts = await statfs(mountPoint);
  return facts.bavail * facts.bsize;
};

test('a synthetic full shares the extents of the full it comes from', async (context) => {
  if (!mounted) return context.skip();
  const before = disk('abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz');
  const after = disk('aXcdefghi.klmnopqrstuvwxyzabcdefghijklmnopqrstuvwxYZ');
  const metadata = () => pointMetadata();
  const full = await scene.backUp({ a: before }, [], {
    targetPath: join(mountPoint, 'full.rvb'),
    codec: 'none',
    metadata: metadata(),
  });
  const incrementPath = join(mountPoint, 'increment.rvb');
  const increment = await scene.backUp({ a: after }, [full.path], {
    targetPath: incrementPath,
    codec: 'none',
    metadata: metadata(),
  });
  execFileSync('sync', ['-f', mountPoint]);
  const free = await freeBytes();
  const synthetic = await copyPoint({
    sources: [increment.path, full.path],
    take: 2,
    targetPath: join(mountPoint, 'synthetic.rvb'),
    kind: 'full',
    chainUuid: randomUUID(),
    shareExtents: true,
  });
  execFileSync('sync', ['-f', mountPoint]);
  expect(free - (await freeBytes())).toBeLessThan(full.storedBytes / 3);
  expect(synthetic.transferredBytes).toBe(increment.storedBytes);
  expect(synthetic.metadata).toEqual(increment.metadata);
  expect(sameDisks(await readPoint([synthetic.path]), { a: after })).toBe('same');
  expect((await checkFile(synthetic.path, { level: 'digests' })).problems).toEqual([]);
  // The full that it was cloned from has not changed and is not needed.
  expect(sameDisks(await readPoint([full.path]), { a: before })).toBe('same');
  const bytes = await readFile(synthetic.path);
  await writeFile(scene.path('elsewhere.rvb'), bytes);
  expect(sameDisks(await readPoint([scene.path('elsewhere.rvb')]), { a: after })).toBe('same');
});

test('where extents cannot be shared everything is copied', async () => {
  const full = await scene.backUp({ a: disk('abc') });
  const increment = await scene.backUp({ a: disk('aXc') }, [full.path]);
  const made = await copyPoint({
    sources: [increment.path, full.path],
    take: 2,
    targetPath: scene.path('synthetic.rvb'),
    kind: 'full',
    chainUuid: randomUUID(),
    shareExtents: true,
  });
  expect(sameDisks(await readPoint([made.path]), { a: disk('aXc') })).toBe('same');
});
