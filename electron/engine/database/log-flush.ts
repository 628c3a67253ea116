import { close, fdatasync, openSync } from 'node:fs';
import { faultPoint } from '../faults/fault-points.ts';
import { DatabaseNotFlushed } from './database-errors.ts';

/** A disk that has not answered for so long is taken to have failed. */
const flushLimitMs = 120_000;

/**
 * Flushes the write-ahead log on another thread, one flush for all that wait. The log carries none of SQLite's locks (they
 * are on the database and its -shm), so that opening and closing it here takes none away.
 */
export class LogFlush {
  readonly #path: string;
  readonly #descriptor: number;
  #written = 0;
  #durable = 0;
  /** The flush under way, and up to where it goes; then the one that begins when it has ended. */
  #underWay: { upTo: number; done: Promise<void> } | undefined;
  #next: Promise<void> | undefined;
  #isClosing = false;
  #isClosed = false;
  /** Set by the first flush that failed, for good. */
  failure: DatabaseNotFlushed | undefined;

  /** The log must exist: any read in WAL mode makes it. It stays the same file until the last connection closes. */
  constructor(path: string) {
    this.#path = path;
    // Windows flushes only what is open for writing.
    this.#descriptor = openSync(path, 'r+');
  }

  /** Counts commits that nobody has flushed. */
  get position(): number {
    return this.#written;
  }

  /** Something was committed without a flush. */
  wrote(): void {
    this.#written += 1;
  }

  /** Resolves when everything committed up to a position is durable; throws {@link DatabaseNotFlushed}. */
  async flushed(upTo: number): Promise<void> {
    if (upTo <= this.#durable) return;
    if (this.failure) throw this.failure;
    if (this.#underWay && upTo <= this.#underWay.upTo) return this.#underWay.done;
    if (!this.#underWay) return this.#begin();
    this.#next ??= this.#underWay.done.then(() => this.#begin());
    return this.#next;
  }

  #begin(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('The database is closed.'));
    const upTo = this.#written;
    const done = this.#flush().then(
      () => {
        this.#durable = upTo;
        this.#ended();
      },
      (error: unknown) => {
        this.failure ??= new DatabaseNotFlushed(this.#path, error);
        this.#ended();
        throw this.failure;
      },
    );
    this.#underWay = { upTo, done };
    this.#next = undefined;
    return done;
  }

  #flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      faultPoint('database.log-flush', 'before', this.#path);
      const limit = setTimeout(() => reject(new Error(`no answer for ${flushLimitMs / 1000} seconds`)), flushLimitMs);
      fdatasync(this.#descriptor, (error) => {
        clearTimeout(limit);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #ended(): void {
    this.#underWay = undefined;
    if (this.#isClosing && !this.#next) this.#closeDescriptor();
  }

  /** Whoever waits already is still served: the file stays open until then, even if it has been removed. */
  close(): void {
    this.#isClosing = true;
    if (!this.#underWay) this.#closeDescriptor();
  }

  #closeDescriptor(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    close(this.#descriptor, () => {});
  }
}
