import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { faultPoint } from '../faults/fault-points.ts';

export type SourceErrorCode = 'missing' | 'not-readable' | 'not-an-image' | 'empty' | 'size-unknown';

/** A source of primary data cannot be used; the message says why and what to do. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly path: string;
  constructor(code: SourceErrorCode, path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

export interface RawImage {
  path: string;
  sizeBytes: number;
  kind: 'file' | 'block-device';
}

/**
 * Looks at a raw disk image or a block device and gives its size. Reads nothing of its content.
 * Throws {@link SourceError}: missing, a directory or another thing without blocks, not readable, of size zero.
 */
export async function openRawImage(path: string): Promise<RawImage> {
  faultPoint('fs.read', 'before', path);
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      throw new SourceError(
        'missing',
        path,
        `There is no disk image at ${path}. Check the path and that its disk is mounted.`,
      );
    }
    throw new SourceError('not-readable', path, `The disk image ${path} cannot be examined: ${error.message}.`);
  });
  if (!facts.isFile() && !facts.isBlockDevice()) {
    const what = facts.isDirectory() ? 'a directory' : 'not a file';
    throw new SourceError('not-an-image', path, `${path} is ${what}. Choose a raw disk image or a block device.`);
  }
  await access(path, constants.R_OK).catch(() => {
    throw new SourceError(
      'not-readable',
      path,
      `The disk image ${path} cannot be read. Grant read access to this account.`,
    );
  });
  const kind = facts.isFile() ? 'file' : 'block-device';
  const sizeBytes = kind === 'file' ? facts.size : await blockDeviceSizeBytes(path, facts.rdev);
  if (sizeBytes === 0) throw new SourceError('empty', path, `The disk image ${path} is empty (0 bytes).`);
  return { path, sizeBytes, kind };
}

/**
 * Size of a block device in bytes. Linux only: sysfs gives it in units of 512 bytes whatever the device's sector size
 * (Documentation/ABI/stable/sysfs-block), and Node has no ioctl.
 */
export async function blockDeviceSizeBytes(path: string, deviceNumber: number): Promise<number> {
  // Linux new_encode_dev: minor in bits 0-7 and 20-31, major in bits 8-19.
  const major = (deviceNumber >>> 8) & 0xfff;
  const minor = (deviceNumber & 0xff) | ((deviceNumber >>> 12) & 0xfff00);
  const text = await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8').catch(() => undefined);
  const sectors = text === undefined ? Number.NaN : Number(text.trim());
  if (!Number.isSafeInteger(sectors)) {
    throw new SourceError('size-unknown', path, `The size of the block device ${path} cannot be read on this system.`);
  }
  return sectors * 512;
}
