import type { ByteSource } from './byte-source.ts';

/** An open file that can be read at any position, several reads at a time. Its size is that of the moment it was opened. */
export interface ReadableFile extends ByteSource {
  /** As people know it, in messages: a path, or whatever else says where it is. */
  readonly name: string;
  /** Of a file on this host: worker threads read and write it by this, past everything else here. */
  readonly descriptor: number | undefined;
}

/** An open file that takes bytes at any position, several writes at a time. */
export interface WritableFile extends ReadableFile {
  /** Writes all of the bytes. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /**
   * Makes what was written durable; `data` leaves out what is not needed to read it again. In a place where unfinished
   * files do not survive this may wait until `publish`.
   */
  flush(what?: 'all' | 'data'): Promise<void>;
}

/** A file that has its name, opened to be added to. */
export interface ChangeableFile extends WritableFile {
  /** Cuts off what stands behind this many bytes. */
  truncate(sizeBytes: number): Promise<void>;
  /** The size it has now. */
  currentSizeBytes(): Promise<number>;
}

/** A file that nobody sees until it is published. */
export interface UnfinishedFile extends WritableFile {
  /** Whether it began as the clone that was asked for. */
  readonly isClone: boolean;
  /**
   * Gives the flushed file its name, durably, and closes it; gives its size in bytes. Throws `exists` where the name was
   * taken meanwhile and must not be replaced; after any failure there is no such file, unless it replaced another.
   */
  publish(): Promise<number>;
  /** Closes it and removes everything written; safe after any failure, and after `publish`. */
  abandon(): Promise<void>;
}

export interface CreateOptions {
  /** Names the durable steps, for tests that stop there. */
  area: string;
  /** A file of that name is replaced in one step; its owner must not need it any more. Only where `can.replace`. */
  replace?: boolean;
  /** A file of the same repository to share extents with; ignored where that cannot be done. */
  cloneOf?: FilePlace | undefined;
  /** Goes on with what an earlier `create` left unpublished, if anything was; only where `can.resume`. */
  resume?: boolean;
}

/** What a place can do beyond reading, creating and deleting whole files. */
export interface PlaceAbilities {
  /** A file that has its name can be added to: what merging takes. */
  append: boolean;
  /** A file can take another's place in one step: what compacting takes. */
  replace: boolean;
  /** What was written of an unfinished file can be gone on with after a restart. */
  resume: boolean;
}

/**
 * Where a file is or will be: a name in a repository, or on this host. What is handed over instead of a path by whoever
 * does not care where files lie. Everything throws {@link FileError}.
 */
export interface FilePlace {
  /** As people know it, in messages. */
  readonly name: string;
  readonly can: PlaceAbilities;
  exists(): Promise<boolean>;
  open(): Promise<ReadableFile>;
  /** Only where `can.append`. */
  openToAppend(): Promise<ChangeableFile>;
  create(options: CreateOptions): Promise<UnfinishedFile>;
  /** Whether an earlier `create` left something to resume; never where not `can.resume`. */
  hasUnfinished(): Promise<boolean>;
  /** What was last noted of it by {@link writeProgress}. */
  readProgress(): Promise<string | undefined>;
  /** Notes durably how far an unfinished file is good, for whoever resumes it; does nothing where not `can.resume`. */
  writeProgress(text: string): Promise<void>;
  /** Removes an unfinished file and what was noted of it, if there is any. */
  removeUnfinished(): Promise<void>;
  /** Removes the file if it is there, durably; `step` names the durable step. */
  remove(step: string): Promise<void>;
  /** A path on this host that may hold what belongs to the file while it is written, up to some gigabytes. */
  scratchPath(purpose: string): string;
}
