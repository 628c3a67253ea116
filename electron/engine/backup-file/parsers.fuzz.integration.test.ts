import { expect, test } from 'vitest';
import { fuzz } from '../testing/fuzzing/fuzz.ts';
import { mutate } from '../testing/fuzzing/mutate.ts';
import { makeRecord, openAppendSession } from './append-session.ts';
import { BlockTable, blocksPerPage } from './block-table.ts';
import { checksumOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import { BackupFileError } from './errors.ts';
import { decodeGroupPage, encodeGroupPage, PageRows, placed } from './group-page.ts';
import { decodePageInto, encodePage } from './index-page.ts';
import { readRecordHeader, recordType } from './record.ts';
import { createKeySection, parseKeySection } from './key-section.ts';
import { decodeRoot, encodeRoot, type RootFacts } from './root.ts';
import { contentDigest } from './state-digest.ts';
import { openRecord } from './record-body.ts';
import { prose } from './testing/scene.ts';
import { chooseSuperblock, encodeSuperblock, type Superblock, superblockBytes } from './superblock.ts';

// What stands behind the checksums, for whoever made the checksum fit: parsers refuse in their own words or take what
// keeps to all their rules.
const digest = (byte: number): Buffer => Buffer.alloc(32, byte);
const superblock: Superblock = {
  kind: 'full',
  blockSizeBytes: 1024 * 1024,
  fileUuid: '11111111-1111-4111-8111-111111111111',
  chainUuid: '22222222-2222-4222-8222-222222222222',
  pointUuid: '33333333-3333-4333-8333-333333333333',
  parent: null,
  state: digest(5),
  createdAtMs: Date.parse('2026-11-20T21:00:00.000Z'),
  generation: 7,
  committedBytes: 20_000,
  opening: { offset: 9000, digest: digest(6) },
  root: { offsets: [9500, 12_500], storedBytes: 1000, plainBytes: 3000, digest: digest(7) },
  keySection: { secondOffset: 10_500, storedBytes: 500, digest: digest(8) },
};

/** Not a slip of the parser, such as reading beyond the end. */
function expectRefusal(error: unknown): void {
  const slip = error instanceof RangeError || error instanceof TypeError || !(error instanceof Error);
  if (slip) throw error;
}

test('superblocks', async () => {
  const pair = Buffer.concat([
    encodeSuperblock(superblock, undefined).A,
    encodeSuperblock({ ...superblock, generation: 8 }, undefined).B,
  ]);
  const { taken, refused } = await fuzz('Superblock', (choose) => {
    const head = Buffer.alloc(2 * superblockBytes);
    mutate(pair, choose).copy(head);
    for (const slot of choose(3) === 0 ? [] : [0, 1]) {
      const bytes = head.subarray(slot * superblockBytes, (slot + 1) * superblockBytes);
      // The fields are in the first 328 bytes; most changes would fall behind them.
      if (choose(2) === 0) mutate(bytes.subarray(8, 328), choose, bytes).copy(bytes, 8, 0, 320);
      bytes.writeBigUInt64LE(checksumOf(bytes.subarray(0, superblockBytes - 8)), superblockBytes - 8);
    }
    try {
      const { superblock: found } = chooseSuperblock(head, 20_000, 'x.rvb');
      expect(found.committedBytes).toBeLessThanOrEqual(20_000);
      expect(Math.max(...found.root.offsets) + found.root.storedBytes).toBeLessThanOrEqual(found.committedBytes);
      return true;
    } catch (error) {
      if (!(error instanceof BackupFileError)) throw error;
      return false;
    }
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(60);
});

const facts: RootFacts = {
  createdAt: '2026-11-20T21:00:00.000Z',
  machine: { id: 'm', name: 'web-01', platform: 'generic' },
  job: { id: 'j', name: 'Nightly' },
  codec: 'zstd',
  sourceBytes: 10,
  dataBytes: 10,
  storedBytes: 10,
  deadBytes: 0,
  absorbed: ['33333333-3333-4333-8333-333333333333'],
  producer: '1',
  marksNumber: 0,
};

test('roots', async () => {
  const location = { offsets: [9000, 12_000] as const, storedBytes: 5, plainBytes: 5, digest: digest(1), counter: 3 };
  const root = encodeRoot({
    facts,
    sessions: [{ name: '5e'.repeat(16), sealedKey: Buffer.alloc(48, 2), generation: 1 }],
    groupBits: 1,
    groups: [0, 1].map((bits) => ({ bits, objects: 2, sum: digest(4), location })),
  });
  const { taken, refused } = await fuzz('Root', (choose) => {
    try {
      const { groups, groupBits } = decodeRoot(mutate(root, choose), superblock);
      for (const group of groups) expect(group.bits).toBeLessThan(2 ** groupBits);
      return true;
    } catch (error) {
      expectRefusal(error);
      return false;
    }
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(60);
});

test('object tables', async () => {
  const page = { entryCount: 1, storedBytes: 5, plainBytes: 5, checksum: 1n, counter: 2 };
  const objects = ['a', 'b'].map((id) => {
    const sections = Buffer.alloc(32 * 8, id);
    const pages = PageRows.from([0, 1].map((pageNumber) => ({ ...page, pageNumber, offsets: [9000, 12_000] })));
    return placed({
      id,
      name: id,
      kind: 'disk',
      sizeBytes: 2 ** 33,
      content: contentDigest(sections),
      sections,
      pages,
    });
  });
  const bytes = encodeGroupPage(objects.sort((a, b) => Buffer.compare(a.place, b.place)));
  const bounds = { blockSizeBytes: 2 ** 20, firstByte: 8192, endByte: 20_000, largestPageBytes: 1000 };
  const { refused } = await fuzz('Object table', (choose) => {
    try {
      for (const { pages } of decodeGroupPage(mutate(bytes, choose), bounds)) {
        for (const { offsets } of pages) expect(Math.max(...offsets)).toBeLessThan(bounds.endByte);
      }
      return true;
    } catch (error) {
      expectRefusal(error);
      return false;
    }
  });
  expect(refused).toBeGreaterThan(60);
});

test('records', async () => {
  const { bytes } = makeRecord(openAppendSession(false), 7, recordType.indexPage, prose('page', 400), {
    codec: 'zstd',
  });
  const { refused } = await fuzz('Record', (choose) => {
    const changed = mutate(bytes, choose);
    const header = readRecordHeader(changed);
    if (!header) return false;
    const session = new Set([Buffer.from(header.session).toString('hex')]);
    try {
      return openRecord({ sessionKeys: undefined }, session, changed, 1000, 'it').length === header.plainBytes;
    } catch (error) {
      expectRefusal(error);
      return false;
    }
  });
  expect(refused).toBeGreaterThan(60);
});

test('index pages', async () => {
  const table = new BlockTable();
  for (const row of [0, 1, 5, 9]) {
    table.states[row] = 2;
    table.offsets[row] = 8192 + row * 1000;
    table.storedBytes[row] = 900;
  }
  const bytes = encodePage(table, 3000)?.plain ?? Buffer.alloc(0);
  const into = new BlockTable();
  const limits = { rows: 3000, firstByte: 8192, endByte: 100_000, largestStoredBytes: 2 ** 20, full: false };
  const { taken, refused } = await fuzz('Index page', (choose) => {
    const changed = mutate(bytes, choose);
    const entryCount = changed.length >= 4 ? changed.readUInt32LE(0) : 0;
    into.states.fill(0);
    try {
      decodePageInto(into, changed, { ...limits, entryCount }, 0, blocksPerPage);
    } catch (error) {
      expectRefusal(error);
      return false;
    }
    for (let row = 0; row < limits.rows; row += 1) {
      if (!into.hasData(row)) continue;
      const end = (into.offsets[row] ?? 0) + (into.storedBytes[row] ?? 0);
      if (end > limits.endByte) throw new Error(`Row ${row} ends at ${end}.`);
    }
    return true;
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(60);
});

test('key sections', async () => {
  const { section } = await createKeySection({ passphrase: 'p', passphraseWorkFactor: 10 });
  const { refused } = await fuzz('Key section', (choose) => {
    try {
      parseKeySection(mutate(section, choose));
      return true;
    } catch (error) {
      expectRefusal(error);
      return false;
    }
  });
  expect(refused).toBeGreaterThan(60);
});

test.each(['lz4', 'zstd'] as const)('%s blocks', async (codec) => {
  const plain = prose('x', 4096);
  const packed = compress(codec, plain) ?? Buffer.alloc(0);
  const { refused } = await fuzz(`Stored block, ${codec}`, (choose) => {
    try {
      return decompress(codec, mutate(packed, choose), plain.length).length === plain.length;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return false;
    }
  });
  expect(refused).toBeGreaterThan(60);
});
