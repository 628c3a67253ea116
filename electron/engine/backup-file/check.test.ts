import { readFile, truncate, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordType } from './record.ts';
import { blockAt, recordsIn } from './testing/records.ts';
import { disk, flipByte, Scene } from './testing/scene.ts';
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
  const places = [await blockAt(full.path, 1), await blockAt(full.path, 3)];
  await flipByte(full.path, (places[0] ?? 0) + 17);
  await flipByte(full.path, places[1] ?? 0);
  const report = await checkFile(full.path, { level: 'checksums' });
  expect(
    report.problems.map(({ kind, objectName, blockIndex, offset }) => [kind, objectName, blockIndex, offset]),
  ).toEqual([
    ['checksum', 'Disk a', 1, (places[0] ?? 0) - 64],
    ['checksum', 'Disk a', 3, (places[1] ?? 0) - 64],
  ]);
  expect(report.blocks).toBe(5);
});

/** Where doubled parts stand: the two copies of root, object table and index page, as a plain file of one page has them. */
async function placesIn(path: string): Promise<Record<'root' | 'groups' | 'pages', number[]>> {
  const bytes = await readFile(path);
  const of = (type: number): number[] =>
    recordsIn(bytes)
      .filter((record) => record.type === type)
      .map(({ offset }) => offset + 70);
  const root = [224, 232].map((at) => Number(bytes.readBigUInt64LE(at)) + 40);
  return { root, groups: of(recordType.groupPage), pages: of(recordType.indexPage) };
}

test('what stands twice is lost only with both copies, and one that decayed is told', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  const bytes = await readFile(full.path);
  const damaged = scene.path('damaged.rvb');
  const check = async (offsets: number[]) => {
    await writeFile(damaged, bytes);
    for (const offset of offsets) await flipByte(damaged, offset);
    return checkFile(damaged, { level: 'digests' });
  };
  const { root, groups, pages } = await placesIn(full.path);
  for (const [copies, kind] of [
    [root, 'root'],
    [groups, 'root'],
    [pages, 'index'],
  ] as const) {
    expect(copies.length).toBe(2);
    for (const copy of copies) {
      const report = await check([copy]);
      expect([report.problems, report.decay.length]).toEqual([[], 1]);
    }
    expect((await check([...copies])).problems[0]?.kind).toBe(kind);
  }
  for (const offset of [0, 20, 200, 4096, 4116, 8000]) {
    const report = await check([offset]);
    expect([report.problems, report.decay.length]).toEqual([[], 1]);
  }
  // Without a head the tail counts, for everything it leads to is right.
  const headless = await check([0, 4096]);
  expect([headless.problems, headless.decay.length]).toEqual([[], 1]);
  expect((await check([0, 4096, ...pages])).problems[0]?.kind).toBe('root');
  expect((await check([0, 4096, bytes.length - 1])).problems[0]?.kind).toBe('superblock');
});

test('a file that is cut short or missing is named', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  await truncate(full.path, full.fileSizeBytes - 1);
  expect((await checkFile(full.path, { level: 'checksums' })).problems[0]?.kind).toBe('superblock');
  expect((await checkFile(scene.path('absent.rvb'), { level: 'checksums' })).problems[0]?.kind).toBe('missing');
});

test('a point is checked over all its files', async () => {
  const full = await scene.backUp({ a: disk('abc') }, [], { codec: 'none' });
  const increment = await scene.backUp({ a: disk('aXc') }, [full.path], { codec: 'none' });
  // The second block of the full is not needed any more, the third one is.
  await flipByte(full.path, await blockAt(full.path, 1));
  expect(await checkPoint([increment.path, full.path], { level: 'digests' })).toMatchObject({
    blocks: 3,
    problems: [],
  });
  await flipByte(full.path, await blockAt(full.path, 2));
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
