import { readSync, writeSync } from 'node:fs';
import { asBackupFileError, BackupFileError } from './errors.ts';

/** Fills `target` from a file; returns fewer bytes only at its end. Errors are typed and name the file. */
export function readAt(fd: number, path: string, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    let count: number;
    try {
      count = readSync(fd, target, done, target.length - done, position + done);
    } catch (error) {
      throw asBackupFileError(error, path, 'Reading');
    }
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Writes all of `bytes`; a system that takes fewer at once is asked again. `mostAtOnce` is for tests of just that. */
export function writeAt(
  fd: number,
  path: string,
  bytes: Uint8Array,
  position: number,
  mostAtOnce = Number.POSITIVE_INFINITY,
): void {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(bytes.length - done, Math.max(1, mostAtOnce));
    let count: number;
    try {
      count = writeSync(fd, bytes, done, length, position + done);
    } catch (error) {
      throw asBackupFileError(error, path, 'Writing');
    }
    if (count === 0)
      throw new BackupFileError('io-error', path, `Writing ${path} failed: the system accepted no bytes.`);
    done += count;
  }
}
