import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRow } from './block-operations.ts';
import { BlockTable, blockState, blocksPerPage, checkOutcome } from './block-table.ts';
import { RunCounters } from './block-task.ts';
import { checksumOf, digestOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import { DedupTable } from './dedup-table.ts';
import { BackupFileError } from './errors.ts';
import { decodePageInto, encodePage } from './index-page.ts';
import { PageSpool } from './page-spool.ts';
import { decodeRoot, encodeRoot, PageDirectory } from './root.ts';
import { chooseSuperblock, encodeSuperblock, type Superblock, superblockBytes } from './superblock.ts';
import { blockBytes, noise, pointMetadata, prose } from './testing/scene.ts';

const superblock: Superblock = {
  fileUuid: '11111111-1111-4111-8111-111111111111',
  chainUuid: '22222222-2222-4222-8222-222222222222',
  parentFileUuid: '33333333-3333-4333-8333-333333333333',
  kind: 'increment',
  generation: 7,
  blockSizeBytes: 1024 * 1024,
  digestAlgorithm: 'sha256',
  root: { offset: 2 ** 45 + 1, storedBytes: 1000, plainBytes: 3000, checksum: 0xfedc_ba98_7654_3210n },
  keySection: { offset: 8192, storedBytes: 4096, checksum: 5n },
  nonceEpoch: 9,
  committedBytes: 2 ** 45 + 1001,
};
const hugeFile = 2 ** 46;

test('digests and checksums are the published ones', () => {
  // BLAKE3 and SHA-256 of the empty string and "abc"; XXH64 with seed 0 of the same.
  const hex = (algorithm: 'blake3' | 'sha256', text: string): string =>
    Buffer.from(digestOf(algorithm, Buffer.from(text))).toString('hex');
  expect(hex('blake3', '')).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
  expect(hex('blake3', 'abc')).toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
  expect(hex('sha256', 'abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(checksumOf(Buffer.from(''))).toBe(0xef46db3751d8e999n);
  expect(checksumOf(Buffer.from('abc'))).toBe(0x44bc2cf5ad770999n);
});

test.each(['lz4', 'zstd'] as const)('%s packs and unpacks, and refuses what is not its own', (codec) => {
  const plain = prose('x', blockBytes);
  const packed = compress(codec, plain) ?? Buffer.alloc(0);
  expect(packed.length).toBeLessThan(plain.length / 10);
  expect(Buffer.compare(decompress(codec, packed, plain.length), plain)).toBe(0);
  for (const length of [plain.length - 1, plain.length + 1, 1]) {
    expect(() => decompress(codec, packed, length)).toThrow();
  }
  expect(() => decompress(codec, packed.subarray(0, packed.length - 3), plain.length)).toThrow();
  expect(() => decompress(codec, noise('x', 500), 500)).toThrow();
  expect(compress(codec, noise('x', blockBytes))).toBeUndefined();
});

test('the newer whole superblock wins, and a torn one does not count', () => {
  const older = encodeSuperblock(superblock);
  const newer = encodeSuperblock({ ...superblock, generation: 8 });
  const choose = (a: Buffer, b: Buffer): unknown => chooseSuperblock(Buffer.concat([a, b]), hugeFile, 'f');
  expect(choose(older, newer)).toEqual({ slot: 1, superblock: { ...superblock, generation: 8 } });
  expect(choose(newer, older)).toMatchObject({ slot: 0, superblock: { generation: 8 } });
  expect(choose(older, Buffer.alloc(superblockBytes))).toEqual({ slot: 0, superblock });
  for (let sectors = 1; sectors < 8; sectors += 1) {
    const torn = Buffer.concat([newer.subarray(0, 512 * sectors), older.subarray(512 * sectors)]);
    expect(choose(older, torn)).toMatchObject({ slot: 0, superblock: { generation: 7 } });
  }
});

test('what is no superblock, a newer one, or one of a cut file is told apart', () => {
  const code = (bytes: Buffer, size: number): string => {
    try {
      chooseSuperblock(bytes, size, 'f');
      return 'none';
    } catch (error) {
      return error instanceof BackupFileError ? error.code : String(error);
    }
  };
  const empty = Buffer.alloc(superblockBytes);
  const whole = encodeSuperblock(superblock);
  const newer = Buffer.from(whole);
  newer.writeUInt32LE(2, 8);
  newer.writeBigUInt64LE(checksumOf(newer.subarray(0, 4088)), 4088);
  const bent = Buffer.from(whole);
  bent[200] = 1;
  expect(code(Buffer.concat([empty, empty]), 0)).toBe('not-a-backup-file');
  expect(code(Buffer.concat([bent, empty]), hugeFile)).toBe('torn');
  expect(code(Buffer.concat([newer, empty]), hugeFile)).toBe('newer-version');
  expect(code(Buffer.concat([whole, empty]), superblock.committedBytes - 1)).toBe('torn');
  for (const impossible of [
    { root: { ...superblock.root, offset: 0 } },
    { committedBytes: 100 },
    { blockSizeBytes: 7 },
  ]) {
    expect(code(Buffer.concat([encodeSuperblock({ ...superblock, ...impossible }), empty]), hugeFile)).toBe('corrupt');
  }
});

const limits = { rows: blocksPerPage, firstByte: 8192, endByte: 2 ** 50, largestStoredBytes: 2 ** 20 };

test('a page gives back the rows that were put in', () => {
  const rows = fc.uniqueArray(fc.integer({ min: 0, max: blocksPerPage - 1 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 8192, max: 2 ** 48 }), (chosen, offset) => {
      const table = new BlockTable();
      for (const row of chosen) {
        table.digest(row).fill(row & 0xff);
        if (row % 3 === 0) table.states[row] = blockState.zero;
        else table.setData(row, 'lz4', offset + row, row + 1, BigInt(row) * 0x1_0000_0001n, row % 2 === 0);
      }
      const bytes = encodePage(3, 4, table, blocksPerPage) ?? Buffer.alloc(0);
      const read = new BlockTable();
      decodePageInto(
        read,
        bytes,
        { objectIndex: 3, pageNumber: 4, entryCount: chosen.length },
        limits,
        2,
        blocksPerPage,
      );
      for (const row of chosen) {
        expect(read.states[row]).toBe(table.states[row]);
        if (!table.hasData(row)) continue;
        expect([read.offsets[row], read.storedBytes[row], read.checksums[row], read.files[row]]).toEqual([
          table.offsets[row],
          table.storedBytes[row],
          table.checksums[row],
          2,
        ]);
        expect(Buffer.compare(read.digest(row), table.digest(row))).toBe(0);
      }
      expect(read.states.filter((state) => state !== blockState.absent).length).toBe(chosen.length);
    }),
    { numRuns: 50 },
  );
});

test('a bent page is refused or keeps to its limits', () => {
  const table = new BlockTable();
  for (let row = 0; row < 20; row += 1) table.setData(row * 5, 'zstd', 10_000 + row, 100, 1n, false);
  const whole = encodePage(0, 0, table, blocksPerPage) ?? Buffer.alloc(0);
  const facts = { objectIndex: 0, pageNumber: 0, entryCount: 20 };
  const tight = { rows: 200, firstByte: 8192, endByte: 20_000, largestStoredBytes: 500 };
  const bends = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(bends, (changes) => {
      const bent = Buffer.from(whole);
      for (const [at, value] of changes) bent[at] = value;
      const read = new BlockTable();
      try {
        decodePageInto(read, bent, facts, tight, 0, blocksPerPage);
      } catch (error) {
        expect((error as Error).message).toContain('an index page');
      }
      for (let row = 0; row < blocksPerPage; row += 1) {
        if (!read.hasData(row)) continue;
        expect(row).toBeLessThan(tight.rows);
        expect(read.offsets[row]).toBeGreaterThanOrEqual(tight.firstByte);
        expect((read.offsets[row] ?? 0) + (read.storedBytes[row] ?? 0)).toBeLessThanOrEqual(tight.endByte);
      }
    }),
    { numRuns: 200 },
  );
});

test('a bent root is refused with an error, never misread into nonsense', () => {
  const metadata = {
    ...pointMetadata(),
    blockSizeBytes: superblock.blockSizeBytes,
    productVersion: '1',
    objects: [{ id: 'a', name: 'A', kind: 'disk' as const, sizeBytes: 2 ** 40 }],
  };
  const facts = { metadata, codec: 'zstd' as const, storedBytes: 1, dataBytes: 2, indexBytes: 3, absorbed: [] };
  const pages = [0, 1, 5].map((pageNumber) => ({
    objectIndex: 0,
    pageNumber,
    offset: 8192 + pageNumber,
    storedBytes: 9,
    plainBytes: 10,
    checksum: 11n,
    entryCount: 12,
    zstd: true,
  }));
  const whole = encodeRoot(facts, PageDirectory.from(pages.toReversed()));
  const read = decodeRoot(whole, superblock);
  expect(read.facts).toEqual(facts);
  expect([...read.directory]).toEqual(pages);
  expect(read.directory.find(0, 5)).toEqual(pages[2]);
  expect(read.directory.find(0, 4)).toBeUndefined();
  expect(read.directory.find(1, 0)).toBeUndefined();
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
      const bent = Buffer.from(whole);
      bent[at] = value;
      for (const bytes of [bent, bent.subarray(0, length)]) {
        try {
          const { directory, facts } = decodeRoot(bytes, superblock);
          for (const page of directory) expect(facts.metadata.objects[page.objectIndex]).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toBeInstanceOf(RangeError);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('the dedup table finds what it was given and forgets without lying', () => {
  const table = new DedupTable();
  const bytes = new Uint32Array(8);
  const digest = (number: number): Uint8Array => {
    // Spread by a multiplicative hash: quicker than a real digest.
    bytes.fill(Math.imul(number, 2654435761));
    return new Uint8Array(bytes.buffer);
  };
  const place = (number: number) => ({ offset: number * 1e9, storedBytes: number, checksum: BigInt(number), state: 2 });
  expect(table.find(digest(1))).toBeUndefined();
  const many = 90_000;
  for (let number = 1; number <= many; number += 1) table.remember(digest(number), place(number));
  const shared = new DedupTable(table.buffer);
  let found = 0;
  for (let number = 1; number <= many; number += 1) {
    const known = shared.find(digest(number));
    if (!known) continue;
    found += 1;
    if (known.offset !== number * 1e9 || known.checksum !== BigInt(number)) expect(known).toEqual(place(number));
  }
  expect(found).toBeGreaterThan(30_000);
  expect(found).toBeLessThan(many);
});

test('a spool keeps pages in memory, then in a file that it removes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rv-spool-'));
  try {
    const spool = new PageSpool(join(folder, 'x.partial'), 1000);
    const pages = Array.from({ length: 12 }, (_, number) => prose(`page ${number}`, 200));
    for (const [pageNumber, page] of pages.entries()) {
      await spool.add({ objectIndex: 0, pageNumber, entryCount: 1, plainBytes: 200, zstd: false }, page);
      if (pageNumber === 2) expect(await readdir(folder)).toEqual([]);
    }
    for (const [index, page] of pages.entries()) expect((await spool.read(index)).equals(page)).toBe(true);
    expect(spool.list().map((page) => page.pageNumber)).toEqual(pages.map((_, number) => number));
    // Backups may be encrypted: their index does not lie about in clear.
    expect((await readFile(join(folder, 'x.partial'))).includes('quick brown fox')).toBe(false);
    await spool.close();
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a block with a right checksum and a wrong content is told by its digest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rv-check-'));
  const path = join(folder, 'blocks');
  const handle = await open(path, 'w+');
  try {
    const plain = noise('x', 1000);
    await handle.write(plain, 0, plain.length, 0);
    const table = new BlockTable();
    table.setData(0, 'none', 0, plain.length, checksumOf(plain), false);
    const kept = { codec: 'none' as const, key: undefined, digestAlgorithm: 'blake3' as const };
    const file = { at: { fd: handle.fd }, path, ...kept };
    const counters = new RunCounters();
    const slice = { fromRow: 0, toRow: 1, firstBlock: 0, objectSizeBytes: 1000, blockSizeBytes: blockBytes };
    const task = { kind: 'check' as const, ...slice, table: table.buffer, counters: counters.buffer, files: [file] };
    const outcome = (verifyDigests: boolean): number | undefined => {
      checkRow({ ...task, verifyDigests }, table, 0, 1000, counters);
      return table.outcomes[0];
    };
    expect([outcome(false), outcome(true)]).toEqual([checkOutcome.sound, checkOutcome.wrongDigest]);
    table.digest(0).set(digestOf('blake3', plain));
    expect(outcome(true)).toBe(checkOutcome.sound);
  } finally {
    await handle.close();
    await rm(folder, { recursive: true });
  }
});
