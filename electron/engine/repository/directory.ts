import { constants, type Dirent } from 'node:fs';
import { access, readdir, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { durableStep, faultPoint } from '../faults/fault-points.ts';
import { replaceFile, syncFolder } from '../files/durable-file.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readSmallFile } from '../files/regular-file.ts';
import { RepositoryUnavailable } from './errors.ts';

export const markerName = 'reelvault-repository.json';
const formatVersion = 1;
const mostMarkerBytes = 64 * 1024;

export interface RepositoryMarker {
  id: string;
  format: number;
  created: string;
}

export interface FolderFacts {
  exists: boolean;
  isMountPoint: boolean;
  writable: boolean;
  capacityBytes: number | null;
  freeBytes: number | null;
  repositoryId: string | null;
  problem: string | null;
}

/** What a folder is, without changing anything. */
export async function inspectFolder(path: string): Promise<FolderFacts> {
  const facts: FolderFacts = {
    exists: false,
    isMountPoint: false,
    writable: false,
    capacityBytes: null,
    freeBytes: null,
    repositoryId: null,
    problem: null,
  };
  const info = await stat(path).catch(() => undefined);
  if (!info) {
    const parent = await stat(dirname(path)).catch(() => undefined);
    facts.problem = parent?.isDirectory() ? null : `Neither ${path} nor the folder above it exists.`;
    Object.assign(facts, await space(dirname(path)));
    facts.writable = await canWrite(dirname(path));
    return facts;
  }
  if (!info.isDirectory()) return { ...facts, exists: true, problem: `${path} is not a folder.` };
  facts.exists = true;
  facts.isMountPoint = await isMountPoint(path);
  facts.writable = await canWrite(path);
  if (!facts.writable) facts.problem = `${path} cannot be written by this user.`;
  Object.assign(facts, await space(path));
  try {
    facts.repositoryId = (await readMarker(path))?.id ?? null;
  } catch (error) {
    facts.problem = messageOf(error);
  }
  return facts;
}

async function space(path: string): Promise<{ capacityBytes: number | null; freeBytes: number | null }> {
  const facts = await statfs(path).catch(() => undefined);
  return facts
    ? { capacityBytes: facts.blocks * facts.bsize, freeBytes: facts.bavail * facts.bsize }
    : { capacityBytes: null, freeBytes: null };
}

async function canWrite(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** A mount point stands on another device than the folder that holds it. */
async function isMountPoint(path: string): Promise<boolean> {
  const real = resolve(path);
  if (real === sep) return true;
  const [here, above] = await Promise.all([stat(real), stat(dirname(real))]);
  return here.dev !== above.dev;
}

export async function readMarker(root: string): Promise<RepositoryMarker | undefined> {
  const text = await readSmallFile(join(root, markerName), mostMarkerBytes);
  if (text === undefined) return undefined;
  let marker: Partial<RepositoryMarker>;
  try {
    marker = JSON.parse(text) as Partial<RepositoryMarker>;
  } catch {
    throw new RepositoryUnavailable(
      `${join(root, markerName)} is damaged: it is not JSON.`,
      'Put it back from a copy of the repository, or remove it to make the folder a new repository.',
    );
  }
  if (typeof marker.id !== 'string' || typeof marker.format !== 'number') {
    throw new RepositoryUnavailable(`${join(root, markerName)} is damaged: it names no repository.`);
  }
  if (marker.format > formatVersion) {
    throw new RepositoryUnavailable(`${root} was made by a newer Reelvault (repository format ${marker.format}).`);
  }
  return { id: marker.id, format: marker.format, created: String(marker.created ?? '') };
}

/** Makes the folder a repository, or returns the marker it already has. */
export async function claimFolder(root: string, id: string, createFolder: boolean): Promise<RepositoryMarker> {
  if (createFolder) await makeFolder(root);
  const existing = await readMarker(root);
  if (existing) return existing;
  const marker: RepositoryMarker = { id, format: formatVersion, created: new Date().toISOString() };
  await replaceFile(join(root, markerName), `${JSON.stringify(marker, null, 2)}\n`, 'repository.marker');
  return marker;
}

/**
 * Refuses unless this really is the repository: a missing mount leaves an empty folder behind, and writing there would
 * fill the wrong disk and lose the backups when the mount comes back.
 */
export async function requireRepository(root: string, id: string, requireMount: boolean): Promise<void> {
  faultPoint('fs.mount-check', 'before', root);
  const marker = await readMarker(root);
  if (requireMount && !(await isMountPoint(root).catch(() => false))) {
    throw new RepositoryUnavailable(`${root} is not mounted. Mount it, then try again.`);
  }
  if (!marker) {
    throw new RepositoryUnavailable(
      `${root} holds no repository (${markerName} is missing). If it is a mount, it is not mounted: mount it, then try again.`,
    );
  }
  if (marker.id !== id) {
    throw new RepositoryUnavailable(`${root} holds another repository (${marker.id}) than the one configured (${id}).`);
  }
}

export async function freeSpace(root: string): Promise<{ capacityBytes: number | null; freeBytes: number | null }> {
  return space(root);
}

export interface FoundFile {
  /** Relative to the root, with `/`. */
  path: string;
  sizeBytes: number;
  partial: boolean;
}

// What an unfinished write leaves: `x.rvb.partial`, and `x.rvb.index.partial` beside it.
const leftover = /\.rvb(\.[a-z]+)?\.partial$/;

/** Backup files and leftovers below the root; links are never followed, so nothing outside the root is touched. */
export async function listBackupFiles(root: string, signal?: AbortSignal): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    signal?.throwIfAborted();
    const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && depth < 8) await walk(path, depth + 1);
      const partial = leftover.test(entry.name);
      if (!entry.isFile() || !(partial || entry.name.endsWith('.rvb'))) continue;
      const info = await stat(path).catch(() => undefined);
      if (info) found.push({ path: relative(root, path).split(sep).join('/'), sizeBytes: info.size, partial });
    }
  };
  await walk(root, 0);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The absolute path of a file in the repository; a path that would leave it is an error, whatever a medium says. */
export function insideRoot(root: string, path: string): string {
  const absolute = resolve(root, path);
  if (absolute !== resolve(root) && !absolute.startsWith(resolve(root) + sep)) {
    throw new RangeError(`“${path}” points outside the repository.`);
  }
  return absolute;
}

/** Deletes one file durably, and its folder (up to the root) when nothing is left in it. */
export async function deleteFile(root: string, path: string): Promise<void> {
  const absolute = insideRoot(root, path);
  faultPoint('fs.unlink', 'before', absolute);
  await durableStep('repository.delete-file', absolute, () => rm(absolute, { force: true }));
  let folder = dirname(absolute);
  await syncFolder(folder).catch(() => {});
  while (folder !== resolve(root) && folder.startsWith(resolve(root) + sep)) {
    const rest = await readdir(folder).catch(() => ['?']);
    if (rest.some((name) => name !== 'chain.json')) break;
    await rm(join(folder, 'chain.json'), { force: true });
    await rmdir(folder).catch(() => {});
    folder = dirname(folder);
  }
}
