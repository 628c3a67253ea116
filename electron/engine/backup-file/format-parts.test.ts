import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRecord, openAppendSession } from './append-session.ts';
import { checkRow } from './block-operations.ts';
import { BlockTable, blockState, blocksPerPage, checkOutcome } from './block-table.ts';
import { RunCounters } from './block-task.ts';
import { checksumOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import { DedupTable } from './dedup-table.ts';
import { BackupFileError } from './errors.ts';
import { decodeGroupPage, encodeGroupPage, PageRows, placed } from './group-page.ts';
import { decodePageInto, encodePage } from './index-page.ts';
import { PageSpool } from './page-spool.ts';
import { readRecordHeader, recordType } from './record.ts';
import { decodeRoot, encodeRoot, type Root } from './root.ts';
import { blockDigest, contentDigest } from './state-digest.ts';
import { chooseSuperblock, encodeSuperblock, type Signer, type Superblock, superblockBytes } from './superblock.ts';
import { blockBytes, noise, prose } from './testing/scene.ts';

const digest = (byte: number): Buffer => Buffer.alloc(32, byte);
const superblock: Superblock = {
  kind: 'increment',
  blockSizeBytes: 1024 * 1024,
  fileUuid: '11111111-1111-4111-8111-111111111111',
  chainUuid: '22222222-2222-4222-8222-222222222222',
  pointUuid: '33333333-3333-4333-8333-333333333333',
  parent: { pointUuid: '44444444-4444-4444-8444-444444444444', state: digest(4) },
  state: digest(5),
  createdAtMs: Date.parse('2026-11-20T21:00:00.000Z'),
  generation: 7,
  committedBytes: 2 ** 45 + 9000,
  opening: { offset: 2 ** 44, digest: digest(6) },
  root: { offsets: [2 ** 45 + 1, 2 ** 45 + 2001], storedBytes: 1000, plainBytes: 3000, digest: digest(7) },
  keySection: { secondOffset: 2 ** 44 + 100, storedBytes: 4096, digest: digest(8) },
};
const hugeFile = 2 ** 46;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signer: Signer = {
  publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32),
  sign: (bytes) => sign(null, bytes, privateKey),
};
const encoded = (changes: Partial<Superblock> = {}) => encodeSuperblock({ ...superblock, ...changes }, signer);

test('digests and checksums are the published ones', () => {
  // BLAKE3 of the empty string and "abc"; XXH64 with seed 0 of the same.
  const hex = (text: string): string => Buffer.from(blockDigest(Buffer.from(text))).toString('hex');
  expect(hex('')).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
  expect(hex('abc')).toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
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

test('the newer whole superblock wins, a torn one does not count, and what is not as it was is told', () => {
  const older = encoded();
  const newer = encoded({ generation: 8 });
  const choose = (a: Buffer, b: Buffer) => chooseSuperblock(Buffer.concat([a, b]), hugeFile, 'f');
  const whole = { ...superblock, signer: signer.publicKey };
  expect(choose(older.A, older.B)).toEqual({ place: 'A', decay: null, superblock: whole });
  expect(choose(older.A, newer.B)).toMatchObject({ place: 'B', superblock: { generation: 8 } });
  expect(choose(newer.A, older.B)).toMatchObject({ place: 'A', superblock: { generation: 8 } });
  expect(choose(newer.A, older.B).decay).toContain('still says generation 7 of 8');
  expect(choose(older.A, Buffer.alloc(superblockBytes)).decay).toContain('second superblock is damaged');
  // One that was copied to the other place, or a tail, is none.
  expect(choose(older.A, newer.A)).toMatchObject({ place: 'A', superblock: { generation: 7 } });
  expect(choose(older.A, newer.tail)).toMatchObject({ place: 'A', superblock: { generation: 7 } });
  for (let sectors = 1; sectors < 8; sectors += 1) {
    const torn = Buffer.concat([newer.B.subarray(0, 512 * sectors), older.B.subarray(512 * sectors)]);
    expect(choose(older.A, torn)).toMatchObject({ place: 'A', superblock: { generation: 7 } });
  }
});

const resealed = (bytes: Buffer, change: (bytes: Buffer) => void): Buffer => {
  const changed = Buffer.from(bytes);
  change(changed);
  changed.writeBigUInt64LE(checksumOf(changed.subarray(0, 4088)), 4088);
  return changed;
};
const codeOf = (bytes: Buffer, size: number): string => {
  try {
    chooseSuperblock(bytes, size, 'f');
    return 'none';
  } catch (error) {
    return error instanceof BackupFileError ? error.code : String(error);
  }
};
const empty = Buffer.alloc(superblockBytes);

test('what is no superblock, a newer one, or one of a cut file is told apart', () => {
  const whole = encoded().A;
  const code = (bytes: Buffer, size = hugeFile): string => codeOf(Buffer.concat([bytes, empty]), size);
  const bent = Buffer.from(whole);
  bent[200] = 1;
  expect(code(empty, 0)).toBe('not-a-backup-file');
  expect(code(bent)).toBe('torn');
  expect(code(resealed(whole, (bytes) => bytes.writeUInt32LE(3, 8)))).toBe('newer-version');
  expect(code(resealed(whole, (bytes) => bytes.writeUInt32LE(1, 16)))).toBe('newer-version');
  expect(code(resealed(whole, (bytes) => bytes.writeUInt32LE(1, 12)))).toBe('forged');
  expect(code(resealed(whole, (bytes) => bytes.writeUInt8(1, 1000)))).toBe('corrupt');
  expect(code(whole, superblock.committedBytes - 1)).toBe('torn');
  for (const impossible of [
    { root: { ...superblock.root, offsets: [0, 9000] as const } },
    { committedBytes: 100 },
    { blockSizeBytes: 7 },
    { parent: null },
  ]) {
    expect(code(encoded(impossible).A)).toBe('corrupt');
  }
});

test('every field is signed: whoever changes one without the key is refused', () => {
  const whole = encoded().A;
  for (let at = 8; at < 424; at += 1) {
    const forged = resealed(whole, (bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at));
    const code = codeOf(Buffer.concat([forged, empty]), 2 ** 50);
    expect(['forged', 'corrupt', 'newer-version', 'torn']).toContain(code);
  }
  const other = generateKeyPairSync('ed25519');
  const foreign = resealed(whole, (bytes) =>
    other.publicKey.export({ type: 'spki', format: 'der' }).copy(bytes, 328, 12),
  );
  expect(codeOf(Buffer.concat([foreign, empty]), hugeFile)).toBe('forged');
  const unsigned = encodeSuperblock(superblock, undefined).A;
  expect(chooseSuperblock(Buffer.concat([unsigned, empty]), hugeFile, 'f').superblock.signer).toBeNull();
});

const limits = { rows: blocksPerPage, firstByte: 8192, endByte: 2 ** 50, largestStoredBytes: 2 ** 20, full: false };

test('a page gives back the rows that were put in', () => {
  const rows = fc.uniqueArray(fc.integer({ min: 0, max: blocksPerPage - 1 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 8192, max: 2 ** 48 }), (chosen, offset) => {
      const table = new BlockTable();
      for (const row of chosen) {
        table.digest(row).fill(row & 0xff);
        if (row % 3 === 0) table.states[row] = blockState.zero;
        else if (row % 7 === 0) table.states[row] = blockState.lost;
        else table.setData(row, offset + row, row + 1, BigInt(row) * 0x1_0000_0001n, row % 2 === 0);
      }
      const bytes = encodePage(table, blocksPerPage)?.plain ?? Buffer.alloc(0);
      const read = new BlockTable();
      decodePageInto(read, bytes, { ...limits, entryCount: chosen.length }, 2, blocksPerPage);
      for (const row of chosen) {
        expect(read.states[row]).toBe(table.states[row]);
        expect(Buffer.compare(read.digest(row), table.digest(row))).toBe(0);
        if (!table.hasData(row)) continue;
        expect([read.offsets[row], read.storedBytes[row], read.checksums[row], read.files[row]]).toEqual([
          table.offsets[row],
          table.storedBytes[row],
          table.checksums[row],
          2,
        ]);
      }
      expect(read.states.filter((state) => state !== blockState.absent).length).toBe(chosen.length);
    }),
    { numRuns: 50 },
  );
});

test('a bent page is refused or keeps to its limits', () => {
  const table = new BlockTable();
  for (let row = 0; row < 20; row += 1) table.setData(row * 5, 10_000 + row, 100, 1n, false);
  const whole = encodePage(table, blocksPerPage)?.plain ?? Buffer.alloc(0);
  const tight = { entryCount: 20, rows: 200, firstByte: 8192, endByte: 20_000, largestStoredBytes: 500, full: true };
  const bends = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(bends, (changes) => {
      const bent = Buffer.from(whole);
      for (const [at, value] of changes) bent[at] = value;
      const read = new BlockTable();
      try {
        decodePageInto(read, bent, tight, 0, blocksPerPage);
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

const rootOf = (): Root => ({
  facts: {
    createdAt: '2026-11-20T21:00:00.000Z',
    machine: { id: 'm1', name: 'web-01', platform: 'generic' },
    job: { id: 'j1', name: 'Nightly' },
    codec: 'zstd',
    sourceBytes: 5,
    dataBytes: 2,
    storedBytes: 1,
    deadBytes: 0,
    absorbed: [],
    producer: '1',
    marksNumber: 0,
  },
  sessions: [{ name: 'ab'.repeat(16), sealedKey: Buffer.alloc(48, 3), generation: 7 }],
  groupBits: 2,
  groups: [
    { bits: 1, objects: 4, sum: digest(1), location: null },
    {
      bits: 3,
      objects: 2,
      sum: digest(2),
      location: { offsets: [9000, 99_000], storedBytes: 9, plainBytes: 10, digest: digest(3), counter: 11 },
    },
  ],
});

test('a bent root is refused with an error, never misread into nonsense', () => {
  const whole = encodeRoot(rootOf());
  expect(decodeRoot(whole, superblock)).toEqual(rootOf());
  expect(() => decodeRoot(whole, { ...superblock, kind: 'full', parent: null })).toThrow('has no place');
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
      const bent = Buffer.from(whole);
      bent[at] = value;
      for (const bytes of [bent, bent.subarray(0, length)]) {
        try {
          const { groups, groupBits } = decodeRoot(bytes, superblock);
          for (const group of groups) expect(group.bits).toBeLessThan(2 ** groupBits);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toBeInstanceOf(RangeError);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('an object table proves itself, and a bent one is refused', () => {
  const pages = [0, 1, 5].map((pageNumber) => ({
    pageNumber,
    entryCount: 12,
    offsets: [8192 + pageNumber, 99_192 + pageNumber] as const,
    storedBytes: 9,
    plainBytes: 10,
    checksum: 11n,
    counter: 12,
  }));
  const sections = Buffer.from(noise('sections', 32 * 40));
  const object = (id: string) =>
    placed({
      id,
      name: `Disk ${id}`,
      kind: 'disk',
      sizeBytes: 40 * 2 ** 30,
      content: contentDigest(sections),
      sections,
      pages: PageRows.from(pages.toReversed()),
    });
  const objects = ['a', 'b', 'c'].map(object).sort((a, b) => Buffer.compare(a.place, b.place));
  const bounds = { blockSizeBytes: 2 ** 20, firstByte: 8192, endByte: 200_000, largestPageBytes: 100 };
  const whole = encodeGroupPage(objects);
  const read = decodeGroupPage(whole, bounds);
  expect(read.map(({ id }) => id)).toEqual(objects.map(({ id }) => id));
  expect([...(read[0]?.pages ?? [])]).toEqual(pages);
  expect(read[0]?.pages.find(5)).toEqual(pages[2]);
  expect(read[0]?.pages.find(4)).toBeUndefined();
  expect(() => decodeGroupPage(encodeGroupPage(objects.toReversed()), bounds)).toThrow('out of order');
  const claims = encodeGroupPage([{ ...(objects[0] as (typeof objects)[number]), content: digest(9) }]);
  expect(() => decodeGroupPage(claims, bounds)).toThrow('does not prove');
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.nat(whole.length),
      (at, change, length) => {
        const bent = Buffer.from(whole);
        bent[at] = (bent[at] ?? 0) ^ change;
        for (const bytes of [bent, bent.subarray(0, length)]) {
          try {
            for (const { pages } of decodeGroupPage(bytes, bounds)) {
              for (const page of pages) expect(page.offsets[1] + page.storedBytes).toBeLessThanOrEqual(bounds.endByte);
            }
          } catch (error) {
            expect((error as Error).message).toContain('an object table');
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a record says what it is, and a bent header is none', () => {
  const session = openAppendSession(true);
  const plain = prose('page', 5000);
  const record = makeRecord(session, 2 ** 40, recordType.indexPage, plain, { number: 77, codec: 'zstd' });
  const header = readRecordHeader(record.bytes);
  expect(header).toMatchObject({
    type: recordType.indexPage,
    codec: 'zstd',
    counter: 2 ** 40,
    plainBytes: 5000,
    number: 77,
  });
  for (let at = 0; at < 56; at += 1) {
    const bent = Buffer.from(record.bytes);
    bent[at] = (bent[at] ?? 0) ^ 1;
    expect(readRecordHeader(bent)).toBeUndefined();
  }
});

test('the dedup table finds what it was given and forgets without lying', () => {
  const table = new DedupTable();
  const bytes = new Uint32Array(8);
  const digest = (number: number): Uint8Array => {
    // Spread by a multiplicative hash: quicker than a real digest.
    bytes.fill(Math.imul(number, 2654435761));
    return new Uint8Array(bytes.buffer);
  };
  const place = (number: number) => ({ offset: number * 1e9, storedBytes: number, checksum: BigInt(number) });
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

test('a spool keeps records in memory, then in a file that it removes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rv-spool-'));
  try {
    const spool = new PageSpool(join(folder, 'x.partial'), 1000);
    const pages = Array.from({ length: 12 }, (_, number) => prose(`page ${number}`, 200));
    for (const [pageNumber, page] of pages.entries()) {
      const facts = { objectIndex: 0, entryCount: 1, storedBytes: 136, plainBytes: 200, checksum: 1n, counter: 5 };
      await spool.add({ ...facts, pageNumber }, page);
      if (pageNumber === 2) expect(await readdir(folder)).toEqual([]);
    }
    for (const [index, page] of pages.entries()) expect((await spool.read(index)).equals(page)).toBe(true);
    expect(spool.list().map((page) => page.pageNumber)).toEqual(pages.map((_, number) => number));
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
    const record = makeRecord(openAppendSession(false), 0, recordType.block, plain);
    await handle.write(record.bytes, 0, record.bytes.length, 0);
    const table = new BlockTable();
    table.setData(0, 0, plain.length, record.checksum, false);
    const file = { at: { fd: handle.fd }, path, codec: 'none' as const, sessionKeys: undefined };
    const counters = new RunCounters();
    const slice = { fromRow: 0, toRow: 1, firstBlock: 0, objectSizeBytes: 1000, blockSizeBytes: blockBytes };
    const task = { kind: 'check' as const, ...slice, table: table.buffer, counters: counters.buffer, files: [file] };
    const outcome = (verifyDigests: boolean): number | undefined => {
      checkRow({ ...task, verifyDigests }, table, 0, 1000, counters);
      return table.outcomes[0];
    };
    expect([outcome(false), outcome(true)]).toEqual([checkOutcome.sound, checkOutcome.wrongDigest]);
    table.digest(0).set(blockDigest(plain));
    expect(outcome(true)).toBe(checkOutcome.sound);
  } finally {
    await handle.close();
    await rm(folder, { recursive: true });
  }
});
