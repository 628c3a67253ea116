import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { durableStep, durableStepSync } from '../faults/fault-points.ts';
import { DatabaseDamaged } from './database-errors.ts';
import { type CheckpointLimits, LogCheckpoints } from './log-checkpoints.ts';
import { LogFlush } from './log-flush.ts';
import { migrations } from './migrations.ts';
import { type Commits, UnitOfWork } from './unit-of-work.ts';

const largestCheckedBytes = 64 * 2 ** 20;

/** SQLITE_CORRUPT and SQLITE_NOTADB, and what extends them. */
function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: number } | undefined)?.errcode;
  return typeof code === 'number' && [11, 26].includes(code & 0xff);
}

/** When a commit is durable: see {@link Commits}. */
type Durability = 'now' | 'later' | 'lazily';

/** What a read may not begin with. */
const writing = /^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b/i;

/**
 * One SQLite file: the engine's working copy of configuration, sessions and catalogue, with a write-ahead log. Commits
 * survive a killed process at once. A power loss they survive when they return (`synchronous=FULL`), or, for all kinds of
 * commit but `now`, once another thread has flushed the log. Whoever writes hands over the unit of work that is open.
 */
export class Database implements Commits {
  readonly #path: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Absent in memory, and where the file system knows no shared memory: there every commit is flushed as it is made. */
  readonly #log: LogFlush | undefined;
  readonly #checkpoints: LogCheckpoints | undefined;
  /** The unit of work that is open, and whether it has written something. */
  #open: { work: UnitOfWork; durability: Durability; begun: boolean } | undefined;
  /** What commits do by themselves now: flush (`FULL`) or leave that to others. */
  #synchronous: 'FULL' | 'NORMAL' = 'FULL';
  /** The last commit that is to be awaited. */
  #promised = 0;

  /** Throws {@link DatabaseDamaged} where the file is no whole database. */
  constructor(path: string, checkpointLimits?: CheckpointLimits) {
    this.#path = path;
    this.#connection = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5000 });
    try {
      const { journal_mode: mode } = this.#connection.prepare('PRAGMA journal_mode = WAL').get() as {
        journal_mode: string;
      };
      this.#connection.exec('PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;');
      this.#check(path);
      this.#migrate();
      if (mode === 'wal') {
        this.#log = new LogFlush(`${path}-wal`);
        this.#checkpoints = new LogCheckpoints(path, this.#connection, checkpointLimits);
      }
    } catch (error) {
      this.#connection.close();
      throw isDamage(error) ? new DatabaseDamaged(path, error) : error;
    }
  }

  /** Structure only, and only as long as it takes less than a second: a large database is checked where it is read. */
  #check(path: string): void {
    const size = this.get<{ bytes: number }>(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    );
    if (Number(size?.bytes ?? 0) > largestCheckedBytes) return;
    const [found] = this.#connection.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    if (found && found.quick_check !== 'ok') throw new DatabaseDamaged(path, found.quick_check);
  }

  #migrate(): void {
    const current = Number(this.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0);
    if (current > migrations.length) {
      throw new Error(
        `The database was written by a newer Reelvault (schema ${current}, this one knows ${migrations.length}). Use that version, or another data directory.`,
      );
    }
    for (let version = current; version < migrations.length; version += 1) {
      this.now((work) => {
        this.#begin(work);
        this.#connection.exec(migrations[version] ?? '');
        this.#connection.exec(`PRAGMA user_version = ${version + 1}`);
      });
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #reading(sql: string): StatementSync {
    if (!this.#statements.has(sql) && writing.test(sql)) throw new Error(`Not a read: ${sql}`);
    return this.#prepare(sql);
  }

  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#reading(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#reading(sql).all(...values) as T[];
  }

  iterate<T>(sql: string, ...values: SQLInputValue[]): IterableIterator<T> {
    return this.#reading(sql).iterate(...values) as IterableIterator<T>;
  }

  /** Returns the number of rows changed. */
  run(work: UnitOfWork, sql: string, ...values: SQLInputValue[]): number {
    this.#begin(work);
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** Inserts one row; column names are the keys, which are never user input. Returns its rowid. */
  insert(
    work: UnitOfWork,
    table: string,
    row: Record<string, SQLInputValue>,
    conflict: 'fail' | 'replace' | 'ignore' = 'fail',
  ): number {
    const columns = Object.keys(row);
    const verb = conflict === 'fail' ? 'INSERT' : `INSERT OR ${conflict.toUpperCase()}`;
    const sql = `${verb} INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    this.#begin(work);
    return Number(this.#prepare(sql).run(...Object.values(row)).lastInsertRowid);
  }

  /** Sets columns of the row with this id; returns whether there was one. */
  update(work: UnitOfWork, table: string, id: string, row: Record<string, SQLInputValue>): boolean {
    const sets = Object.keys(row).map((column) => `${column} = ?`);
    return this.run(work, `UPDATE ${table} SET ${sets.join(', ')} WHERE id = ?`, ...Object.values(row), id) > 0;
  }

  /** Before the first write of a unit: one that only reads costs nothing. */
  #begin(work: UnitOfWork): void {
    const open = this.#open;
    if (!UnitOfWork.is(work) || open?.work !== work) {
      throw new Error('This unit of work is over, or belongs to another database.');
    }
    if (open.begun) return;
    if (this.#log?.failure) throw this.#log.failure;
    const synchronous = open.durability === 'now' || !this.#log ? 'FULL' : 'NORMAL';
    if (this.#synchronous !== synchronous) {
      this.#connection.exec(`PRAGMA synchronous = ${synchronous}`);
      this.#synchronous = synchronous;
    }
    this.#prepare('BEGIN IMMEDIATE').run();
    open.begun = true;
  }

  #unit<T>(durability: Durability, act: (work: UnitOfWork) => T): T {
    if (this.#open) throw new Error('A unit of work is open: hand it on, do not open another inside.');
    const open = { work: new UnitOfWork(), durability, begun: false };
    this.#open = open;
    try {
      const result = act(open.work);
      if (isPromise(result)) throw new Error('A unit of work cannot wait: what comes after is outside of it.');
      if (open.begun) this.#commit(durability);
      return result;
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    } finally {
      this.#open = undefined;
    }
  }

  #commit(durability: Durability): void {
    const commit = (): void => void this.#prepare('COMMIT').run();
    if (durability === 'lazily') commit();
    else durableStepSync('database.commit', '', commit);
    if (durability !== 'now') this.#log?.wrote();
    if (durability === 'later') this.#promised = this.#log?.position ?? 0;
    this.#checkpoints?.committed();
  }

  now<T>(act: (work: UnitOfWork) => T): T {
    return this.#unit('now', act);
  }

  later<T>(act: (work: UnitOfWork) => T): T {
    return this.#unit('later', act);
  }

  lazily<T>(act: (work: UnitOfWork) => T): T {
    return this.#unit('lazily', act);
  }

  async durably<T>(act: (work: UnitOfWork) => T): Promise<T> {
    const result = this.later(act);
    await this.flushed();
    return result;
  }

  async flushed(): Promise<void> {
    const position = this.#promised;
    await durableStep('database.flush', '', () => this.#log?.flushed(position));
  }

  async answered<T>(act: () => T | Promise<T>): Promise<T> {
    const before = this.#promised;
    try {
      return await act();
    } finally {
      if (this.#promised > before) await this.flushed();
    }
  }

  /** Resolves when no other thread works on the file, or after `limitMs`: to be awaited before the last {@link close}. */
  async settled(limitMs: number): Promise<void> {
    await this.#checkpoints?.settled(limitMs);
  }

  /** The last connection brings the log into the database and removes it. */
  close(): void {
    this.#statements.clear();
    this.#checkpoints?.close();
    const failed = this.#log?.failure;
    // After a failed flush the log is left as it is: only a start reads it by its checksums, and takes what is whole.
    const guard = failed && new DatabaseSync(this.#path, { readOnly: true });
    guard?.prepare('SELECT count(*) FROM sqlite_schema').get();
    this.#connection.close();
    guard?.close();
    this.#log?.close();
  }
}

function isPromise(value: unknown): boolean {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
