import { readFile } from 'node:fs/promises';
import { SourceError } from './source-error.ts';

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
    throw new SourceError(
      'size-unknown',
      path,
      `The size of the block device ${path} cannot be read on this system.`,
      'Back up an image file, or run the engine on Linux.',
    );
  }
  return sectors * 512;
}
