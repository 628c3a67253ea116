import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { goldenFiles } from '../../electron/engine/backup-file/golden/golden-files.ts';
import { bent, goldenPath, numbers } from '../../electron/engine/backup-file/testing/damage.ts';
import { checksum } from './backup-file-reader/digest.ts';
import { BackupFileError } from './backup-file-reader/fields.ts';
import { readPoint } from './backup-file-reader/point-reader.ts';
import { salvage } from './backup-file-reader/salvage.ts';

const keys = { passphrase: 'golden' };
const bytesOf = (name: string): Buffer => readFileSync(goldenPath(name));
const roundsEach = 12;

async function contentOf(files: readonly Uint8Array[]): Promise<Record<string, Buffer>> {
  const { objects } = await readPoint(files, keys);
  return Object.fromEntries(objects.map(({ id, bytes }) => [id, bytes]));
}

function contains(contents: Record<string, Buffer>, read: Record<string, Buffer>): boolean {
  return (
    Object.keys(read).sort().join() === Object.keys(contents).sort().join() &&
    Object.entries(contents).every(([id, bytes]) => read[id]?.equals(bytes))
  );
}

test.each(goldenFiles)(
  'a reader made from the document alone reads $name as the engine wrote it',
  async ({ chain, contents }) => {
    expect(contains(contents, await contentOf(chain.map(bytesOf)))).toBe(true);
  },
);

const damages: Record<string, (bytes: Buffer, at: number) => Buffer> = {
  'a flipped bit': (bytes, at) => bent(bytes, at, 1, (byte) => byte ^ (1 << (at % 8))),
  'zeroed bytes': (bytes, at) => bent(bytes, at, 1 + (at % 8192), () => 0),
  'a cut': (bytes, at) => bytes.subarray(0, at),
  'heads that somebody changed and gave right checksums': (bytes, at) => {
    const copy = Buffer.from(bytes);
    for (const head of [0, 4096]) {
      const place = head + 8 + (at % 352);
      copy[place] = (copy[place] ?? 0) ^ (1 << (at % 7));
      copy.writeBigUInt64LE(checksum(copy.subarray(head, head + 4088)), head + 4088);
    }
    return copy;
  },
};
test.each(goldenFiles)('$name with damage gives the true content or an error, never anything else', async (file) => {
  const [whole = Buffer.alloc(0), ...parents] = file.chain.map(bytesOf);
  let refused = 0;
  for (const [name, damage] of Object.entries(damages)) {
    for (const at of numbers(`${file.name} ${name} reader`, roundsEach, whole.length)) {
      const read = await contentOf([damage(whole, at), ...parents]).catch((error: unknown) => {
        if (!(error instanceof BackupFileError)) throw new Error(`${name} at ${at}`, { cause: error });
        refused += 1;
        return undefined;
      });
      if (read) expect(contains(file.contents, read), `${name} at ${at}`).toBe(true);
    }
  }
  expect(refused).toBeGreaterThan(0);
});

test.each(goldenFiles.filter(({ chain }) => chain.length === 1))(
  '$name without its heads: what salvage calls proven is right',
  async ({ name, contents }) => {
    const { objects, verified } = await salvage(bytesOf(name).fill(0, 0, 8192), keys);
    expect(verified).toBe(false);
    let proven = 0;
    for (const { id, ranges, blocks } of objects) {
      const content = contents[id ?? ''];
      const blockBytes = Math.max(...[...blocks.values()].map(({ length }) => length), 0);
      for (const { first, last, finding } of ranges) {
        if (finding !== 'proven') continue;
        for (let block = first; block <= last; block += 1) {
          const bytes = blocks.get(block);
          if (!bytes) continue;
          proven += 1;
          const at = block * blockBytes;
          expect(content?.subarray(at, at + bytes.length).equals(bytes), `block ${block} of ${id}`).toBe(true);
        }
      }
    }
    expect(proven).toBeGreaterThan(0);
  },
);
