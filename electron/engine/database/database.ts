import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, type StatementSync } from 'node:sqlite';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { durableStep, durableStepSync } from '../faults/fault-points.ts';
import { type CheckpointLimits, LogCheckpoints } from './log-checkpoints.ts';
import { LogFlush } from './log-flush.ts';
import { migrations } from './migrations.ts';

const largestCheckedBytes = 64 * 2 ** 20;

/** The file is damaged. Nothing is lost that cannot be read again: repositories and tapes describe themselves. */
export class DatabaseDamaged extends Error {
  override readonly name = 'DatabaseDamaged';
  constructor(path: string, cause: unknown) {
    const told = messageOf(cause);
    super(
      `The database ${path} is damaged (${told}). Put a copy of it back; or move it away together with the files ` +
        'beside it that begin with its name, start again, add the repositories and catalogue the tapes: every restore point comes back.',
      { cause },
    );
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, and what extends them. */
function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: number } | undefined)?.errcode;
  return typeof code === 'number' && [11, 26].includes(code & 0xff);
}

/**
 * When a commit is durable. `now`: when it returns, and the loop stands still until then. `later`: when somebody has
 * awaited {@link Database.flushed}. `sometime`: with whatever is flushed next.
 */
type Durability = 'now' | 'later' | 'sometime';

/**
 * One SQLite file: the engine's working copy of configuration, sessions and catalogue, with a write-ahead log. Commits
 * survive a killed process at once. A power loss they survive when they return (`synchronous=FULL`), unless they are
 * made in {@link durably}, {@link later} or {@link lazily}, which leave the flush to another thread.
 */
export class Database {
  readonly #path: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Absent in memory, and where the file system knows no shared memory: there every commit is flushed as it is made. */
  readonly #log: LogFlush | undefined;
  readonly #checkpoints: LogCheckpoints | undefined;
  #depth = 0;
  #durability: Durability = 'now';
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
      this.transaction(() => {
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

  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#prepare(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepare(sql).all(...values) as T[];
  }

  iterate<T>(sql: string, ...values: SQLInputValue[]): IterableIterator<T> {
    return this.#prepare(sql).iterate(...values) as IterableIterator<T>;
  }

  /** Returns the number of rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#write(sql, values).changes);
  }

  /** Outside a transaction each statement is one of its own. */
  #write(sql: string, values: SQLInputValue[]): StatementResultingChanges {
    const statement = this.#prepare(sql);
    if (this.#depth > 0) return statement.run(...values);
    return this.#commit(() => statement.run(...values));
  }

  #commit<T>(act: () => T): T {
    if (this.#log?.failure) throw this.#log.failure;
    const result = this.#durability === 'sometime' ? act() : durableStepSync('database.commit', '', act);
    if (this.#durability !== 'now') this.#log?.wrote();
    if (this.#durability === 'later') this.#promised = this.#log?.position ?? 0;
    this.#checkpoints?.committed();
    return result;
  }

  /** In a transaction that is open its own durability counts. */
  #with<T>(durability: Durability, act: () => T): T {
    if (this.#depth > 0 || !this.#log) return act();
    const before = this.#durability;
    if (before === durability) return act();
    this.#setDurability(durability);
    try {
      return act();
    } finally {
      this.#setDurability(before);
    }
  }

  #setDurability(durability: Durability): void {
    this.#durability = durability;
    this.#connection.exec(`PRAGMA synchronous = ${durability === 'now' ? 'FULL' : 'NORMAL'}`);
  }

  /**
   * Commits of `act` promise nothing: they survive a killed process at once, but a power loss only with whatever is
   * flushed after them. For what may be lost.
   */
  lazily<T>(act: () => T): T {
    return this.#with('sometime', act);
  }

  /**
   * Commits that `act` makes before it returns, or first waits, survive a power loss only when {@link flushed} was awaited
   * afterwards: until then nobody may be told of them, and nothing may be done that relies on them.
   */
  later<T>(act: () => T): T {
    return this.#with('later', act);
  }

  /**
   * Everything that was committed so far is durable, but what was committed lazily since. Throws DatabaseNotFlushed, for
   * good: nothing can be written after that.
   */
  async flushed(): Promise<void> {
    const position = this.#promised;
    await durableStep('database.flush', '', () => this.#log?.flushed(position));
  }

  /** One transaction that is durable when this resolves, without stopping the loop for it. */
  async durably<T>(act: () => T): Promise<T> {
    if (this.#depth > 0) throw new Error('A part of a transaction cannot be durable by itself.');
    const result = this.later(() => this.transaction(act));
    await this.flushed();
    return result;
  }

  /**
   * What `act` gives, or throws, once everything is durable that it committed before it returned or first waited, and
   * what was committed {@link later} meanwhile. Its other commits are durable at once, as ever.
   */
  async answered<T>(act: () => T | Promise<T>): Promise<T> {
    const before = this.#promised;
    try {
      return await this.later(act);
    } finally {
      if (this.#promised > before) await this.flushed();
    }
  }

  /** Inserts one row; column names are the keys, which are never user input. */
  insert(table: string, row: Record<string, SQLInputValue>, conflict: 'fail' | 'replace' | 'ignore' = 'fail'): number {
    const columns = Object.keys(row);
    const verb = conflict === 'fail' ? 'INSERT' : `INSERT OR ${conflict.toUpperCase()}`;
    const sql = `${verb} INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    return Number(this.#write(sql, Object.values(row)).lastInsertRowid);
  }

  /** Sets columns of the row with this id; returns whether there was one. */
  update(table: string, id: string, row: Record<string, SQLInputValue>): boolean {
    const sets = Object.keys(row).map((column) => `${column} = ?`);
    return this.run(`UPDATE ${table} SET ${sets.join(', ')} WHERE id = ?`, ...Object.values(row), id) > 0;
  }

  /** All or nothing. Nested calls join the outer transaction. */
  transaction<T>(act: () => T): T {
    if (this.#depth > 0) return act();
    return this.#commit(() => {
      this.#depth += 1;
      this.#connection.exec('BEGIN IMMEDIATE');
      try {
        const result = act();
        this.#connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
        throw error;
      } finally {
        this.#depth -= 1;
      }
    });
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
