import { expect, test } from 'vitest';
import { fuzz } from '../testing/fuzzing/fuzz.ts';
import { mutate } from '../testing/fuzzing/mutate.ts';
import { BlockTable, blocksPerPage } from './block-table.ts';
import { checksumOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import { BackupFileError } from './errors.ts';
import { decodePageInto, encodePage } from './index-page.ts';
import { createKeySection, parseKeySection } from './key-section.ts';
import { decodeRoot, encodeRoot, PageDirectory, type RootFacts } from './root.ts';
import { pointMetadata, prose } from './testing/scene.ts';
import { chooseSuperblock, encodeSuperblock, type Superblock, superblockBytes } from './superblock.ts';

// What stands behind the checksums, for whoever made the checksum fit: parsers refuse in their own words or take what
// keeps to all their rules.
const superblock: Superblock = {
  fileUuid: '11111111-1111-4111-8111-111111111111',
  chainUuid: '22222222-2222-4222-8222-222222222222',
  parentFileUuid: null,
  kind: 'full',
  generation: 7,
  blockSizeBytes: 1024 * 1024,
  digestAlgorithm: 'blake3',
  root: { offset: 9000, storedBytes: 1000, plainBytes: 3000, checksum: 5n },
  keySection: { offset: 8192, storedBytes: 500, checksum: 5n },
  nonceEpoch: 9,
  committedBytes: 10_000,
};

/** Not a slip of the parser, such as reading beyond the end. */
function expectRefusal(error: unknown): void {
  const slip = error instanceof RangeError || error instanceof TypeError || !(error instanceof Error);
  if (slip) throw error;
}

test('superblocks', async () => {
  const pair = Buffer.concat([encodeSuperblock(superblock), encodeSuperblock({ ...superblock, generation: 8 })]);
  const { taken, refused } = await fuzz('Superblock', (choose) => {
    const head = Buffer.alloc(2 * superblockBytes);
    mutate(pair, choose).copy(head);
    for (const slot of choose(3) === 0 ? [] : [0, 1]) {
      const bytes = head.subarray(slot * superblockBytes, (slot + 1) * superblockBytes);
      // The fields are in the first 136 bytes; most changes would fall behind them.
      if (choose(2) === 0) mutate(bytes.subarray(8, 140), choose, bytes).copy(bytes, 8, 0, 132);
      bytes.writeBigUInt64LE(checksumOf(bytes.subarray(0, superblockBytes - 8)), superblockBytes - 8);
    }
    try {
      const { superblock: found } = chooseSuperblock(head, 20_000, 'x.rvb');
      expect(found.committedBytes).toBeLessThanOrEqual(20_000);
      expect(found.root.offset + found.root.storedBytes).toBeLessThanOrEqual(found.committedBytes);
      return true;
    } catch (error) {
      if (!(error instanceof BackupFileError)) throw error;
      return false;
    }
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(60);
});

const facts: RootFacts = {
  metadata: {
    ...pointMetadata(),
    blockSizeBytes: 1024 * 1024,
    productVersion: '1',
    objects: [
      { id: 'a', name: 'a', kind: 'disk', sizeBytes: 2 ** 33 },
      { id: 'b', name: 'b', kind: 'disk', sizeBytes: 2 ** 20 },
    ],
  },
  codec: 'zstd',
  storedBytes: 10,
  dataBytes: 10,
  indexBytes: 10,
  absorbed: ['33333333-3333-4333-8333-333333333333'],
};
const page = { offset: 9000, storedBytes: 5, plainBytes: 5, checksum: 1n, entryCount: 1, zstd: false };

test('roots', async () => {
  const root = encodeRoot(
    facts,
    PageDirectory.from([
      { objectIndex: 0, pageNumber: 0, ...page },
      { objectIndex: 0, pageNumber: 1, ...page },
      { objectIndex: 1, pageNumber: 0, ...page },
    ]),
  );
  const { taken, refused } = await fuzz('Root', (choose) => {
    try {
      const { directory } = decodeRoot(mutate(root, choose), superblock);
      for (const row of directory) expect(row.objectIndex).toBeLessThan(65_535);
      return true;
    } catch (error) {
      expectRefusal(error);
      return false;
    }
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(60);
});

test('index pages', async () => {
  const table = new BlockTable();
  for (const row of [0, 1, 5, 9]) {
    table.states[row] = 2;
    table.offsets[row] = 8192 + row * 1000;
    table.storedBytes[row] = 900;
  }
  const bytes = encodePage(0, 0, table, 3000) ?? Buffer.alloc(0);
  const into = new BlockTable();
  const limits = { rows: 3000, firstByte: 8192, endByte: 100_000, largestStoredBytes: 2 ** 20 };
  const { taken, refused } = await fuzz('Index page', (choose) => {
    const changed = mutate(bytes, choose);
    const entryCount = changed.length >= 12 ? changed.readUInt32LE(8) : 0;
    into.states.fill(0);
    try {
      decodePageInto(into, changed, { objectIndex: 0, pageNumber: 0, entryCount }, limits, 0, blocksPerPage);
    } catch (error) {
      expectRefusal(error);
      return false;
    }
    for (let row = 0; row < limits.rows; row += 1) {
      if ((into.states[row] ?? 0) < 2) continue;
      const end = (into.offsets[row] ?? 0) + (into.storedBytes[row] ?? 0);
      if (end > limits.endByte && (into.states[row] ?? 0) !== 1) throw new Error(`Row ${row} ends at ${end}.`);
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
