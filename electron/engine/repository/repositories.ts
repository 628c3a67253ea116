import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { backupFileName, machineFolderName, safePathName } from '../../../shared/domain/names.ts';
import type { Keys } from '../backup-file/index.ts';
import type { KeyStore } from '../credentials/key-store.ts';
import type { Commits, UnitOfWork } from '../database/unit-of-work.ts';
import type { Clock } from '../faults/clock.ts';
import type { FilePlace } from '../files/file-place.ts';
import type { Changes } from '../sessions/changes.ts';
import { OperationError } from '../errors.ts';
import type { BackupStore, PointRecord } from './backup-store.ts';
import type { PlaceFacts, PlaceSettings, RepositoryKind, RepositoryStorage } from './kinds/kind.ts';
import { type RepositoryKinds, repositoryKinds } from './kinds/repository-kinds.ts';
import { RepositoryContents } from './repository-contents.ts';
import type { RepositoryInput, RepositoryRecord, RepositoryStore, RepositoryUsage } from './repository-store.ts';

export type { RepositoryInput, RepositoryRecord };

/** Keep this much of a repository's file system free: a full one cannot even merge. */
const reserveBytes = 64 * 2 ** 20;

/** How often the configured repositories are looked at. */
const watchEveryMs = 60_000;

/** A refusal that belongs to the place that was entered. */
const inPlace = { kind: 'invalid', field: 'settings.place.path' } as const;

/** The configured repositories: adding, checking, finding places in them. What is inside is {@link RepositoryContents}. */
export class Repositories {
  readonly contents: RepositoryContents;
  readonly #commits: Commits;
  readonly #store: RepositoryStore;
  readonly #keys: KeyStore;
  readonly #changes: Changes;
  readonly #clock: Clock;
  readonly #kinds: RepositoryKinds;
  readonly #scratchDir: string;
  readonly #open = new Map<string, { place: PlaceSettings; storage: RepositoryStorage }>();
  readonly #looks = new Set<string>();
  #stopWatching: () => void = () => {};
  #closed = false;

  constructor(parts: {
    commits: Commits;
    store: RepositoryStore;
    backups: BackupStore;
    /** Which job a file may belong to. */
    isConfigured: (jobId: string) => boolean;
    keys: KeyStore;
    changes: Changes;
    clock: Clock;
    /** A folder of this host for what needs one while a backup file is written elsewhere. */
    scratchDir: string;
    kinds?: RepositoryKinds | undefined;
  }) {
    this.#commits = parts.commits;
    this.#store = parts.store;
    this.#keys = parts.keys;
    this.#changes = parts.changes;
    this.#clock = parts.clock;
    this.#kinds = parts.kinds ?? repositoryKinds;
    this.#scratchDir = parts.scratchDir;
    this.contents = new RepositoryContents(this, parts);
  }

  list(): RepositoryRecord[] {
    return this.#store.list();
  }

  usage(id: string): RepositoryUsage {
    return this.#store.usage(id);
  }

  find(id: string): RepositoryRecord | undefined {
    return this.list().find((repository) => repository.id === id);
  }

  get(id: string): RepositoryRecord {
    const repository = this.find(id);
    if (!repository) throw new OperationError('This repository is not configured.', 'Choose another, or add it again.');
    return repository;
  }

  /** What is at a place, and what is wrong with it; nothing is changed. */
  async inspect(place: PlaceSettings): Promise<PlaceFacts> {
    const kind = this.#kindOf(place);
    return kind.inspect(kind.check(place));
  }

  /** Makes a place a repository, or takes one over with everything that is in it. */
  async add(input: RepositoryInput, create: boolean): Promise<{ id: string; existed: boolean }> {
    const kind = this.#kindOf(input.place);
    const place = kind.check(input.place);
    const path = kind.locationOf(place);
    this.#refuseDuplicates(input.name, place, undefined);
    const { repositoryId } = await kind.inspect(place);
    const other = repositoryId === null ? undefined : this.find(repositoryId);
    if (other) {
      throw new OperationError(
        `${path} is a copy of the repository “${other.name}” (${other.id}).`,
        'A repository can be configured once. Remove the other entry first.',
        inPlace,
      );
    }
    const id = await kind.claim(place, randomUUID(), { create });
    const now = this.#clock.now();
    await this.#commits.durably((work) => this.#store.insert(work, id, { ...input, place, path }, now));
    await this.refresh(id);
    return { id, existed: repositoryId !== null };
  }

  /** `also` happens in the same unit of work, before. */
  async update(id: string, input: RepositoryInput, also: (work: UnitOfWork) => void): Promise<void> {
    const old = this.get(id);
    const kind = this.#kindOf(input.place);
    const place = kind.check(input.place);
    this.#refuseDuplicates(input.name, place, id);
    // A moved repository may be pointed to at its new place, but never to another repository.
    await kind.open(place, { scratchDir: this.#scratchDir }).require(old.id);
    const configured = { ...input, place, path: kind.locationOf(place) };
    await this.#commits.durably((work) => {
      also(work);
      this.#store.update(work, id, configured);
    });
    await this.refresh(id);
  }

  /** Removes the entry and what the database knows of its contents. Files stay. */
  remove(id: string): void {
    this.#commits.later((work) => this.#store.remove(work, id));
    this.#open.delete(id);
    this.#changes.publish('repositories', 'backups');
  }

  #kindOf(place: PlaceSettings): RepositoryKind<PlaceSettings> {
    const kind = Object.hasOwn(this.#kinds, place.kind) ? this.#kinds[place.kind] : undefined;
    if (kind) return kind;
    throw new OperationError(
      `There is no kind of repository called “${place.kind}”.`,
      `Known here: ${Object.keys(this.#kinds).join(', ')}.`,
      { kind: 'invalid', field: 'settings.place.kind' },
    );
  }

  #refuseDuplicates(name: string, place: PlaceSettings, except: string | undefined): void {
    const kind = this.#kindOf(place);
    for (const other of this.list()) {
      if (other.id === except) continue;
      if (other.name.toLowerCase() === name.toLowerCase()) {
        throw new OperationError(`There is already a repository named “${other.name}”.`, 'Choose another name.', {
          kind: 'invalid',
          field: 'settings.name',
        });
      }
      if (other.place.kind === place.kind && kind.overlaps(place, other.place)) {
        throw new OperationError(
          `${kind.locationOf(place)} overlaps the repository “${other.name}” (${other.path}).`,
          'Repositories may not stand inside each other.',
          inPlace,
        );
      }
    }
  }

  /** A configured repository, to work in. */
  storage(id: string): RepositoryStorage {
    const { place } = this.get(id);
    const known = this.#open.get(id);
    if (known && isDeepStrictEqual(known.place, place)) return known.storage;
    const storage = this.#kindOf(place).open(place, { scratchDir: this.#scratchDir });
    this.#open.set(id, { place, storage });
    return storage;
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
      await this.storage(id).require(id);
    } catch (error) {
      stateText = messageOf(error);
    }
    const space =
      stateText === null ? await this.storage(id).space() : { capacityBytes: null, freeBytes: repository.freeBytes };
    // The look may have taken long: meanwhile it may have been removed or changed, and the engine closed.
    const known = this.#closed ? undefined : this.find(id);
    if (!known) return repository;
    const state = stateText === null ? 'available' : 'unavailable';
    const facts = { state, stateText, capacityBytes: space.capacityBytes ?? known.capacityBytes } as const;
    const now = { ...known, ...facts, freeBytes: space.freeBytes };
    if (isDeepStrictEqual(now, known)) return known;
    // The next look, at the latest at the next start, finds the same again.
    this.#commits.lazily((work) => this.#store.setCondition(work, id, now));
    this.#changes.publish('repositories');
    // What can be restored now has changed with it.
    if (state !== known.state) this.#changes.publish('backups');
    return now;
  }

  async requireAvailable(id: string): Promise<RepositoryRecord> {
    const repository = this.get(id);
    await this.storage(id).require(id);
    return repository;
  }

  /** Refuses before anything is written when the repository is not there or clearly too full. */
  async requireWritable(id: string, neededBytes = 0): Promise<void> {
    const repository = await this.requireAvailable(id);
    const { freeBytes } = await this.storage(id).space();
    if (freeBytes !== null && freeBytes < neededBytes + reserveBytes) {
      throw new OperationError(
        `The repository “${repository.name}” has ${freeBytes} bytes free; ${neededBytes + reserveBytes} are needed.`,
        'Free space there, lower the retention, or choose another repository.',
      );
    }
  }

  /** Where a file of a repository is; a path that would lead out of it is an error, whatever a medium says. */
  place(id: string, path: string): FilePlace {
    return this.storage(id).place(path);
  }

  /** Where a machine's files of a job belong, relative to the root. */
  machineFolder(_id: string, jobName: string, machine: { id: string; name: string }): string {
    return `${safePathName(jobName)}/${machineFolderName(machine.name, machine.id)}`;
  }

  /** A path for a new backup file that nothing has yet. Relative to the root. */
  async newFilePath(
    id: string,
    folder: string,
    machineName: string,
    createdAt: number,
    kind: 'full' | 'increment',
  ): Promise<string> {
    const name = backupFileName(machineName, new Date(createdAt).toISOString(), kind === 'full' ? 'full' : 'incr');
    for (let attempt = 1; ; attempt += 1) {
      const path = `${folder}/${attempt === 1 ? name : name.replace(/\.rvb$/, `-${attempt}.rvb`)}`;
      if (!(await this.place(id, path).exists())) return path;
    }
  }

  keysFor(id: string, more: string[] = []): Keys {
    return { passphrases: this.#keys.passphrases([...new Set([...(this.find(id)?.keyIds ?? []), ...more])]) };
  }

  /** A key a job writes with is one the repository must be read with. */
  rememberKey(id: string, keyId: string): void {
    const repository = this.get(id);
    if (repository.keyIds.includes(keyId)) return;
    this.#commits.later((work) => this.#store.setKeys(work, id, [...repository.keyIds, keyId]));
  }

  registerImported(id: string, paths: string[]): Promise<PointRecord[]> {
    return this.contents.register(id, paths, { imported: true });
  }
}
