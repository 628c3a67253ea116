import type { FilePlace, PlaceAbilities } from '../../files/file-place.ts';

/** How a repository is reached, as configured; what else there is depends on the kind. */
export interface PlaceSettings {
  readonly kind: string;
}

export interface SpaceFacts {
  /** Null where there is no such limit, or it cannot be asked. */
  capacityBytes: number | null;
  freeBytes: number | null;
}

/** What is at a place before anything is done to it. */
export interface PlaceFacts extends SpaceFacts {
  exists: boolean;
  isMountPoint: boolean;
  writable: boolean;
  /** It already is this repository. */
  repositoryId: string | null;
  /** Why it cannot become one, or cannot be told. */
  problem: string | null;
}

export interface FoundFile {
  /** Relative to the repository's root, with `/`. */
  path: string;
  sizeBytes: number;
  /** Left by a write that was not finished. */
  partial: boolean;
}

/** One kind of repository. Add a file like `directory.ts` for another, and a line in `repository-kinds.ts`. */
export interface RepositoryKind<Settings extends PlaceSettings> {
  /** What its repositories can do; whoever needs to know asks here, and nobody for the kind's name. */
  readonly can: PlaceAbilities;
  /** The settings in the form in which they are kept. Throws an {@link OperationError} that names the field to mend. */
  check(settings: Settings): Settings;
  /** Where the repository is, in words. Two configured repositories never have the same. */
  locationOf(settings: Settings): string;
  /** Whether one lies inside the other, so that both would hold the same files. */
  overlaps(settings: Settings, other: Settings): boolean;
  /** Looks without changing anything. Does not throw: what is wrong is a fact. */
  inspect(settings: Settings): Promise<PlaceFacts>;
  /**
   * Makes the place a repository, or takes over the one that is there. Gives the repository's id: `id` where it is new.
   * Throws an {@link OperationError} with the field.
   */
  claim(settings: Settings, id: string, options: { create: boolean }): Promise<string>;
  /** `scratchDir`: a folder of this host for what needs one while a file is written. */
  open(settings: Settings, options: { scratchDir: string }): RepositoryStorage;
}

/**
 * A repository as jobs see it: names of files, and what can be done with them. Paths are relative to its root, with `/`;
 * one that would lead out of it throws a RangeError, whatever a medium says. Everything else throws
 * {@link RepositoryUnavailable} or {@link FileError}.
 */
export interface RepositoryStorage {
  readonly can: PlaceAbilities;
  /** Refuses unless this really is the repository, and is there. */
  require(id: string): Promise<void>;
  /** Backup files, and what unfinished writes left; sorted by path. Nothing outside of the repository is followed. */
  list(signal?: AbortSignal): Promise<FoundFile[]>;
  space(): Promise<SpaceFacts>;
  place(path: string): FilePlace;
  /** Deletes a backup file if it is there, durably, and folders of it that hold nothing else any more. */
  delete(path: string): Promise<void>;
  /** Removes what {@link list} found to be left by an unfinished write. */
  removeLeftover(path: string): Promise<void>;
  /** Replaces a small text for people, whole. `step` names the durable steps. */
  writeNote(path: string, text: string, step: string): Promise<void>;
}
