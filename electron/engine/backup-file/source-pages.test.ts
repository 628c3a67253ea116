/** The seam of source kinds: a second kind, read at random, goes through a whole backup and restore. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { raw } from '../sources/kinds/raw.ts';
import { openMachine } from '../sources/open-machine.ts';
import { SourceError } from '../sources/source-error.ts';
import { type ScriptedDisk, scriptedKind } from '../sources/testing/scripted-kind.ts';
import type { BackupFileInfo } from './restore-point.ts';
import { blockBytes, disk, pointMetadata, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { type BackupByPath, restoreDisk } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

interface Round {
  chain?: BackupFileInfo[];
  options?: Partial<BackupByPath>;
}

/** Backs up a machine with one disk of the scripted kind, one raw one, and its documents. */
async function backUp(scripted: ScriptedDisk, rawContent: Buffer, { chain = [], options = {} }: Round = {}) {
  const kind = scriptedKind({ a: scripted });
  await writeFile(scene.path('a.scripted'), 'SCRIPTED a');
  await writeFile(scene.path('b.img'), rawContent);
  const pointUuid = randomUUID();
  const disks = [{ path: scene.path('a.scripted') }, { path: scene.path('b.img'), name: 'data' }];
  const request = { pointUuid, parentPointUuid: chain[0]?.metadata.pointUuid };
  const machine = await openMachine(disks, request, [kind, raw]);
  let committed = false;
  try {
    const info = await scene.backUp(
      {},
      chain.map(({ path }) => path),
      {
        disks: machine.objects,
        metadata: pointMetadata({ pointUuid }),
        ...options,
      },
    );
    committed = true;
    return { info, kind };
  } finally {
    await machine.close(committed);
    expect(kind.closed).toEqual([committed]);
  }
}

async function restored(chain: BackupFileInfo[], objectId: string): Promise<Buffer> {
  const targetPath = scene.path(`${objectId.replace(':', '-')}.restored`);
  await restoreDisk({ paths: chain.map(({ path }) => path), objectId, targetPath, overwrite: true });
  return readFile(targetPath);
}

// More than one slice of memory, an odd end, zeros that are data.
const content = disk(`aB.c${'dE'.repeat(20)}..f`, 12_345);
const document = { name: 'machine.conf', bytes: Buffer.from('cores: 4\n') };

test('a disk had by random reads, a raw one beside it and their document come back bit for bit', async () => {
  const { info, kind } = await backUp({ content, documents: [document] }, disk('xY', 7));
  expect(info.metadata.objects.map(({ id, kind: what }) => `${what} ${id}`)).toEqual([
    'disk data',
    'disk disk0',
    'document config:machine.conf',
  ]);
  expect((await restored([info], 'disk0')).equals(content)).toBe(true);
  expect((await restored([info], 'data')).equals(disk('xY', 7))).toBe(true);
  expect((await restored([info], 'config:machine.conf')).equals(document.bytes)).toBe(true);
  const bytesRead = kind.reads.reduce((sum, [, length]) => sum + length, 0);
  expect(bytesRead).toBe(content.length);
  expect(Math.max(...kind.reads.map(([, length]) => length))).toBe(2 ** 20);
});

test('holes and what did not change are not read, and both come back', async () => {
  const first = disk('aBcDef', 999);
  const dataExtents = [
    { offset: 0, sizeBytes: 4 * blockBytes },
    { offset: 5 * blockBytes, sizeBytes: 10 * blockBytes },
  ];
  const withHole = Buffer.from(first);
  withHole.fill(0, 4 * blockBytes, 5 * blockBytes);
  const full = await backUp({ content: withHole, dataExtents }, disk('x'));
  expect((await restored([full.info], 'disk0')).equals(withHole)).toBe(true);
  expect(full.kind.reads.some(([at, length]) => at < 5 * blockBytes && at + length > 4 * blockBytes)).toBe(false);

  // Block 1 has become a hole, block 2 other data, block 3 has changed on the disk and not in the record.
  const second = Buffer.from(withHole);
  second.fill(0, blockBytes, 2 * blockBytes);
  disk('z').copy(second, 2 * blockBytes);
  const changedExtents = { [full.info.metadata.pointUuid]: [{ offset: blockBytes + 5, sizeBytes: blockBytes + 1 }] };
  const holes = [
    { offset: 0, sizeBytes: blockBytes },
    { offset: 2 * blockBytes, sizeBytes: 20 * blockBytes },
  ];
  const increment = await backUp({ content: second, dataExtents: holes, changedExtents }, disk('x'), {
    chain: [full.info],
  });
  expect(increment.kind.reads).toEqual([[2 * blockBytes, blockBytes]]);
  expect(increment.info.dataBytes).toBe(blockBytes);
  expect((await restored([increment.info, full.info], 'disk0')).equals(second)).toBe(true);
});

test('a record of changes is not used for a disk of another size, nor for a full', async () => {
  const before = disk('abc');
  const full = await backUp({ content: before, changedExtents: { '': [] } }, disk('x'));
  expect((await restored([full.info], 'disk0')).equals(before)).toBe(true);
  const after = disk('Abcd');
  const changedExtents = { [full.info.metadata.pointUuid]: [] };
  const { info } = await backUp({ content: after, changedExtents }, disk('x'), { chain: [full.info] });
  expect((await restored([info, full.info], 'disk0')).equals(after)).toBe(true);
});

test('a read that fails, and a disk that is not what it was, fail the point with their own words', async () => {
  const leaves = async (): Promise<string[]> =>
    (await readdir(scene.folder)).filter((name) => name.includes('.partial') || name === 'faulty.rvb');
  const options = { targetPath: scene.path('faulty.rvb') };
  let count = 0;
  const onRead = (): void => {
    count += 1;
    if (count === 7) throw new SourceError('not-readable', 'nbd', 'The server of the disk went away.', 'Start it.');
  };
  await expect(backUp({ content, onRead }, disk('x'), { options })).rejects.toMatchObject({
    message: 'The server of the disk went away.',
    advice: 'Start it.',
  });
  await expect(backUp({ content, changed: true }, disk('x'), { options })).rejects.toMatchObject({ code: 'changed' });
  expect(await leaves()).toEqual([]);
});

test('a cancel reaches a read that never answers', async () => {
  const abort = new AbortController();
  const onRead = async (_at: number, _length: number, signal: AbortSignal): Promise<void> => {
    setTimeout(() => abort.abort(new Error('stopped by the operator')), 20);
    await sleep(60_000, undefined, { signal });
  };
  const options = { signal: abort.signal, targetPath: scene.path('stuck.rvb') };
  await expect(backUp({ content, onRead }, disk('x'), { options })).rejects.toThrow('stopped by the operator');
});

test('disks with different documents of one name do not belong to one machine', async () => {
  const kind = scriptedKind({
    a: { content, documents: [document] },
    b: { content, documents: [{ name: 'machine.conf', bytes: Buffer.from('cores: 8\n') }] },
  });
  for (const name of ['a', 'b']) await writeFile(scene.path(`${name}.scripted`), `SCRIPTED ${name}`);
  const disks = ['a', 'b'].map((name) => ({ path: scene.path(`${name}.scripted`) }));
  await expect(openMachine(disks, { pointUuid: randomUUID() }, [kind])).rejects.toMatchObject({ code: 'changed' });
  expect(kind.closed).toEqual([false, false]);
});
