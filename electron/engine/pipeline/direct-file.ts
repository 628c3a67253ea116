import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Direct writes begin and end at multiples of this, in memory and in the file (bytes). */
export const directPageBytes = 4096;

/**
 * An existing file for writes past the page cache: they save a copy of everything and leave a flush little to wait for.
 * Undefined where the file system (or the operating system) has none. A file system may still refuse single writes with
 * EINVAL: have the file open for ordinary writes too.
 */
export async function openDirect(path: string): Promise<FileHandle | undefined> {
  // Typed as a number, but there on Linux only.
  const flag = constants.O_DIRECT as number | undefined;
  return flag === undefined ? undefined : open(path, constants.O_WRONLY | flag).catch(() => undefined);
}

/** Whether a direct write failed for being direct. */
export function refusesDirect(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EINVAL';
}
