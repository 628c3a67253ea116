import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { blake3 } from '@napi-rs/blake-hash';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDisk } from '../sources/open-disk.ts';
import { goldenFiles, workedExample } from './golden/golden-files.ts';
import { readPoint, sameDisks } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { checkFile, checkPoint, copyPoint, readBackupFileInfo, writeBackup } from './testing/by-path.ts';

const golden = (name: string): string => join(import.meta.dirname, 'golden', name);
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'rv-golden-'));
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await rm(scratch, { recursive: true });
});

test.each(goldenFiles)('$name still reads as it was written', async ({ name, chain, contents, keys }) => {
  const paths = chain.map(golden);
  expect((await stat(golden(name))).size).toBeLessThan(20 * 1024);
  expect(sameDisks(await readPoint(paths, keys), contents)).toBe('same');
  expect((await checkFile(golden(name), { level: 'digests', keys })).problems).toEqual([]);
  expect((await checkPoint(paths, { level: 'digests', keys })).problems).toEqual([]);
  const targetPath = join(scratch, name);
  const full = { kind: 'full' as const, take: paths.length, parentFileUuid: null };
  await copyPoint({ ...full, sources: paths, targetPath, chainUuid: workedExample.chainUuid, codec: 'zstd', keys });
  expect(sameDisks(await readPoint([targetPath]), contents)).toBe('same');
});

test('the golden files say what they are', async () => {
  const info = (name: string) => readBackupFileInfo(golden(name), { passphrases: ['golden'] });
  const full = await info('v1-full-zstd.rvb');
  const increment = await info('v1-increment-lz4.rvb');
  expect(full).toMatchObject({ kind: 'full', codec: 'zstd', generation: 1, encrypted: false, deadBytes: 0 });
  expect(increment).toMatchObject({ kind: 'increment', codec: 'lz4', parentFileUuid: full.fileUuid });
  expect(await info('v1-merged.rvb')).toMatchObject({
    kind: 'full',
    fileUuid: full.fileUuid,
    generation: 2,
    absorbed: [increment.fileUuid],
    metadata: increment.metadata,
  });
  expect(await info('v1-encrypted-sha256.rvb')).toMatchObject({
    encrypted: true,
    metadata: { machine: { name: 'web-01' } },
  });
});

test('the bytes in the document are those of the golden file', async () => {
  const document = await readFile(new URL('../../../docs/backup-file-format.md', import.meta.url), 'utf8');
  const file = await readFile(golden('v1-worked-example.rvb'));
  const lines = [...document.matchAll(/^([0-9a-f]{8}) ((?: {1,2}[0-9a-f]{2}){16})$/gm)];
  expect(lines.length).toBeGreaterThan(14);
  for (const [line, offset, bytes] of lines) {
    const at = Number.parseInt(offset ?? '', 16);
    expect(`${line}: ${file.subarray(at, at + 16).toString('hex')}`).toBe(`${line}: ${bytes?.replaceAll(' ', '')}`);
  }
});

test('the document suffices to read the worked example', async () => {
  const file = await readFile(golden('v1-worked-example.rvb'));
  const number = (at: number): number => Number(file.readBigUInt64LE(at));
  expect(file.subarray(0, 8).toString('hex')).toBe('895256420d0a1a0a');
  expect([file.readUInt32LE(8), file[12], file[13], file[14]]).toEqual([1, 1, 1, 0]);
  expect(number(72)).toBe(file.length);
  const root = zstdDecompressSync(file.subarray(number(80), number(80) + file.readUInt32LE(88)));
  expect(root.length).toBe(file.readUInt32LE(92));
  const jsonBytes = root.readUInt32LE(0);
  const json = JSON.parse(root.toString('utf8', 8, 8 + jsonBytes)) as { metadata: unknown; codec: string };
  expect(json.metadata).toEqual({
    ...workedExample.metadata,
    objects: [{ id: 'sda', name: 'Disk sda', kind: 'disk', sizeBytes: 20 }],
  });
  expect(root.readUInt32LE(4)).toBe(1);
  const row = root.subarray(8 + jsonBytes);
  const pageAt = Number(row.readBigUInt64LE(8));
  const page = file.subarray(pageAt, pageAt + row.readUInt32LE(16));
  expect([row.readUInt32LE(32), row.readUInt32LE(36), page.readUInt32LE(8)]).toEqual([1, 0, 1]);
  const blockAt = Number(page.readBigUInt64LE(16 + 40));
  const block = file.subarray(blockAt, blockAt + page.readUInt32LE(16 + 48));
  expect([page.readUInt16LE(16 + 52), page[16 + 54]]).toEqual([0, 2]);
  expect(block.equals(workedExample.contents.sda)).toBe(true);
  expect(page.subarray(16, 48).equals(blake3(block))).toBe(true);
});

test('the worked example is still written like that', async () => {
  const path = join(scratch, 'disk.img');
  await writeFile(path, workedExample.contents.sda);
  const source = await openDisk({ path });
  const targetPath = join(scratch, 'example-again.rvb');
  await writeBackup({
    targetPath,
    fileUuid: workedExample.fileUuid,
    chainUuid: workedExample.chainUuid,
    metadata: workedExample.metadata,
    chain: [],
    kind: 'full',
    disks: [{ objectId: 'sda', name: 'Disk sda', source }],
    codec: 'none',
  });
  await source.close(true);
  const [made, must] = [await readFile(targetPath), await readFile(golden('v1-worked-example.rvb'))];
  const plainRoot = (file: Buffer): string => {
    const at = Number(file.readBigUInt64LE(80));
    return zstdDecompressSync(file.subarray(at, at + file.readUInt32LE(88))).toString('hex');
  };
  // zstd may pack differently in another release of Node; everything else is the same to the byte.
  expect(made.subarray(8192, 8192 + 91).equals(must.subarray(8192, 8192 + 91))).toBe(true);
  expect(made.subarray(0, 64).equals(must.subarray(0, 64))).toBe(true);
  expect(plainRoot(made)).toBe(plainRoot(must));
});
