import { access, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { durableStep, faultPoint } from '../faults/fault-points.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';

/** What an unfinished file is called until it is whole; a rescan removes such files. */
export const partialSuffix = '.partial';

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Makes a name in a directory survive a power loss. */
export async function syncDirectoryOf(path: string): Promise<void> {
  await syncDirectory(dirname(path));
}

/** Makes the names in a directory survive a power loss. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; NTFS journals names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Gives a finished, flushed file its final name, and flushes the name. `replace`: whether a file of that name may be
 * there; otherwise throws `target-exists`, and a failure leaves no file of that name.
 */
export async function publishFile(area: string, temporaryPath: string, path: string, replace: boolean): Promise<void> {
  let named = false;
  try {
    await durableStep(`${area}.rename`, path, async () => {
      if (!replace) await refuseExisting(path);
      await rename(temporaryPath, path);
      named = true;
    });
    await durableStep(`${area}.directory`, path, () => syncDirectoryOf(path));
  } catch (error) {
    // Told to have failed, it must not turn up later: others may have been made in its place by then.
    if (named && !replace) await rm(path, { force: true }).catch(() => undefined);
    throw asBackupFileError(error, path, 'Renaming to');
  }
}

export async function refuseExisting(path: string): Promise<void> {
  if (!(await exists(path))) return;
  throw new BackupFileError(
    'target-exists',
    path,
    `${path} exists already and is not overwritten. Choose another name.`,
  );
}

/** Removes a file if it is there, and flushes the directory. */
export async function removeFile(area: string, path: string): Promise<void> {
  try {
    await durableStep(`${area}.remove`, path, async () => {
      faultPoint('fs.remove', 'before', path);
      await rm(path, { force: true });
      await syncDirectoryOf(path);
    });
  } catch (error) {
    throw asBackupFileError(error, path, 'Removing');
  }
}
