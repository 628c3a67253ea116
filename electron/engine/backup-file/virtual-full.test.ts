import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ByteSource } from '../files/byte-source.ts';
import { blockAt } from './testing/records.ts';

import { blockBytes, disk, flipByte, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import {
  type VirtualFullByPath,
  checkFile,
  openFileSource,
  openVirtualFull,
  readBackupFileInfo,
} from './testing/by-path.ts';

let scene: Scene;
let spoolDir: string;
beforeAll(async () => {
  scene = await Scene.create();
  spoolDir = scene.path('spool');
  await mkdir(spoolDir);
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

async function readAll(source: ByteSource, chunk = 100_000): Promise<Buffer> {
  const all = Buffer.alloc(source.sizeBytes, 0xee);
  for (let at = 0; at < all.length; ) {
    const count = await source.read(all.subarray(at, at + chunk), at);
    expect(count).toBeGreaterThan(0);
    at += count;
  }
  expect(await source.read(Buffer.alloc(10), source.sizeBytes)).toBe(0);
  return all;
}

const points: Record<string, Buffer>[] = [
  { a: disk('aBcDeFaB', 777), b: disk('mnO') },
  { a: disk('a.cXe', 100), b: disk('mnO') },
  { a: disk('aXcXeFg.', 4096), c: disk('..Caa') },
];

async function chain(options: Parameters<Scene['backUp']>[2] = {}): Promise<string[]> {
  const paths: string[] = [];
  for (const contents of points) paths.unshift((await scene.backUp(contents, paths, options)).path);
  return paths;
}

const open = (options: Partial<VirtualFullByPath> & Pick<VirtualFullByPath, 'sources'>) =>
  openVirtualFull({ fileUuid: randomUUID(), chainUuid: randomUUID(), spoolDir, ...options });

test.each([
  ['clear', {}, {}],
  [
    'encrypted',
    { encryption: { passphrase: 'p', passphraseWorkFactor: 10 }, keys: { passphrases: ['p'] } },
    { keys: { passphrases: ['p'] } },
  ],
])('a virtual full of a chain in %s is a sound backup file of the same point', async (name, written, read) => {
  const sources = await chain(written);
  const source = await open({ sources, ...read });
  const path = scene.path(`virtual-${name}.rvb`);
  await writeFile(path, await readAll(source));
  await source.close();
  const keys = 'keys' in read ? read.keys : {};
  expect({ ...(await readBackupFileInfo(path, keys)), path: '' }).toEqual(source.info);
  expect(source.info).toMatchObject({
    kind: 'full',
    parent: null,
    encrypted: name === 'encrypted',
    deadBytes: 0,
  });
  expect(sameDisks(await readPoint([path], keys), points[2] ?? {})).toBe('same');
  expect((await checkFile(path, { level: 'digests', keys })).problems).toEqual([]);
  expect(await readdir(spoolDir)).toEqual([]);
});

test('the same inputs give the same bytes, wherever and however they are read', async () => {
  const encryption = { passphrase: 'p', passphraseWorkFactor: 10 };
  const keys = { passphrases: ['p'] };
  for (const written of [{}, { encryption, keys }]) {
    const options = { sources: await chain(written), fileUuid: randomUUID(), chainUuid: randomUUID(), ...written };
    const first = await open(options);
    const all = await readAll(first);
    await first.close();
    const second = await open(options);
    for (const [position, length] of [
      [all.length - 5000, 5000],
      [8000, 9000],
      [8192 + blockBytes - 7, 2 * blockBytes],
      [0, all.length],
    ] as const) {
      const part = Buffer.alloc(length);
      expect(await second.read(part, position)).toBe(Math.min(length, all.length - position));
      expect(part.equals(all.subarray(position, position + length)), `${length} at ${position}`).toBe(true);
    }
    await second.close();
  }
});

test('equal blocks stay stored once', async () => {
  const full = await scene.backUp({ a: disk('aaaa') }, [], { codec: 'none' });
  const source = await open({ sources: [full.path] });
  expect(source.info.storedBytes).toBe(blockBytes + 64);
  await source.close();
});

test('a damaged source block is found, not passed on', async () => {
  const full = await scene.backUp({ a: disk('ab') });
  await flipByte(full.path, (await blockAt(full.path, 0)) + 100);
  const source = await open({ sources: [full.path] });
  await expect(readAll(source)).rejects.toMatchObject({ code: 'corrupt', path: full.path });
  await source.close();
});

test('planning can be cancelled', async () => {
  const sources = await chain();
  await expect(open({ sources, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
});

test('a file as a byte source', async () => {
  const path = scene.path('bytes.bin');
  await writeFile(path, Buffer.from('0123456789'));
  const source = await openFileSource(path);
  const part = Buffer.alloc(4);
  expect(source.sizeBytes).toBe(10);
  expect([await source.read(part, 8), part.toString('latin1', 0, 2)]).toEqual([2, '89']);
  expect(await source.read(part, 10)).toBe(0);
  await source.close();
  await expect(openFileSource(scene.path('none.bin'))).rejects.toMatchObject({ code: 'io-error' });
});
