/** The bad day with a damaged cartridge, through the command line: nothing is destroyed by looking, and nothing is silent. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listTapeFiles } from '../engine/scsi/virtual/export-records.ts';

const cliPath = fileURLToPath(new URL('./main.js', import.meta.url));
const barcode = 'RV0001L8';
const span = 262_144 + 8;
let folder: string;

beforeAll(async () => {
  const done = async (...args: string[]): Promise<void> => {
    const { code, text } = await rv('data', ...args);
    if (code !== 0) throw new Error(`reelvault ${args.join(' ')}: ${code}\n${text}`);
  };
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-damaged-'));
  await writeFile(path.join(folder, 'web01.raw'), randomBytes(3 * 2 ** 20));
  await done('repository', 'add', 'main', 'repo');
  const backup = ['backup', 'create', '--name', 'nightly', '--machine', 'web01,./web01.raw', '--repository', 'main'];
  await done(...backup, '--run');
  await done('library', 'add-virtual', 'vtl', 'vtl', '--capacity', '64 MiB', '--cartridges', '1');
  await done('pool', 'create', 'weekly');
  await done('tape-job', 'create', '--name', 'to-tape', '--from-job', 'nightly', '--pool', 'weekly', '--run');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function rv(data: string, ...args: string[]): Promise<{ code: number | null; text: string }> {
  const env = { ...process.env, REELVAULT_DATA: path.join(folder, data), REELVAULT_FAULTS: '[]' };
  const child = spawn(process.execPath, [cliPath, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const flip = (image: Buffer, offset: number, bit = 5): Buffer => {
  const flipped = Buffer.from(image);
  flipped[offset + (bit >> 3)]! ^= 1 << (bit & 7);
  return flipped;
};

/** Text has no sum of its own where it stands: one flipped bit may be another letter, some bytes of no letter are none. */
const blot = (image: Buffer, offset: number): Buffer => Buffer.from(image).fill(0xff, offset, offset + 40);

interface Damage {
  keepsIndex?: boolean;
  /** `at(n)`: offset of the first record of tape file n. */
  damage(image: Buffer, at: (file: number) => number, files: number): Buffer;
}

const classes: Record<string, Damage> = {
  'the label’s length': { damage: (image, at) => flip(image, at(0)) },
  'the label’s text': { damage: (image, at) => blot(image, at(0) + 4 + 600) },
  'the set’s length': { damage: (image, at) => flip(image, at(1)) },
  'the set’s text': { damage: (image, at) => blot(image, at(1) + 4 + 600) },
  'a slice’s length': { damage: (image, at) => flip(image, at(2) + 2 * span) },
  'a document’s length': { damage: (image, at, files) => flip(image, at(files - 1), 20) },
  'a document’s text': { damage: (image, at, files) => blot(image, at(files - 1) + 4 + 600) },
  'a filemark': { damage: (image, at) => flip(image, at(2) - 4) },
  'the end, cut off without an index': { damage: (image, at, files) => image.subarray(0, at(files - 1)) },
  'the end, cut off beside its index': {
    keepsIndex: true,
    damage: (image, at, files) => image.subarray(0, at(files - 1)),
  },
};

test.each(Object.keys(classes))(
  'damage to %s is told, and the image stays as it is',
  async (name) => {
    const { keepsIndex = false, damage } = classes[name] as Damage;
    const place = `vtl-${sha256(Buffer.from(name)).slice(0, 8)}`;
    await cp(path.join(folder, 'vtl'), path.join(folder, place), { recursive: true });
    const image = path.join(folder, place, 'cartridges', `${barcode}.tap`);
    const files = await listTapeFiles(image);
    const whole = await readFile(image);
    const at = (file: number): number => (files[file]?.firstBlock ?? 0) * span - file * (span - 4);
    const damaged = damage(whole, at, files.length);
    await writeFile(image, damaged);
    if (!keepsIndex) await rm(path.join(folder, place, 'cartridges', `${barcode}.index.json`));

    const data = `data-${place}`;
    const attached = await rv(data, 'library', 'add-virtual', 'vtl', place);
    const catalogued = await rv(data, 'library', 'catalog', 'vtl', barcode);
    expect(sha256(await readFile(image))).toBe(sha256(damaged));
    expect({ code: catalogued.code, attached: attached.code, text: catalogued.text }).toMatchObject({
      code: expect.toSatisfy((code: number) => code === 1 || code === 3) as number,
      text: expect.stringContaining(barcode) as string,
    });
    if (keepsIndex) {
      const shown = await rv(data, 'media', 'show', barcode);
      expect(shown.text).toMatch(/damaged.*shorter than what was written/);
    }
  },
  60_000,
);
