import type { ReadableFile } from '../files/file-place.ts';
import { BackupFileError } from './errors.ts';
import { readFully } from './stored-bytes.ts';
import { type CurrentSuperblock, dataStart, decodeSuperblock, isWhole, superblockBytes } from './superblock.ts';

/**
 * The tail superblock of a file neither of whose head superblocks can be read. It counts only at the very end of the file: were there
 * anything behind it, that might be a newer state, and the older one would pass for it.
 */
export async function readTailSuperblock(
  file: ReadableFile,
  sizeBytes: number,
  path: string,
): Promise<CurrentSuperblock | undefined> {
  if (sizeBytes < dataStart + superblockBytes) return undefined;
  const bytes = Buffer.alloc(superblockBytes);
  await readFully(file, bytes, sizeBytes - superblockBytes, superblockBytes);
  if (!isWhole(bytes, 'tail')) return undefined;
  try {
    const superblock = decodeSuperblock(bytes, path);
    if (superblock.committedBytes !== sizeBytes) return undefined;
    const decay = 'Neither of the superblocks at its head can be read; the one at its end is used.';
    return { superblock, place: 'tail', decay };
  } catch (error) {
    if (error instanceof BackupFileError && error.code === 'corrupt') return undefined;
    throw error;
  }
}
