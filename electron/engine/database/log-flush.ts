import { close, fdatasync, openSync } from 'node:fs';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { faultPoint } from '../faults/fault-points.ts';

/** A disk that has not answered for so long is taken to have failed. */
const flushLimitMs = 120_000;

/**
 * What was committed is in the log file, and it could not be made durable. An operating system may drop what it failed to
 * write, and call the next flush of the same file a success: a second try would prove nothing.
 */
export class DatabaseNotFlushed extends Error {
  override readonly name = 'DatabaseNotFlushed';
  constructor(path: string, cause: unknown) {
    const told = messageOf(cause);
    super(
      `The disk did not take what was written to ${path} (${told}). Nothing more is written to the database: ` +
        'what was answered with this error may be lost. Look at the disk and its free space, then restart Reelvault.',
      { cause },
    );
  }
}

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
