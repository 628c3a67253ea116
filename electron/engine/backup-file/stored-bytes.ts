import { faultPoint } from '../faults/fault-points.ts';
import type { ReadableFile, WritableFile } from '../files/file-place.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';

/** Reads `length` bytes at `position` into the start of `target`; throws `torn` when the file ends before. */
export async function readFully(
  file: ReadableFile,
  target: Uint8Array,
  position: number,
  length: number,
): Promise<void> {
  const { name } = file;
  faultPoint('fs.read', 'before', name);
  const bytesRead = await file.read(target.subarray(0, length), position).catch((error: unknown) => {
    throw asBackupFileError(error, name, 'Reading');
  });
  if (bytesRead < length) throw new BackupFileError('torn', name, `${name} ends before byte ${position + length}.`);
}

/** Writes all bytes at a position. */
export async function writeFully(file: WritableFile, bytes: Uint8Array, position: number): Promise<void> {
  try {
    faultPoint('fs.write', 'before', file.name);
    await file.write(bytes, position);
  } catch (error) {
    throw asBackupFileError(error, file.name, 'Writing');
  }
}
