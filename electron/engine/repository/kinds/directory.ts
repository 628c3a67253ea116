import { constants, type Dirent } from 'node:fs';
import { access, readdir, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { OperationError } from '../../errors.ts';
import { durableStep, faultPoint } from '../../faults/fault-points.ts';
import { replaceFile, syncFolder } from '../../files/durable-file.ts';
import { FileError } from '../../files/file-error.ts';
import type { CreateOptions, FilePlace, PlaceAbilities, UnfinishedFile } from '../../files/file-place.ts';
import { LocalPlace } from '../../files/local-file.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { readSmallFile } from '../../files/regular-file.ts';
import { withTimeLimit } from '../../files/time-limit.ts';
import { RepositoryUnavailable } from '../errors.ts';
import type { FoundFile, PlaceFacts, PlaceSettings, RepositoryKind, RepositoryStorage, SpaceFacts } from './kind.ts';

const markerName = 'reelvault-repository.json';
const formatVersion = 1;
const mostMarkerBytes = 64 * 1024;

interface RepositoryMarker {
  id: string;
  format: number;
  created: string;
}

/** A folder on this host: of a local disk, or of a share that is mounted. */
export interface DirectorySettings extends PlaceSettings {
  readonly kind: 'directory';
  /** Absolute. */
  readonly path: string;
  /** Something has to be mounted at the folder: without it nothing is written to the disk underneath. */
  readonly requireMount: boolean;
}

/** A folder that is used whatever is mounted there. */
export function directoryPlace(path: string): DirectorySettings {
  return { kind: 'directory', path, requireMount: false };
}

const can: PlaceAbilities = { append: true, replace: true, resume: true };

/** A refusal that belongs to the folder that was entered. */
const inPath = { kind: 'invalid', field: 'settings.place.path' } as const;

export const directoryKind: RepositoryKind<DirectorySettings> = {
  can,
  check({ path, requireMount }) {
    if (!isAbsolute(path)) {
      throw new OperationError(`“${path}” is not an absolute path.`, 'Enter the whole path.', inPath);
    }
    return { kind: 'directory', path: resolve(path), requireMount };
  },
  locationOf: ({ path }) => path,
  overlaps: (one, other) => isInside(one.path, other.path) || isInside(other.path, one.path),
  inspect: ({ path }) => inspectFolder(path),
  async claim({ path, requireMount }, id, { create }) {
    const facts = await inspectFolder(path);
    if (facts.problem) throw new OperationError(facts.problem, 'Choose another folder.', inPath);
    if (!facts.exists && !create) {
      throw new OperationError(`${path} does not exist.`, 'Create it, or allow Reelvault to.', inPath);
    }
    if (requireMount && !facts.isMountPoint) {
      throw new OperationError(`${path} is not a mount point.`, 'Mount it first, or do not require a mount.', {
        kind: 'invalid',
        field: 'settings.place.requireMount',
      });
    }
    if (create) await makeFolder(path);
    const existing = await readMarker(path);
    if (existing) return existing.id;
    const marker: RepositoryMarker = { id, format: formatVersion, created: new Date().toISOString() };
    await replaceFile(join(path, markerName), `${JSON.stringify(marker, null, 2)}\n`, 'repository.marker');
    return id;
  },
  open: (settings) => new DirectoryStorage(settings),
};

class DirectoryStorage implements RepositoryStorage {
  readonly can = can;
  readonly #root: string;
  readonly #requireMount: boolean;

  constructor({ path, requireMount }: DirectorySettings) {
    this.#root = resolve(path);
    this.#requireMount = requireMount;
  }

  /** A missing mount leaves an empty folder behind, and writing there would fill the wrong disk. */
  async require(id: string): Promise<void> {
    const root = this.#root;
    faultPoint('fs.mount-check', 'before', root);
    const marker = await readMarker(root);
    if (this.#requireMount && !(await isMountPoint(root).catch(() => false))) {
      throw new RepositoryUnavailable(`${root} is not mounted. Mount it, then try again.`);
    }
    if (!marker) {
      throw new RepositoryUnavailable(
        `${root} holds no repository (${markerName} is missing). If it is a mount, it is not mounted: mount it, then try again.`,
      );
    }
    if (marker.id !== id) {
      throw new RepositoryUnavailable(
        `${root} holds another repository (${marker.id}) than the one configured (${id}).`,
      );
    }
  }

  list(signal?: AbortSignal): Promise<FoundFile[]> {
    return listBackupFiles(this.#root, signal);
  }

  space(): Promise<SpaceFacts> {
    return space(this.#root);
  }

  place(path: string): FilePlace {
    return new DirectoryPlace(this.#absolute(path));
  }

  async delete(path: string): Promise<void> {
    const absolute = this.#absolute(path);
    faultPoint('fs.unlink', 'before', absolute);
    await durableStep('repository.delete-file', absolute, () => rm(absolute, { force: true }));
    let folder = dirname(absolute);
    await syncFolder(folder).catch(() => {});
    while (folder !== this.#root && isInside(folder, this.#root)) {
      const rest = await readdir(folder).catch(() => ['?']);
      if (rest.some((name) => name !== 'chain.json')) break;
      await rm(join(folder, 'chain.json'), { force: true });
      await rmdir(folder).catch(() => {});
      folder = dirname(folder);
    }
  }

  async removeLeftover(path: string): Promise<void> {
    await rm(this.#absolute(path), { force: true });
  }

  async writeNote(path: string, text: string, step: string): Promise<void> {
    await replaceFile(this.#absolute(path), text, step);
  }

  #absolute(path: string): string {
    const absolute = resolve(this.#root, path);
    if (!isInside(absolute, this.#root)) throw new RangeError(`“${path}” points outside the repository.`);
    return absolute;
  }
}

/** A place in a folder repository: its folders are made with the first file. */
class DirectoryPlace extends LocalPlace {
  override async create(options: CreateOptions): Promise<UnfinishedFile> {
    await makeFolder(dirname(this.path));
    return super.create(options);
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** What a folder is, without changing anything. */
async function inspectFolder(path: string): Promise<PlaceFacts> {
  const facts: PlaceFacts = {
    exists: false,
    isMountPoint: false,
    writable: false,
    capacityBytes: null,
    freeBytes: null,
    repositoryId: null,
    problem: null,
  };
  const info = await withTimeLimit(path, stat(path)).catch((error: unknown) => {
    if (error instanceof FileError) facts.problem = error.message;
    return undefined;
  });
  if (facts.problem !== null) return facts;
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

async function space(path: string): Promise<SpaceFacts> {
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

async function readMarker(root: string): Promise<RepositoryMarker | undefined> {
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

// What an unfinished write leaves: `x.rvb.partial`, and `x.rvb.index.partial` beside it.
const leftover = /\.rvb(\.[a-z]+)?\.partial$/;

/** Backup files and leftovers below the root; links are never followed, so nothing outside the root is touched. */
async function listBackupFiles(root: string, signal?: AbortSignal): Promise<FoundFile[]> {
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
