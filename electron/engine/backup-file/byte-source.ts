import { faultPoint } from '../faults/fault-points.ts';
import type { ByteSource } from '../files/byte-source.ts';
import type { FilePlace } from '../files/file-place.ts';
import { asBackupFileError } from './errors.ts';

/** A whole file as a byte source, its errors in the words of backup files; its size is that of the moment it is opened. */
export async function openFileSource(place: FilePlace): Promise<ByteSource> {
  const file = await place.open().catch((error: unknown) => {
    throw asBackupFileError(error, place.name, 'Opening');
  });
  return {
    sizeBytes: file.sizeBytes,
    async read(buffer, position) {
      const wanted = Math.max(0, Math.min(buffer.length, file.sizeBytes - position));
      try {
        faultPoint('fs.read', 'before', place.name);
        return await file.read(buffer.subarray(0, wanted), position);
      } catch (error) {
        throw asBackupFileError(error, place.name, 'Reading');
      }
    },
    close: () => file.close(),
  };
}
