import type { ReadableFile } from '../files/file-place.ts';
import { BackupFileError } from './errors.ts';
import { readFully } from './stored-bytes.ts';

/**
 * Reads what stands twice until one copy is right, and notes the one that is not. `check` gives what is right, or undefined. Throws
 * `corrupt` where no copy is.
 */
export async function readDoubled<T>(
  file: { path: string; handle: ReadableFile; decay: string[] },
  offsets: readonly number[],
  length: number,
  what: string,
  check: (bytes: Buffer) => T | undefined,
): Promise<T> {
  let failure: unknown;
  for (const [copy, offset] of offsets.entries()) {
    const bytes = Buffer.alloc(length);
    try {
      await readFully(file.handle, bytes, offset, length);
    } catch (error) {
      failure = error;
      continue;
    }
    const right = check(bytes);
    if (right === undefined) continue;
    if (copy > 0) noteDecay(file.decay, `A copy of ${what} (at byte ${offsets[0]}) is damaged.`);
    return right;
  }
  if (failure instanceof BackupFileError && failure.code === 'io-error') throw failure;
  const message = `${file.path} is damaged: no copy of ${what} (at bytes ${offsets.join(' and ')}) is what was written.`;
  throw new BackupFileError('corrupt', file.path, message, { cause: failure });
}

const mostDecay = 100;

export function noteDecay(decay: string[], what: string): void {
  if (decay.length < mostDecay && !decay.includes(what)) decay.push(what);
}
