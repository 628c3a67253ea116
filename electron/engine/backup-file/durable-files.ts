import * as files from '../files/durable-file.ts';
import { asBackupFileError } from './errors.ts';

/** As {@link files.publishFile}, in the words of backup files. */
export async function publishFile(area: string, temporaryPath: string, path: string, replace: boolean): Promise<void> {
  await files.publishFile(area, temporaryPath, path, replace).catch((error: unknown) => {
    throw asBackupFileError(error, path, 'Renaming to');
  });
}

export async function refuseExisting(path: string): Promise<void> {
  await files.refuseExisting(path).catch((error: unknown) => {
    throw asBackupFileError(error, path, 'Examining');
  });
}

/** Removes a file if it is there, and flushes the directory. */
export async function removeFile(area: string, path: string): Promise<void> {
  await files.removeFile(`${area}.remove`, path).catch((error: unknown) => {
    throw asBackupFileError(error, path, 'Removing');
  });
}
