import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { faultPoint } from '../../faults/fault-points.ts';

/**
 * Replaces a file as a whole: temporary name beside it, fsync, rename, fsync of the directory. After a crash either the
 * old or the new content is there, never a mixture.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  faultPoint('fs.write', 'before', path);
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await handle.close();
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes names in a directory durable. Windows cannot open directories, and its file systems need no such step. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
