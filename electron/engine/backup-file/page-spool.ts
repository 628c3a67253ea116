import type { UnfinishedFile } from '../files/file-place.ts';
import { createScratchFile } from '../files/local-file.ts';
import { asBackupFileError } from './errors.ts';
import { readFully } from './stored-bytes.ts';

/** An index page's record that waits until all blocks are written. */
export interface SpooledPage {
  objectIndex: number;
  pageNumber: number;
  entryCount: number;
  /** Of the record's body. */
  storedBytes: number;
  plainBytes: number;
  checksum: bigint;
  counter: number;
}

interface SpooledRecord extends SpooledPage {
  position: number;
  /** Of the whole record. */
  length: number;
}

/**
 * Keeps the records of index pages until the end of a run, in memory while they are few and then in a file: the index of a
 * very large disk does not fit into memory. The records of an encrypted file are encrypted here, too.
 */
export class PageSpool {
  readonly #path: string;
  readonly #mostInMemoryBytes: number;
  readonly #records: SpooledRecord[] = [];
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

  /** The pages' facts with the lengths of their records, in the order they were added. */
  list(): readonly (SpooledPage & { length: number })[] {
    return this.#records;
  }

  async add(page: SpooledPage, record: Buffer): Promise<void> {
    this.#records.push({ ...page, position: this.#endPosition, length: record.length });
    const position = this.#endPosition;
    this.#endPosition += record.length;
    if (this.#memory && this.#endPosition <= this.#mostInMemoryBytes) {
      this.#memory.push(record);
      return;
    }
    if (this.#memory) await this.#moveToFile(this.#memory);
    await this.#append(position, record);
  }

  async read(index: number): Promise<Buffer> {
    const record = this.#records[index];
    if (!record) throw new RangeError(`There is no spooled page ${index}.`);
    const inMemory = this.#memory?.[index];
    if (inMemory) return inMemory;
    if (!this.#file) throw new Error('The spool is closed.');
    const bytes = Buffer.allocUnsafe(record.length);
    await readFully(this.#file, bytes, record.position, record.length);
    return bytes;
  }

  async #moveToFile(records: Buffer[]): Promise<void> {
    this.#memory = undefined;
    try {
      this.#file = await createScratchFile(this.#path);
    } catch (error) {
      throw asBackupFileError(error, this.#path, 'Creating');
    }
    for (const [index, record] of records.entries()) {
      await this.#append(this.#records[index]?.position ?? 0, record);
    }
  }

  async #append(position: number, record: Buffer): Promise<void> {
    try {
      await this.#file?.write(record, position);
    } catch (error) {
      throw asBackupFileError(error, this.#path, 'Writing');
    }
  }

  /** Forgets everything. */
  async close(): Promise<void> {
    this.#memory = undefined;
    const file = this.#file;
    this.#file = undefined;
    await file?.abandon();
  }
}
