import { faultPoint } from '../faults/fault-points.ts';
import type { ByteSource } from '../files/byte-source.ts';
import { openRegularFile } from '../files/regular-file.ts';
import { asBackupFileError } from './errors.ts';

/** A file as a byte source; its size is that of the moment it is opened. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const handle = await openRegularFile(path).catch((error: unknown) => {
    throw asBackupFileError(error, path, 'Opening');
  });
  try {
    const { size: sizeBytes } = await handle.stat();
    return {
      sizeBytes,
      async read(buffer, position) {
        const wanted = Math.max(0, Math.min(buffer.length, sizeBytes - position));
        let done = 0;
        try {
          faultPoint('fs.read', 'before', path);
          while (done < wanted) {
            const { bytesRead } = await handle.read(buffer, done, wanted - done, position + done);
            if (bytesRead === 0) break;
            done += bytesRead;
          }
        } catch (error) {
          throw asBackupFileError(error, path, 'Reading');
        }
        return done;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw asBackupFileError(error, path, 'Reading');
  }
}
