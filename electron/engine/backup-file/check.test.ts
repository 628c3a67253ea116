import { readFile, truncate, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockBytes, disk, flipByte, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { checkFile, checkPoint } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

test('a sound file has no problems, and every block was looked at', async () => {
  const full = await scene.backUp({ a: disk('aBcDD.', 777), b: disk('mn') });
  for (const level of ['checksums', 'digests'] as const) {
    const report = await checkFile(full.path, { level });
    expect(report).toMatchObject({ blocks: 7, problems: [], problemCount: 0 });
    expect(report.bytes).toBeGreaterThanOrEqual(full.storedBytes);
  }
});

test('every damaged block is named, and only those', async () => {
  const full = await scene.backUp({ a: disk('abcde') }, [], { codec: 'none' });
  await flipByte(full.path, 8192 + blockBytes + 17);
  await flipByte(full.path, 8192 + 3 * blockBytes);
  const report = await checkFile(full.path, { level: 'checksums' });
  expect(
    report.problems.map(({ kind, objectName, blockIndex, offset }) => [kind, objectName, blockIndex, offset]),
  ).toEqual([
    ['checksum', 'Disk a', 1, 8192 + blockBytes],
    ['checksum', 'Disk a', 3, 8192 + 3 * blockBytes],
  ]);
  expect(report.blocks).toBe(5);
});

test('damage to superblock, root and index is named', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  const bytes = await readFile(full.path);
  const damaged = scene.path('damaged.rvb');
  const kinds: (string | undefined)[] = [];
  const rootOffset = Number(bytes.readBigUInt64LE(80));
  for (const offsets of [[0, 4096], [20, 4196], [rootOffset + 4], [rootOffset - 4]]) {
    await writeFile(damaged, bytes);
    for (const offset of offsets) await flipByte(damaged, offset);
    kinds.push((await checkFile(damaged, { level: 'checksums' })).problems[0]?.kind);
  }
  await writeFile(damaged, bytes);
  await flipByte(damaged, 20);
  expect((await checkFile(damaged, { level: 'checksums' })).problems).toEqual([]);
  await truncate(damaged, bytes.length - 1);
  kinds.push((await checkFile(damaged, { level: 'checksums' })).problems[0]?.kind);
  kinds.push((await checkFile(scene.path('absent.rvb'), { level: 'checksums' })).problems[0]?.kind);
  expect(kinds).toEqual(['superblock', 'superblock', 'root', 'index', 'superblock', 'missing']);
});

test('a point is checked over all its files', async () => {
  const full = await scene.backUp({ a: disk('abc') }, [], { codec: 'none' });
  const increment = await scene.backUp({ a: disk('aXc') }, [full.path], { codec: 'none' });
  // The second block of the full is not needed any more, the third one is.
  await flipByte(full.path, 8192 + blockBytes);
  expect(await checkPoint([increment.path, full.path], { level: 'digests' })).toMatchObject({
    blocks: 3,
    problems: [],
  });
  await flipByte(full.path, 8192 + 2 * blockBytes);
  const report = await checkPoint([increment.path, full.path], { level: 'digests' });
  expect(report.problems).toMatchObject([{ kind: 'checksum', path: full.path, blockIndex: 2 }]);
  expect((await checkPoint([increment.path], { level: 'digests' })).problems).toMatchObject([{ kind: 'chain' }]);
});

test('a check can be cancelled', async () => {
  const full = await scene.backUp({ a: disk('abc') });
  const abort = new AbortController();
  const checking = checkFile(full.path, {
    level: 'digests',
    signal: abort.signal,
    onThrottle: () => abort.abort(new Error('stopped')),
  });
  await expect(checking).rejects.toThrow('stopped');
});
