import { constants, type Stats } from 'node:fs';
import { type FileHandle, open as openFile, stat } from 'node:fs/promises';
import { faultPoint } from '../faults/fault-points.ts';
import { blockDeviceSizeBytes } from './block-device.ts';
import { type Container, containerOf, headBytes, tailBytes } from './containers.ts';
import { SourceError } from './source-error.ts';

/** An image file or a block device, open for reading; all that is known of it comes from the one descriptor. */
export interface FoundFile {
  readonly path: string;
  readonly kind: 'file' | 'block-device';
  readonly sizeBytes: number;
  readonly handle: FileHandle;
  /** Its first bytes, at most {@link headBytes}. */
  readonly head: Buffer;
  /** Its last bytes, at most {@link tailBytes}. */
  readonly tail: Buffer;
  /** What it plainly is instead of a raw disk. */
  readonly container: Container | undefined;
  /** Its size at this moment. */
  currentSizeBytes(): Promise<number>;
}

/**
 * Opens an image file or a block device for reading and looks at its ends. Throws {@link SourceError}: missing, a directory
 * or another thing without blocks, not readable, of size zero.
 */
export async function findFile(path: string): Promise<FoundFile> {
  const handle = await openDiskFile(path);
  try {
    const facts = await handle.stat();
    const currentSizeBytes = async (): Promise<number> => sizeOf(path, facts.isFile() ? await handle.stat() : facts);
    const sizeBytes = await currentSizeBytes();
    if (sizeBytes === 0) {
      throw new SourceError('empty', path, `The disk image ${path} is empty (0 bytes).`, 'Choose another.');
    }
    const kind = facts.isFile() ? 'file' : 'block-device';
    const head = await readPart(handle, path, 0, Math.min(headBytes, sizeBytes));
    const tail = await readPart(handle, path, Math.max(0, sizeBytes - tailBytes), Math.min(tailBytes, sizeBytes));
    const container = containerOf({ kind, head, tail });
    return { path, kind, sizeBytes, handle, head, tail, container, currentSizeBytes };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openDiskFile(path: string): Promise<FileHandle> {
  faultPoint('fs.read', 'before', path);
  // Looked at first: opening a pipe may wait for ever, and opening a tape device winds the tape.
  const before = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error);
  });
  checkType(path, before);
  const handle = await openFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: Error) => {
    throw unreadable(path, error);
  });
  try {
    checkType(path, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function checkType(path: string, facts: Stats): void {
  if (facts.isFile() || facts.isBlockDevice()) return;
  const what = facts.isDirectory() ? 'a directory' : 'not a file';
  throw new SourceError('not-a-disk', path, `${path} is ${what}.`, 'Choose a raw disk image or a block device.');
}

function unreadable(path: string, error: NodeJS.ErrnoException): SourceError {
  const options = { cause: error };
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    const advice = 'Check the path and that its disk is mounted.';
    return new SourceError('missing', path, `There is no disk image at ${path}.`, advice, options);
  }
  const denied = error.code === 'EACCES' || error.code === 'EPERM';
  const advice = denied ? 'Grant read access to this account.' : 'Check the disk or the share it is on.';
  return new SourceError(
    'not-readable',
    path,
    `The disk image ${path} cannot be read: ${error.message}.`,
    advice,
    options,
  );
}

async function sizeOf(path: string, facts: Stats): Promise<number> {
  return facts.isFile() ? facts.size : blockDeviceSizeBytes(path, facts.rdev);
}

async function readPart(handle: FileHandle, path: string, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  try {
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
}
