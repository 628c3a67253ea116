import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { armFaults } from '../../faults/fault-points.ts';
import { Cartridge, ImageDamaged, imagePath, indexPath } from './cartridge.ts';
import { numberedRecord } from './testing/temporary-library.ts';

let directory: string;
const barcode = 'RV0001L8';
const size = { capacityBytes: 64 * 1_048_576, earlyWarningBytes: 1_048_576 };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cartridge-'));
});
afterEach(() => rm(directory, { recursive: true }));

const open = (): Promise<Cartridge> => Cartridge.open(directory, barcode, size);

/** Objects on the tape as text: lengths of records, F for filemarks. */
async function contents(tape: Cartridge): Promise<string> {
  const seen: string[] = [];
  for (let block = 0; block < tape.index.endBlock; block++) {
    const { word } = tape.index.at(block)!;
    if (word === 0) {
      seen.push('F');
      continue;
    }
    const into = Buffer.alloc(word);
    expect(await tape.readRecord(block, into)).toBe(word);
    expect(into.equals(numberedRecord(block, word))).toBe(true);
    seen.push(String(word));
  }
  return seen.join(' ');
}

async function write(tape: Cartridge, lengths: (number | 'F')[]): Promise<void> {
  for (const length of lengths) {
    const at = tape.index.endBlock;
    if (length === 'F') await tape.writeFilemarks(at, 1);
    else await tape.writeRecord(at, numberedRecord(at, length));
  }
}

test('the image is SIMH: lengths before and after, padding, zero words, and an end marker after closing', async () => {
  const tape = await open();
  await write(tape, [3, 'F', 2]);
  await tape.close();
  const image = await readFile(imagePath(directory, barcode));
  const word = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
  const parts = [
    word(3),
    Buffer.from('rec\0'),
    word(3),
    word(0),
    word(2),
    Buffer.from('re'),
    word(2),
    word(0xffff_ffff),
  ];
  expect(image.equals(Buffer.concat(parts))).toBe(true);
});

test('an image from another program, with erased gaps and an end marker before its end, is read', async () => {
  const word = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
  const [head, data] = [word(4), Buffer.from('abcd')];
  const gap = word(0xffff_fffe);
  const junk = Buffer.from('left over from before');
  const image = Buffer.concat([gap, head, data, head, gap, gap, word(0), word(0), word(0xffff_ffff), junk]);
  await writeFile(imagePath(directory, barcode), image);
  const tape = await open();
  expect(tape.index.endBlock).toBe(3);
  expect([tape.unfinishedBytes, tape.condition]).toEqual([0, undefined]);
  const into = Buffer.alloc(4);
  await tape.readRecord(0, into);
  expect(into.toString()).toBe('abcd');
  await tape.writeRecord(3, numberedRecord(3, 9));
  await tape.close();
  const again = await open();
  expect(again.index.endBlock).toBe(4);
  await again.close();
});

test('wherever a crash cuts the image, what is left is a beginning of what was written', async () => {
  const written: (number | 'F')[] = [3, 'F', 'F', 2];
  const tape = await open();
  await write(tape, written);
  await tape.close();
  const image = await readFile(imagePath(directory, barcode));
  await rm(indexPath(directory, barcode));
  const all = '3 F F 2';
  let longest = 0;
  for (let cut = 0; cut <= image.length; cut++) {
    await writeFile(imagePath(directory, barcode), image.subarray(0, cut));
    const reopened = await open();
    const found = await contents(reopened);
    expect(all.startsWith(found)).toBe(true);
    expect(found.length).toBeGreaterThanOrEqual(longest);
    longest = found.length;
    expect(reopened.index.at(0) === undefined).toBe(cut < 12);
    await write(reopened, [40]);
    await reopened.close();
    const appended = await open();
    expect(await contents(appended)).toBe(`${found} 40`.trim());
    await appended.close();
    await rm(indexPath(directory, barcode), { force: true });
  }
  expect(longest).toBe(all.length);
});

test('what was flushed stays whatever becomes of the rest, and zeros left by a crash are no filemarks', async () => {
  const tape = await open();
  await write(tape, [100, 'F', 'F']);
  await tape.flush();
  const flushed = (await readFile(imagePath(directory, barcode))).length;
  await write(tape, [50]);
  await tape.close();
  await truncate(imagePath(directory, barcode), flushed + 10);
  await truncate(imagePath(directory, barcode), flushed + 5000);
  await writeFile(
    indexPath(directory, barcode),
    JSON.stringify(
      indexFile(flushed, [
        [100, 1],
        [0, 2],
      ]),
    ),
  );
  const torn = await open();
  expect(await contents(torn)).toBe('100 F F');
  expect(torn.unfinishedBytes).toBeGreaterThan(0);
  expect(torn.condition).toBeUndefined();
  await torn.close();

  await truncate(imagePath(directory, barcode), flushed);
  await truncate(imagePath(directory, barcode), flushed + 4096);
  const zeros = await open();
  expect(await contents(zeros)).toBe('100 F F');
  await zeros.close();
});

function indexFile(imageBytes: number, objects: number[][]): object {
  return { format: 'reelvault-tape-index', version: 1, barcode, imageBytes, objects };
}

test('an index that is not of this image is not believed', async () => {
  const tape = await open();
  await write(tape, [10, 'F', 20]);
  await tape.close();
  for (const [index, wrong] of [
    indexFile(18, [[10, 1]]),
    indexFile(22, [
      [10, 1],
      [0, 1],
    ]),
    indexFile(28, [[20, 1]]),
    indexFile(9_000_000, [[8_999_992, 1]]),
    indexFile(12, [[10, 1]]),
    { format: 'something else' },
    [],
  ].entries()) {
    await writeFile(indexPath(directory, barcode), JSON.stringify(wrong));
    const again = await open();
    expect(await contents(again)).toBe('10 F 20');
    // The first two are of this image, and only behind it.
    const isBehind = index < 2;
    if (isBehind) expect(again.condition).toBeUndefined();
    else expect(again.condition?.reason).toMatch(/index file/);
    expect(again.isReadOnly).toBe(index === 3);
    await again.close();
    const kept = JSON.parse(await readFile(indexPath(directory, barcode), 'utf8')) as unknown;
    if (!isBehind) expect(kept).toEqual(wrong);
  }
});

/** Opens the cartridge as it lies there without its index, and shows that nothing is changed by it. */
async function lookedAt(image: Buffer, look: (tape: Cartridge) => Promise<void>): Promise<void> {
  await writeFile(imagePath(directory, barcode), image);
  await rm(indexPath(directory, barcode), { force: true });
  const tape = await open();
  try {
    await look(tape);
  } finally {
    await tape.close();
  }
  expect((await readFile(imagePath(directory, barcode))).equals(image)).toBe(true);
  expect(tape.isReadOnly).toBe(true);
}

/** What the tape gives, a record that cannot be read as X; every other one stands at its own block. */
async function readable(tape: Cartridge): Promise<string> {
  const seen: string[] = [];
  for (let block = 0; block < tape.index.endBlock; block++) {
    const { word } = tape.index.at(block)!;
    if (word === 0) seen.push('F');
    else if (tape.isMarkedBad(block)) seen.push('X');
    else {
      const into = Buffer.alloc(word);
      await tape.readRecord(block, into);
      expect(into.equals(numberedRecord(block, word))).toBe(true);
      seen.push(String(word));
    }
  }
  return seen.join(' ');
}

test('a flipped bit in any length or filemark costs that object alone, and nothing is changed by looking', async () => {
  const written: (number | 'F')[] = [300, 'F', 300, 301, 'F', 'F', 70, 300, 'F'];
  const tape = await open();
  await write(tape, written);
  await tape.close();
  const image = await readFile(imagePath(directory, barcode));
  let at = 0;
  for (const [block, object] of written.entries()) {
    const span = object === 'F' ? 4 : 8 + object + (object & 1);
    const words = object === 'F' ? [at] : [at, at + span - 4];
    for (const offset of words) {
      for (let bit = 0; bit < 32; bit += 1) {
        // The highest bit marks a record as bad: then both ends say so, or it is damage like any other.
        const flipped = Buffer.from(image);
        flipped[offset + (bit >> 3)]! ^= 1 << (bit & 7);
        const expected = written.map((one, index) => (index === block && one !== 'F' ? 'X' : String(one))).join(' ');
        await lookedAt(flipped, async (damaged) => {
          expect(await readable(damaged)).toBe(expected);
          expect(damaged.condition?.reason).toContain(`damaged at byte ${at}`);
          await expect(damaged.writeRecord(damaged.index.endBlock, numberedRecord(0, 10))).rejects.toThrow('damaged');
          await expect(damaged.erase(0)).rejects.toThrow('damaged');
        });
      }
    }
    at += span;
  }
});

test('damage in several places, over several records, and a lost page: what is whole behind it is found', async () => {
  const written: (number | 'F')[] = ['F', ...Array.from({ length: 12 }, () => 5000), 'F', 60, 'F'];
  const tape = await open();
  await write(tape, written);
  await tape.close();
  const image = await readFile(imagePath(directory, barcode));
  const record = (number: number): number => 4 + number * 5008;
  const page = Buffer.from(image);
  // From the end of record 1 to the beginning of record 2, and the length of record 7.
  page.fill(0xaa, record(2) - 100, record(2) + 100);
  page[record(7)]! ^= 0x40;
  await lookedAt(page, async (damaged) => {
    expect(await readable(damaged)).toBe('F 5000 X X 5000 5000 5000 5000 X 5000 5000 5000 5000 F 60 F');
    expect(damaged.condition?.reason).toContain('damaged in 2 places');
  });
  const lost = Buffer.from(image);
  lost.fill(0, record(3) + 8, record(6) - 8);
  await lookedAt(lost, async (damaged) => {
    expect(await readable(damaged)).toBe('F 5000 5000 5000 X X X 5000 5000 5000 5000 5000 5000 F 60 F');
  });
});

test('an index that promises more than the image holds is told, and what was lost cannot be read', async () => {
  const tape = await open();
  await write(tape, [100, 'F', 200, 300, 'F']);
  await tape.close();
  const image = await readFile(imagePath(directory, barcode));
  for (const length of [0, 50, 108, 112, 200, image.length - 6]) {
    await writeFile(imagePath(directory, barcode), image.subarray(0, length));
    const cut = await open();
    expect(cut.condition).toMatchObject({ readOnly: true, reason: expect.stringMatching(/shorter/) as string });
    expect(cut.index.endBlock).toBe(5);
    if (length >= 108) expect(await cut.readRecord(0, Buffer.alloc(100))).toBe(100);
    if (length < 320) await expect(cut.readRecord(2, Buffer.alloc(200))).rejects.toBeInstanceOf(ImageDamaged);
    await cut.close();
    expect((await readFile(imagePath(directory, barcode))).length).toBe(length);
  }
});

test('an unfinished write is dropped by the next write, never by looking', async () => {
  const tape = await open();
  await write(tape, [100, 'F']);
  await tape.flush();
  await write(tape, [5000]);
  await tape.close();
  const image = await readFile(imagePath(directory, barcode));
  const index = JSON.stringify(
    indexFile(112, [
      [100, 1],
      [0, 1],
    ]),
  );
  for (const keepsIndex of [true, false]) {
    // Cut in the middle of the record that was never flushed.
    const torn = image.subarray(0, 3000);
    await writeFile(imagePath(directory, barcode), torn);
    if (keepsIndex) await writeFile(indexPath(directory, barcode), index);
    else await rm(indexPath(directory, barcode), { force: true });
    const looked = await open();
    expect([looked.isReadOnly, looked.index.endBlock, looked.unfinishedBytes]).toEqual([false, 2, 3000 - 112]);
    await looked.close();
    expect((await readFile(imagePath(directory, barcode))).equals(torn)).toBe(true);
    const again = await open();
    await write(again, [40]);
    expect(await contents(again)).toBe('100 F 40');
    await again.close();
    expect((await readFile(imagePath(directory, barcode))).length).toBe(112 + 48 + 4);
  }
});

test('a cartridge that was closed has no unfinished write: a flipped bit behind an index that is too old is damage', async () => {
  const tape = await open();
  await write(tape, [100, 'F', 200, 200, 'F']);
  await tape.close();
  const image = await readFile(imagePath(directory, barcode));
  const flipped = Buffer.from(image);
  flipped[112 + 2]! ^= 1;
  await writeFile(imagePath(directory, barcode), flipped);
  await writeFile(
    indexPath(directory, barcode),
    JSON.stringify(
      indexFile(112, [
        [100, 1],
        [0, 1],
      ]),
    ),
  );
  const damaged = await open();
  expect(damaged.isReadOnly).toBe(true);
  expect(await readable(damaged)).toBe('100 F X 200 F');
  await damaged.close();
  expect((await readFile(imagePath(directory, barcode))).equals(flipped)).toBe(true);
});

test('writing in the middle ends the tape there, also when it stops before anything new is flushed', async () => {
  const tape = await open();
  await write(tape, [10, 'F', 20, 30, 'F']);
  await tape.flush();
  await tape.writeRecord(2, numberedRecord(2, 7));
  expect(await contents(tape)).toBe('10 F 7');
  const abandoned = await readFile(indexPath(directory, barcode), 'utf8');
  expect(JSON.parse(abandoned)).toMatchObject({
    objects: [
      [10, 1],
      [0, 1],
    ],
  });
  await tape.erase(1);
  expect(await contents(tape)).toBe('10');
  await tape.close();
  const again = await open();
  expect(await contents(again)).toBe('10');
  await again.close();
});

test('large and small records, odd ones and many, through both buffers', async () => {
  const lengths: (number | 'F')[] = [
    5_000_001,
    1,
    'F',
    ...Array.from({ length: 40 }, (_, i) => 100_001 + i),
    'F',
    6_000_000,
  ];
  const tape = await open();
  await write(tape, lengths);
  expect(await contents(tape)).toBe(lengths.join(' '));
  await tape.close();
  const again = await open();
  expect(await contents(again)).toBe(lengths.join(' '));
  await again.close();
});

test('a write that fails comes up later; the tape then ends where the image does, and goes on from there', async () => {
  const tape = await open();
  await write(tape, [100, 'F']);
  await tape.flush();
  const full = armFaults([
    { site: 'fs.write', when: 'before', nth: 1, target: '.tap', effect: { kind: 'error', code: 'ENOSPC' } },
  ]);
  await write(tape, [200, 300]);
  await expect(tape.flush()).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(full.unfired()).toEqual([]);
  await expect(tape.writeRecord(4, numberedRecord(4, 1))).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(await tape.dropUnwritten()).toBe(2);
  await write(tape, [400]);
  await tape.flush();
  expect(await contents(tape)).toBe('100 F 400');
  await tape.close();
});

test('a record changed in the image is noticed where its length no longer fits', async () => {
  const tape = await open();
  await write(tape, [10, 10]);
  await tape.flush();
  const path = imagePath(directory, barcode);
  const image = await readFile(path);
  image[0] = 9;
  await writeFile(path, image);
  await expect(tape.readRecord(0, Buffer.alloc(10))).rejects.toBeInstanceOf(ImageDamaged);
  expect(await tape.readRecord(1, Buffer.alloc(10))).toBe(10);
  await truncate(path, 20);
  await expect(tape.readRecord(1, Buffer.alloc(10))).rejects.toBeInstanceOf(ImageDamaged);
  await tape.close();
});

test('no image of any kind breaks the scan; what it finds can be read', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((data) => {
      const word = Buffer.from(Uint32Array.of(data.length).buffer);
      return Buffer.concat([word, data, Buffer.alloc(data.length & 1), word]);
    }),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(Buffer.alloc(4), Buffer.alloc(64), Buffer.alloc(4, 0xff), Buffer.from([0xfe, 0xff, 0xff, 0xff])),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      await writeFile(imagePath(directory, barcode), Buffer.concat(pieces));
      const tape = await open();
      for (let block = 0; block < tape.index.endBlock; block++) {
        const { word } = tape.index.at(block)!;
        if (word !== 0 && !tape.isMarkedBad(block)) await tape.readRecord(block, Buffer.alloc(64));
      }
      await tape.close();
      await rm(indexPath(directory, barcode), { force: true });
    }),
    { numRuns: 150 },
  );
});
