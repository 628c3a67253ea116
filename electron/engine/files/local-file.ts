import { type FileHandle, rm } from 'node:fs/promises';
import {
  createTemporaryClone,
  createTemporaryFile,
  isThere,
  partialSuffix,
  publishFile,
  refuseExisting,
  removeFile,
  replaceFile,
} from './durable-file.ts';
import { asFileError, FileError } from './file-error.ts';
import type {
  ChangeableFile,
  CreateOptions,
  FilePlace,
  PlaceAbilities,
  ReadableFile,
  UnfinishedFile,
} from './file-place.ts';
import { openRegularFile, readSmallFile } from './regular-file.ts';

/** Ranges of verified slices: even a tape of a million slices, every second one missing, needs no more. */
const mostProgressBytes = 64 * 2 ** 20;

const everything: PlaceAbilities = { append: true, replace: true, resume: true };

/** A place on this host: a path. Unfinished files stand beside it, as `<path>.partial`. */
export class LocalPlace implements FilePlace {
  readonly path: string;
  readonly can = everything;

  constructor(path: string) {
    this.path = path;
  }

  get name(): string {
    return this.path;
  }

  exists(): Promise<boolean> {
    return isThere(this.path);
  }

  async open(): Promise<ReadableFile> {
    return LocalFile.of(this.path, await openRegularFile(this.path));
  }

  async openToAppend(): Promise<ChangeableFile> {
    return LocalFile.of(this.path, await openRegularFile(this.path, 'r+'));
  }

  async create(options: CreateOptions): Promise<UnfinishedFile> {
    const { area, replace = false, cloneOf, resume = false } = options;
    if (!replace) await refuseExisting(this.path);
    const temporaryPath = this.#temporaryPath;
    const left = resume ? await openIfThere(temporaryPath) : undefined;
    const original = cloneOf instanceof LocalPlace ? cloneOf.path : undefined;
    const clone =
      left === undefined && original !== undefined ? await createTemporaryClone(temporaryPath, original) : undefined;
    const handle = left ?? clone ?? (await createTemporaryFile(temporaryPath));
    return new UnfinishedLocalFile(temporaryPath, handle, {
      area,
      publishAs: { path: this.path, replace },
      isClone: clone !== undefined,
    });
  }

  hasUnfinished(): Promise<boolean> {
    return isThere(this.#temporaryPath);
  }

  readProgress(): Promise<string | undefined> {
    return readSmallFile(this.#progressPath, mostProgressBytes);
  }

  writeProgress(text: string): Promise<void> {
    return replaceFile(this.#progressPath, text, 'restore.progress');
  }

  async removeUnfinished(): Promise<void> {
    await rm(this.#progressPath, { force: true });
    await rm(this.#temporaryPath, { force: true });
  }

  get #temporaryPath(): string {
    return `${this.path}${partialSuffix}`;
  }

  get #progressPath(): string {
    return `${this.path}${partialSuffix}.progress`;
  }

  remove(step: string): Promise<void> {
    return removeFile(step, this.path);
  }

  scratchPath(purpose: string): string {
    return `${this.path}.${purpose}${partialSuffix}`;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await openRegularFile(path, 'r+');
  } catch (error) {
    if (error instanceof FileError && error.code === 'missing') return undefined;
    throw error;
  }
}

class LocalFile implements ChangeableFile {
  readonly name: string;
  readonly sizeBytes: number;
  protected readonly handle: FileHandle;
  #closed = false;

  constructor(name: string, handle: FileHandle, sizeBytes: number) {
    this.name = name;
    this.handle = handle;
    this.sizeBytes = sizeBytes;
  }

  static async of(name: string, handle: FileHandle): Promise<LocalFile> {
    try {
      return new LocalFile(name, handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw asFileError(error, name, 'Examining');
    }
  }

  get descriptor(): number {
    return this.handle.fd;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    let done = 0;
    try {
      while (done < buffer.length) {
        const { bytesRead } = await this.handle.read(buffer, done, buffer.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (error) {
      throw asFileError(error, this.name, 'Reading');
    }
    return done;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw asFileError(error, this.name, 'Writing');
    }
  }

  async flush(what: 'all' | 'data' = 'all'): Promise<void> {
    try {
      await (what === 'data' ? this.handle.datasync() : this.handle.sync());
    } catch (error) {
      throw asFileError(error, this.name, 'Flushing');
    }
  }

  async truncate(sizeBytes: number): Promise<void> {
    try {
      await this.handle.truncate(sizeBytes);
    } catch (error) {
      throw asFileError(error, this.name, 'Truncating');
    }
  }

  async currentSizeBytes(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.handle.close();
  }
}

class UnfinishedLocalFile extends LocalFile implements UnfinishedFile {
  readonly isClone: boolean;
  readonly #area: string;
  readonly #publishAs: { path: string; replace: boolean } | undefined;
  #published = false;

  constructor(
    path: string,
    handle: FileHandle,
    options: { area: string; isClone: boolean; publishAs?: { path: string; replace: boolean } },
  ) {
    super(path, handle, 0);
    this.#area = options.area;
    this.#publishAs = options.publishAs;
    this.isClone = options.isClone;
  }

  async publish(): Promise<number> {
    if (!this.#publishAs) throw new TypeError(`${this.name} is not to be published.`);
    const { path, replace } = this.#publishAs;
    const sizeBytes = await this.currentSizeBytes();
    await this.close();
    await publishFile(this.#area, this.name, path, replace);
    this.#published = true;
    return sizeBytes;
  }

  async abandon(): Promise<void> {
    await this.close().catch(() => undefined);
    if (!this.#published) await rm(this.name, { force: true });
  }
}

/** A file for the time of one piece of work, under exactly this path; `abandon` is its end. */
export async function createScratchFile(path: string): Promise<UnfinishedFile> {
  return new UnfinishedLocalFile(path, await createTemporaryFile(path), { area: 'scratch', isClone: false });
}
