import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { faultPoint } from '../faults/fault-points.ts';
import { syncFolder } from './durable-file.ts';
import { asFileError, FileError } from './file-error.ts';
import { withTimeLimit } from './time-limit.ts';

/** Deeper than any path the operating system takes (PATH_MAX holds 2048 names at most). */
const mostFolders = 256;

/**
 * Makes a folder and those above it that are missing, each durable in the one above: a file's own flush does not make the
 * way to it survive a power loss. Ends: Node's own recursive way repeats for ever where a folder can be neither made nor
 * found, as below /proc. Throws {@link FileError}, and the signal's reason.
 */
export async function makeFolder(path: string, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
  const { signal } = options;
  const missing: string[] = [];
  let folder = resolve(path);
  for (;;) {
    const facts = await withTimeLimit(folder, stat(folder), { signal }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw asFileError(error, folder, 'Examining');
    });
    if (facts && !facts.isDirectory()) {
      throw new FileError('not-a-file', folder, `${folder} is not a folder.`, 'Choose another folder.');
    }
    if (facts) break;
    missing.push(folder);
    const above = dirname(folder);
    if (above === folder || missing.length > mostFolders) {
      throw new FileError('missing', folder, `The folder ${path} cannot be made: ${folder} is not there.`);
    }
    folder = above;
  }
  for (const next of missing.toReversed()) {
    try {
      faultPoint('fs.mkdir', 'before', next);
      await withTimeLimit(next, mkdir(next), { signal });
    } catch (error) {
      // Somebody else may have made it meanwhile.
      const isMade = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(next)).isDirectory();
      if (!isMade) throw asFileError(error, next, 'Making the folder');
    }
    await withTimeLimit(next, syncFolder(dirname(next)), { signal });
  }
}
