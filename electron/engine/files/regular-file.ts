import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { faultPoint } from '../faults/fault-points.ts';
import { asFileError, FileError } from './file-error.ts';
import { withTimeLimit } from './time-limit.ts';

// Windows has neither; it has no pipes in folders, and its links need a privilege.
const { O_NOFOLLOW: noFollow = 0, O_NONBLOCK: nonBlocking = 0 } = constants as Partial<typeof constants>;

/**
 * Opens a file that others may have put there, and refuses with `not-a-file` what is no regular one: a link would lead
 * elsewhere, and a pipe would never answer.
 */
export async function openRegularFile(path: string, access: 'r' | 'r+' = 'r'): Promise<FileHandle> {
  faultPoint('fs.open', 'before', path);
  const flags = (access === 'r' ? constants.O_RDONLY : constants.O_RDWR) | noFollow | nonBlocking;
  let handle: FileHandle | undefined;
  try {
    handle = await withTimeLimit(path, open(path, flags), { late: (opened) => void opened.close() });
    if ((await handle.stat()).isFile()) return handle;
    throw new FileError('not-a-file', path, `${path} is not a file.`, 'Something else of that name is in its place.');
  } catch (error) {
    await handle?.close();
    // What open(2) says of a socket, and of a device without a driver.
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') {
      throw new FileError('not-a-file', path, `${path} is not a file.`, null, error);
    }
    throw asFileError(error, path, 'Opening');
  }
}

/** The text of a small file that others may have put there; undefined where there is none. Throws {@link FileError}. */
export async function readSmallFile(path: string, mostBytes = 1024 * 1024): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await openRegularFile(path);
  } catch (error) {
    if (error instanceof FileError && error.code === 'missing') return undefined;
    throw error;
  }
  try {
    // One byte more than allowed: the size it had when asked may not be the one it has now.
    const buffer = Buffer.alloc(Math.min((await handle.stat()).size, mostBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await withTimeLimit(path, handle.read(buffer, length, buffer.length - length, length));
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (length > mostBytes) {
      throw new FileError('too-large', path, `${path} is larger than such a file can be (${mostBytes} bytes).`);
    }
    return buffer.toString('utf8', 0, length);
  } catch (error) {
    throw asFileError(error, path, 'Reading');
  } finally {
    await handle.close();
  }
}
