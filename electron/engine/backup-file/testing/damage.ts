/** Damages the golden files in every way that media and transfers do, and reads them. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupFileError } from '../errors.ts';
import type { GoldenFile } from '../golden/golden-files.ts';
import { readPoint, sameDisks, type Scene } from './scene.ts';

export const goldenPath = (name: string): string => join(import.meta.dirname, '..', 'golden', name);

/** Whole numbers below `end` that are the same in each run. */
export function numbers(seed: string, count: number, end: number): number[] {
  return Array.from({ length: count }, (_, at) => {
    const hash = createHash('sha256').update(`${seed}/${at}`).digest();
    return hash.readUInt32LE(0) % end;
  });
}

type Damage = [name: string, damage: (bytes: Buffer, at: number) => Buffer];
const damages: Damage[] = [
  ['a flipped bit', (bytes, at) => bent(bytes, at, 1, (byte) => byte ^ (1 << (at % 8)))],
  ['zeroed bytes', (bytes, at) => bent(bytes, at, 600, () => 0)],
  ['filled bytes', (bytes, at) => bent(bytes, at, 40, () => 0xff)],
  ['a cut', (bytes, at) => bytes.subarray(0, at)],
  ['bytes lost in the middle', (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 100)])],
];

export function bent(bytes: Buffer, at: number, length: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  for (let place = at; place < Math.min(at + length, copy.length); place += 1) copy[place] = change(copy[place] ?? 0);
  return copy;
}

/**
 * Reads a golden file with damage at `count` places of each sort. Throws unless every read gives the true content or a
 * typed error. Gives how often which of the two happened.
 */
export async function readDamaged(
  scene: Scene,
  golden: GoldenFile,
  count: number,
): Promise<{ refused: number; unharmed: number }> {
  const { name, chain, contents, keys } = golden;
  const whole = await readFile(goldenPath(name));
  const damaged = scene.path('damaged.rvb');
  const parents = chain.slice(1).map(goldenPath);
  const outcomes = { refused: 0, unharmed: 0 };
  for (const [what, damage] of damages) {
    for (const at of numbers(`${name} ${what}`, count, whole.length)) {
      await writeFile(damaged, damage(whole, at));
      const read = await readPoint([damaged, ...parents], keys).catch((error: unknown) => {
        if (error instanceof BackupFileError) return undefined;
        throw new Error(`${what} at ${at} of ${name} leads to an unexpected error`, { cause: error });
      });
      const same = read && sameDisks(read, contents);
      if (read === undefined) outcomes.refused += 1;
      else if (same === 'same') outcomes.unharmed += 1;
      else throw new Error(`${what} at ${at} of ${name} gives wrong content: ${same}`);
    }
  }
  return outcomes;
}
