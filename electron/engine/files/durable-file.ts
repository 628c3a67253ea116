import { constants } from 'node:fs';
import { copyFile, type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { durableStep, faultPoint } from '../faults/fault-points.ts';
import { asFileError, FileError } from './file-error.ts';

/** What an unfinished file is called until it is whole; a rescan removes such files. */
export const partialSuffix = '.partial';

/** Whether anything has this name, a broken link included. */
export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Makes the names in a folder survive a power loss. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a new, empty file for this user alone and opens it for reading and writing. What an interrupted run left under
 * that name goes first; whatever is put there in between is neither followed nor overwritten: that fails with `exists`.
 */
export async function createTemporaryFile(path: string): Promise<FileHandle> {
  try {
    faultPoint('fs.open', 'before', path);
    await rm(path, { force: true });
    // O_EXCL: an existing name is refused, a link too, wherever it leads (open(2)).
    return await open(path, 'wx+', 0o600);
  } catch (error) {
    throw asFileError(error, path, 'Creating');
  }
}

/** The same, begun as a copy that shares its extents; undefined where the file system cannot do that. */
export async function createTemporaryClone(path: string, original: string): Promise<FileHandle | undefined> {
  try {
    faultPoint('fs.open', 'before', path);
    await rm(path, { force: true });
    await copyFile(original, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
  } catch {
    await rm(path, { force: true }).catch(() => undefined);
    return undefined;
  }
}

/**
 * Gives a finished, flushed file its final name, and flushes the name. `replace`: whether a file of that name may be
 * there; otherwise throws `exists`, and a failure leaves no file of that name. `area` names the durable steps.
 */
export async function publishFile(area: string, temporaryPath: string, path: string, replace: boolean): Promise<void> {
  let named = false;
  try {
    await durableStep(`${area}.rename`, path, async () => {
      if (!replace) await refuseExisting(path);
      await rename(temporaryPath, path);
      named = true;
    });
    await durableStep(`${area}.directory`, path, () => syncFolder(dirname(path)));
  } catch (error) {
    // Told to have failed, it must not turn up later: others may have been made in its place by then.
    if (named && !replace) await rm(path, { force: true }).catch(() => undefined);
    throw asFileError(error, path, 'Renaming to');
  }
}

export async function refuseExisting(path: string): Promise<void> {
  if (!(await isThere(path))) return;
  throw new FileError('exists', path, `${path} exists already and is not overwritten.`, 'Choose another name.');
}

/** Replaces a small file as a whole: after a crash the old or the new content is there, never a mixture. */
export async function replaceFile(path: string, text: string, step: string): Promise<void> {
  const temporaryPath = `${path}${partialSuffix}`;
  const handle = await createTemporaryFile(temporaryPath);
  try {
    try {
      faultPoint('fs.write', 'before', temporaryPath);
      await handle.writeFile(text);
      await durableStep(`${step}.sync`, temporaryPath, () => handle.sync());
    } finally {
      await handle.close();
    }
    await durableStep(`${step}.rename`, path, () => rename(temporaryPath, path));
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporaryPath, { force: true }).catch(() => undefined);
    throw asFileError(error, path, 'Writing');
  }
}

/** Removes a file if it is there, and flushes the folder. */
export async function removeFile(step: string, path: string): Promise<void> {
  try {
    await durableStep(step, path, async () => {
      faultPoint('fs.remove', 'before', path);
      await rm(path, { force: true });
      await syncFolder(dirname(path));
    });
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw asFileError(error, path, 'Removing');
  }
}
