import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordHeaderBytes } from './record.ts';
import type { BackupFileInfo } from './restore-point.ts';
import { blockAt } from './testing/records.ts';
import { blockBytes, disk, flipByte, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { type CopyByPath, copyPoint } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

let copies = 0;
const copy = (options: Partial<CopyByPath> & Pick<CopyByPath, 'sources'>) =>
  copyPoint({
    take: options.sources.length,
    targetPath: scene.path(`copy-${copies++}.rvb`),
    kind: 'full',
    chainUuid: randomUUID(),
    ...options,
  });

/** A chain of points over disks that change, grow, shrink, vanish and come back; newest first. */
async function history(
  codec: 'none' | 'lz4' | 'zstd' = 'zstd',
): Promise<{ files: BackupFileInfo[]; contents: Record<string, Buffer>[] }> {
  const points: Record<string, Buffer>[] = [
    { a: disk('aBcDeF', 777), b: disk('mnO') },
    { a: disk('a.cD', 100), b: disk('mnO') },
    { a: disk('aXcDeFg', 4096) },
    { a: disk('aXcDe.g', 4096), b: disk('m..') },
  ];
  const files: BackupFileInfo[] = [];
  for (const contents of points) {
    files.unshift(
      await scene.backUp(
        contents,
        files.map((file) => file.path),
        { codec },
      ),
    );
  }
  return { files, contents: points.toReversed() };
}

test('a full copy of every point stands alone, and keeps what the point is', async () => {
  const { files, contents } = await history();
  for (let at = 0; at < files.length; at += 1) {
    const made = await copy({ sources: files.slice(at).map((file) => file.path) });
    expect(sameDisks(await readPoint([made.path]), contents[at] ?? {})).toBe('same');
    expect(made).toMatchObject({ kind: 'full', parent: null, absorbed: [], deadBytes: 0, state: files[at]?.state });
    expect(made.metadata).toEqual(files[at]?.metadata);
    expect(made.fileUuid).not.toBe(files[at]?.fileUuid);
    expect(made.readBytes).toBe(made.storedBytes);
    // Beside the blocks a word for each block that is stored already.
    expect(made.transferredBytes - made.storedBytes).toBeLessThan(2000);
  }
});

test('increments over any number of points rebuild every point on the other side', async () => {
  const { files, contents } = await history();
  const paths = files.map((file) => file.path);
  for (let base = 1; base < files.length; base += 1) {
    const full = await copy({ sources: paths.slice(base) });
    for (let at = 0; at < base; at += 1) {
      const increment = await copy({
        sources: paths.slice(at),
        take: base - at,
        kind: 'increment',
        chainUuid: full.chainUuid,
      });
      const read = await readPoint([increment.path, full.path]);
      expect(sameDisks(read, contents[at] ?? {}), `point ${at} over ${base}`).toBe('same');
    }
  }
});

test('stored blocks are moved as they are, or packed anew as asked', async () => {
  const { files, contents } = await history('lz4');
  const sources = files.map((file) => file.path);
  const kept = await copy({ sources });
  const repacked = await copy({ sources, codec: 'zstd' });
  const plain = await copy({ sources, codec: 'none' });
  const back = await copy({ sources: [plain.path], codec: 'lz4' });
  expect([kept.codec, repacked.codec, plain.codec]).toEqual(['lz4', 'zstd', 'none']);
  expect(kept.storedBytes).toBe(back.storedBytes);
  expect(repacked.storedBytes).toBeLessThan(kept.storedBytes);
  // Six different blocks (one of them short) remain in the newest point, one of them twice.
  expect(plain.storedBytes).toBe(6 * (blockBytes + recordHeaderBytes) + 4096 + recordHeaderBytes);
  for (const made of [kept, repacked, plain, back]) {
    expect(sameDisks(await readPoint([made.path]), contents[0] ?? {})).toBe('same');
  }
});

test('the copy may be described differently', async () => {
  const { files } = await history();
  const job = { id: 'copy', name: 'Off-site' };
  const made = await copy({ sources: files.map((file) => file.path), metadata: { job } });
  expect(made.metadata).toEqual({ ...files[0]?.metadata, job });
});

test('a damaged stored block is found on the way', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  await flipByte(full.path, (await blockAt(full.path, 0)) + 1000);
  await expect(copy({ sources: [full.path] })).rejects.toMatchObject({ code: 'corrupt', path: full.path });
});

test('requests that make no sense are refused', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  const sources = [full.path];
  for (const options of [
    { take: 0 },
    { take: 2 },
    { kind: 'increment' as const },
    { metadata: { blockSizeBytes: 4 * blockBytes } },
  ]) {
    await expect(copy({ sources, ...options })).rejects.toMatchObject({ code: 'invalid-request' });
  }
});
