import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { backupFileName, machineFolderName, safePathName } from '../../../shared/domain/names.ts';
import type { Keys } from '../backup-file/index.ts';
import type { KeyStore } from '../credentials/key-store.ts';
import type { Database } from '../database/database.ts';
import type { Clock } from '../faults/clock.ts';
import type { FilePlace } from '../files/file-place.ts';
import { LocalPlace } from '../files/local-file.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Changes } from '../sessions/changes.ts';
import { OperationError } from '../errors.ts';
import type { BackupStore, PointRecord } from './backup-store.ts';
import { claimFolder, freeSpace, insideRoot, inspectFolder, readMarker, requireRepository } from './directory.ts';
import { RepositoryContents } from './repository-contents.ts';

export interface RepositoryInput {
  name: string;
  description: string;
  path: string;
  requireMount: boolean;
  keyIds: string[];
}

export interface RepositoryRecord extends RepositoryInput {
  id: string;
  state: 'available' | 'unavailable';
  stateText: string | null;
  capacityBytes: number | null;
  freeBytes: number | null;
}

interface RepositorySql {
  id: string;
  name: string;
  description: string;
  path: string;
  require_mount: number;
  key_ids_json: string;
  state: 'available' | 'unavailable';
  state_text: string | null;
  capacity_bytes: number | null;
  free_bytes: number | null;
}

/** Keep this much of a repository's file system free: a full one cannot even merge. */
const reserveBytes = 64 * 2 ** 20;

/** How often the configured repositories are looked at. */
const watchEveryMs = 60_000;

/** A refusal that belongs to the folder that was entered. */
const inPath = { kind: 'invalid', field: 'settings.path' } as const;

/** The configured repositories: adding, checking, finding places in them. What is inside is {@link RepositoryContents}. */
export class Repositories {
  readonly contents: RepositoryContents;
  readonly #database: Database;
  readonly #backups: BackupStore;
  readonly #keys: KeyStore;
  readonly #changes: Changes;
  readonly #clock: Clock;
  readonly #looks = new Set<string>();
  #stopWatching: () => void = () => {};
  #closed = false;

  constructor(parts: { database: Database; backups: BackupStore; keys: KeyStore; changes: Changes; clock: Clock }) {
    this.#database = parts.database;
    this.#backups = parts.backups;
    this.#keys = parts.keys;
    this.#changes = parts.changes;
    this.#clock = parts.clock;
    this.contents = new RepositoryContents(this, parts.database, parts.backups);
  }

  list(): RepositoryRecord[] {
    return this.#database.all<RepositorySql>('SELECT * FROM repositories ORDER BY name COLLATE NOCASE').map((row) => ({
      id: row.id,
      name: row.name,
      description: row.description,
      path: row.path,
      requireMount: row.require_mount === 1,
      keyIds: JSON.parse(row.key_ids_json) as string[],
      state: row.state,
      stateText: row.state_text,
      capacityBytes: row.capacity_bytes,
      freeBytes: row.free_bytes,
    }));
  }

  find(id: string): RepositoryRecord | undefined {
    return this.list().find((repository) => repository.id === id);
  }

  get(id: string): RepositoryRecord {
    const repository = this.find(id);
    if (!repository) throw new OperationError('This repository is not configured.', 'Choose another, or add it again.');
    return repository;
  }

  /** Makes a folder a repository, or takes one over with everything that is in it. */
  async add(input: RepositoryInput, createFolder: boolean): Promise<{ id: string; existed: boolean }> {
    const path = this.#checkedPath(input.path);
    this.#refuseDuplicates(input.name, path, undefined);
    const facts = await inspectFolder(path);
    if (facts.problem) throw new OperationError(facts.problem, 'Choose another folder.', inPath);
    if (!facts.exists && !createFolder) {
      throw new OperationError(`${path} does not exist.`, 'Create it, or allow Reelvault to.', inPath);
    }
    if (input.requireMount && !facts.isMountPoint) {
      throw new OperationError(`${path} is not a mount point.`, 'Mount it first, or do not require a mount.', {
        kind: 'invalid',
        field: 'settings.requireMount',
      });
    }
    const before = facts.exists ? await readMarker(path) : undefined;
    if (before && this.find(before.id)) {
      throw new OperationError(
        `${path} is a copy of the repository “${this.get(before.id).name}” (${before.id}).`,
        'A repository can be configured once. Remove the other entry first.',
        inPath,
      );
    }
    const marker = await claimFolder(path, randomUUID(), createFolder);
    await this.#database.durably(() =>
      this.#database.insert('repositories', {
        id: marker.id,
        name: input.name,
        description: input.description,
        kind: 'directory',
        path,
        require_mount: input.requireMount ? 1 : 0,
        key_ids_json: JSON.stringify(input.keyIds),
        created_at: this.#clock.now(),
        state: 'available',
      }),
    );
    await this.refresh(marker.id);
    return { id: marker.id, existed: before !== undefined };
  }

  async update(id: string, input: RepositoryInput): Promise<void> {
    const old = this.get(id);
    const path = this.#checkedPath(input.path);
    this.#refuseDuplicates(input.name, path, id);
    // A moved repository may be pointed to at its new place, but never to another repository.
    await requireRepository(path, old.id, input.requireMount);
    await this.#database.durably(() =>
      this.#database.update('repositories', id, {
        name: input.name,
        description: input.description,
        path,
        require_mount: input.requireMount ? 1 : 0,
        key_ids_json: JSON.stringify(input.keyIds),
      }),
    );
    await this.refresh(id);
  }

  /** Removes the entry and what the database knows of its contents. Files stay. */
  remove(id: string): void {
    this.#database.run('DELETE FROM repositories WHERE id = ?', id);
    this.#changes.publish('repositories', 'backups');
  }

  #checkedPath(path: string): string {
    if (!isAbsolute(path)) {
      throw new OperationError(`“${path}” is not an absolute path.`, 'Enter the whole path.', inPath);
    }
    return resolve(path);
  }

  #refuseDuplicates(name: string, path: string, except: string | undefined): void {
    for (const other of this.list()) {
      if (other.id === except) continue;
      if (other.name.toLowerCase() === name.toLowerCase()) {
        throw new OperationError(`There is already a repository named “${other.name}”.`, 'Choose another name.', {
          kind: 'invalid',
          field: 'settings.name',
        });
      }
      if (other.path === path || other.path.startsWith(`${path}/`) || path.startsWith(`${other.path}/`)) {
        throw new OperationError(
          `${path} overlaps the repository “${other.name}” (${other.path}).`,
          'Repositories may not stand inside each other.',
          inPath,
        );
      }
    }
  }

  /** Looks at all repositories from time to time: a mount that went away shows before a job or a restore needs it. */
  watch(): void {
    this.#stopWatching();
    this.#stopWatching = this.#clock.callAt(this.#clock.now() + watchEveryMs, () => {
      for (const { id } of this.list()) {
        // A file system that hangs keeps its own look hanging, and nobody else's.
        if (this.#looks.has(id)) continue;
        this.#looks.add(id);
        void this.refresh(id)
          .catch(() => undefined)
          .finally(() => this.#looks.delete(id));
      }
      this.watch();
    });
  }

  close(): void {
    this.#closed = true;
    this.#stopWatching();
  }

  /** Looks whether the repository is there and how full it is. */
  async refresh(id: string): Promise<RepositoryRecord> {
    const repository = this.get(id);
    let stateText: string | null = null;
    try {
      await requireRepository(repository.path, id, repository.requireMount);
    } catch (error) {
      stateText = messageOf(error);
    }
    const space =
      stateText === null ? await freeSpace(repository.path) : { capacityBytes: null, freeBytes: repository.freeBytes };
    // The look may have taken long: meanwhile it may have been removed or changed, and the engine closed.
    const known = this.#closed ? undefined : this.find(id);
    if (!known) return repository;
    const state = stateText === null ? 'available' : 'unavailable';
    const facts = { state, stateText, capacityBytes: space.capacityBytes ?? known.capacityBytes } as const;
    const now = { ...known, ...facts, freeBytes: space.freeBytes };
    if (isDeepStrictEqual(now, known)) return known;
    const row = { state, state_text: stateText, capacity_bytes: now.capacityBytes, free_bytes: now.freeBytes };
    // The next look, at the latest at the next start, finds the same again.
    this.#database.lazily(() => this.#database.update('repositories', id, row));
    this.#changes.publish('repositories');
    // What can be restored now has changed with it.
    if (state !== known.state) this.#changes.publish('backups');
    return now;
  }

  async requireAvailable(id: string): Promise<RepositoryRecord> {
    const repository = this.get(id);
    await requireRepository(repository.path, id, repository.requireMount);
    return repository;
  }

  /** Refuses before anything is written when the repository is not there or clearly too full. */
  async requireWritable(id: string, neededBytes = 0): Promise<void> {
    const repository = await this.requireAvailable(id);
    const { freeBytes } = await freeSpace(repository.path);
    if (freeBytes !== null && freeBytes < neededBytes + reserveBytes) {
      throw new OperationError(
        `The repository “${repository.name}” has ${freeBytes} bytes free; ${neededBytes + reserveBytes} are needed.`,
        'Free space there, lower the retention, or choose another repository.',
      );
    }
  }

  absolutePath(id: string, path: string): string {
    return insideRoot(this.get(id).path, path);
  }

  /** Where a file of a repository is; a path that would lead out of it is an error, whatever a medium says. */
  place(id: string, path: string): FilePlace {
    return new LocalPlace(this.absolutePath(id, path));
  }

  /** Where a machine's files of a job belong, relative to the root. */
  machineFolder(_id: string, jobName: string, machine: { id: string; name: string }): string {
    return `${safePathName(jobName)}/${machineFolderName(machine.name, machine.id)}`;
  }

  /** A path for a new backup file that nothing has yet; its folder is made. Relative to the root. */
  async newFilePath(
    id: string,
    folder: string,
    machineName: string,
    createdAt: number,
    kind: 'full' | 'increment',
  ): Promise<string> {
    const name = backupFileName(machineName, new Date(createdAt).toISOString(), kind === 'full' ? 'full' : 'incr');
    for (let attempt = 1; ; attempt += 1) {
      const path = join(folder, attempt === 1 ? name : name.replace(/\.rvb$/, `-${attempt}.rvb`));
      const absolute = this.absolutePath(id, path);
      if (await stat(absolute).catch(() => undefined)) continue;
      await makeFolder(dirname(absolute));
      await rm(`${absolute}.partial`, { force: true });
      return path;
    }
  }

  keysFor(id: string, more: string[] = []): Keys {
    return { passphrases: this.#keys.passphrases([...new Set([...(this.find(id)?.keyIds ?? []), ...more])]) };
  }

  /** A key a job writes with is one the repository must be read with. */
  rememberKey(id: string, keyId: string): void {
    const repository = this.get(id);
    if (repository.keyIds.includes(keyId)) return;
    this.#database.update('repositories', id, { key_ids_json: JSON.stringify([...repository.keyIds, keyId]) });
  }

  /** Everything a restore of this point reads, newest first, the full last. */
  chainPlaces(pointId: string): FilePlace[] {
    const point = this.#backups.point(pointId);
    if (!point) throw new OperationError('This restore point is not known any more.', 'Rescan its repository.');
    return this.contents.restorePath(point).map((file) => this.place(point.repositoryId, file.path));
  }

  registerImported(id: string, paths: string[]): Promise<PointRecord[]> {
    return this.contents.register(id, paths, { imported: true });
  }
}
