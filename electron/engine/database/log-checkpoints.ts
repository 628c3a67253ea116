import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

export interface CheckpointLimits {
  /** The log is brought into the database by a worker once it holds so much that is not there. */
  workerBytes: number;
  /** A log this long is brought in by the connection that writes, which stops the loop: the worker did not keep up. */
  ownBytes: number;
}

const usualLimits: CheckpointLimits = { workerBytes: 4 * 2 ** 20, ownBytes: 64 * 2 ** 20 };

/** Keeps the write-ahead log short, as SQLite does by itself, but not on the thread that commits. */
export class LogCheckpoints {
  readonly #path: string;
  readonly #limits: CheckpointLimits;
  readonly #state: StatementSync;
  readonly #own: StatementSync;
  readonly #pageBytes: number;
  #underWay: { worker: Worker; ended: Promise<void> } | undefined;
  /** Pages of the log when a checkpoint was last asked for: where a reader keeps it, not every commit asks again. */
  #askedAt = 0;
  #ownAskedAt = 0;
  #isClosed = false;

  constructor(path: string, connection: DatabaseSync, limits: CheckpointLimits = usualLimits) {
    this.#path = path;
    this.#limits = limits;
    connection.exec('PRAGMA wal_autocheckpoint = 0');
    this.#pageBytes = Number((connection.prepare('PRAGMA page_size').get() as { page_size: number }).page_size);
    // NOOP only tells where the log stands; a SQLite that does not know it (before 3.51) makes a passive checkpoint.
    this.#state = connection.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#own = connection.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** To be called after each commit, outside of transactions. Never throws: what was committed stays so. */
  committed(): void {
    const state = read(this.#state);
    if (!state || this.#isClosed) return;
    const { log, checkpointed } = state;
    if (log < this.#askedAt) this.#askedAt = this.#ownAskedAt = 0;
    const each = this.#limits.workerBytes / this.#pageBytes;
    if (log * this.#pageBytes >= this.#limits.ownBytes && log - this.#ownAskedAt >= each) {
      this.#ownAskedAt = log;
      read(this.#own);
    } else if (!this.#underWay && log - Math.max(checkpointed, this.#askedAt) >= each) {
      this.#askedAt = log;
      this.#begin();
    }
  }

  #begin(): void {
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
      name: 'database-checkpoint',
      workerData: this.#path,
    });
    worker.unref();
    const ended = new Promise<void>((resolve) => {
      // One that fails costs nothing: the log keeps everything, and what is wrong with the disk, commits say too.
      worker.on('error', () => resolve());
      worker.on('exit', () => resolve());
    }).then(() => {
      this.#underWay = undefined;
    });
    this.#underWay = { worker, ended };
  }

  /** Resolves when no checkpoint is under way in a worker, at the latest after `limitMs`. */
  async settled(limitMs: number): Promise<void> {
    if (!this.#underWay) return;
    this.#underWay.worker.ref();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#underWay.ended, limit]);
    clearTimeout(timer);
  }

  close(): void {
    this.#isClosed = true;
  }
}

/** Pages in the log, and those of them that are in the database. Undefined where somebody reads at this moment. */
function read(pragma: StatementSync): { log: number; checkpointed: number } | undefined {
  try {
    return pragma.get() as { log: number; checkpointed: number };
  } catch {
    return undefined;
  }
}
