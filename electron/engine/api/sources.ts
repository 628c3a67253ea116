import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { OperationError } from '../errors.ts';
import { inspectDisk } from '../sources/open-disk.ts';
import { os } from './implement.ts';
import { respond } from './respond.ts';

const entryLimit = 2000;

function checked(path: string): string {
  if (!isAbsolute(path)) {
    throw new OperationError(`“${path}” is not an absolute path.`, 'Enter the whole path.', {
      kind: 'invalid',
      field: 'path',
    });
  }
  return resolve(path);
}

async function browse(path: string, only: 'folders' | 'all') {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    throw new OperationError(`${path} cannot be listed: ${error.message}.`, 'Choose another folder.', {
      kind: 'not-found',
      field: 'path',
    });
  });
  const entries = [];
  for (const name of names.sort((a, b) => a.localeCompare(b)).slice(0, entryLimit)) {
    const info = await stat(join(path, name)).catch(() => undefined);
    if (!info) continue;
    const kind = info.isDirectory() ? 'folder' : info.isFile() ? 'file' : info.isBlockDevice() ? 'block-device' : null;
    if (kind === null || (only === 'folders' && kind !== 'folder')) continue;
    entries.push({
      name,
      path: join(path, name),
      kind: kind as 'folder' | 'file' | 'block-device',
      sizeBytes: kind === 'file' ? info.size : null,
      modifiedAt: Math.trunc(info.mtimeMs),
    });
  }
  const foldersFirst = entries.sort((a, b) => Number(b.kind === 'folder') - Number(a.kind === 'folder'));
  const parent = dirname(path);
  return { path, parent: parent === path ? null : parent, entries: foldersFirst, truncated: names.length > entryLimit };
}

export const sourcesApi = () => ({
  browse: os.sources.browse.handler(({ input }) => respond(() => browse(checked(input.path), input.only))),
  inspectDisk: os.sources.inspectDisk.handler(({ input }) => respond(() => inspectDisk({ path: checked(input.path) }))),
});
