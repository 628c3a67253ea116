import { randomBytes, randomUUID } from 'node:crypto';
import type { UnfinishedFile } from '../files/file-place.ts';
import { createScratchFile } from '../files/local-file.ts';
import { asBackupFileError } from './errors.ts';
import { createFileKey, open as unseal, seal, sealedRole, sealOverheadBytes } from './sealing.ts';
import { readFully } from './stored-file.ts';

/** A packed index page that waits until all blocks are written. */
export interface SpooledPage {
  objectIndex: number;
  pageNumber: number;
  entryCount: number;
  plainBytes: number;
  zstd: boolean;
}

interface SpoolRecord extends SpooledPage {
  position: number;
  length: number;
}

/**
 * Keeps index pages until the end of a run, in memory while they are few and then in a file: the index of a very large
 * disk does not fit into memory. The file is encrypted with a key that exists nowhere else, because the backup may be.
 */
export class PageSpool {
  readonly #path: string;
  readonly #mostInMemoryBytes: number;
  readonly #key = createFileKey(randomUUID(), randomBytes(32));
  readonly #records: SpoolRecord[] = [];
  #memory: Buffer[] | undefined = [];
  #endPosition = 0;
  #file: UnfinishedFile | undefined;

  /** `path` is used only once `mostInMemoryBytes` do not suffice. */
  constructor(path: string, mostInMemoryBytes = 8 * 1024 * 1024) {
    this.#path = path;
    this.#mostInMemoryBytes = mostInMemoryBytes;
  }

  get length(): number {
    return this.#records.length;
  }

  /** The pages' facts with their packed lengths, in the order they were added. */
  list(): readonly (SpooledPage & { length: number })[] {
    return this.#records;
  }

  async add(page: SpooledPage, packed: Buffer): Promise<void> {
    const position = this.#endPosition;
    this.#records.push({ ...page, position, length: packed.length });
    if (this.#memory && position + packed.length <= this.#mostInMemoryBytes) {
      this.#memory.push(packed);
      this.#endPosition += packed.length;
    } else {
      if (this.#memory) await this.#moveToFile(this.#memory);
      const record = this.#records.at(-1) as SpoolRecord;
      record.position = this.#endPosition;
      await this.#append(record.position, packed);
    }
  }

  async read(index: number): Promise<Buffer> {
    const record = this.#records[index];
    if (!record) throw new RangeError(`There is no spooled page ${index}.`);
    const inMemory = this.#memory?.[index];
    if (inMemory) return inMemory;
    if (!this.#file) throw new Error('The spool is closed.');
    const sealed = Buffer.allocUnsafe(record.length + sealOverheadBytes);
    await readFully(this.#file, sealed, record.position, sealed.length);
    return unseal(this.#key, sealedRole.page, record.position, sealed);
  }

  async #moveToFile(pages: Buffer[]): Promise<void> {
    this.#memory = undefined;
    this.#endPosition = 0;
    try {
      this.#file = await createScratchFile(this.#path);
    } catch (error) {
      throw asBackupFileError(error, this.#path, 'Creating');
    }
    for (const [index, page] of pages.entries()) {
      const record = this.#records[index] as SpoolRecord;
      record.position = this.#endPosition;
      await this.#append(record.position, page);
    }
  }

  async #append(position: number, packed: Buffer): Promise<void> {
    const sealed = seal(this.#key, 0, sealedRole.page, position, packed);
    try {
      await this.#file?.write(sealed, position);
    } catch (error) {
      throw asBackupFileError(error, this.#path, 'Writing');
    }
    this.#endPosition += sealed.length;
  }

  /** Forgets everything. */
  async close(): Promise<void> {
    this.#memory = undefined;
    const file = this.#file;
    this.#file = undefined;
    await file?.abandon();
  }
}
