import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, type StatementSync } from 'node:sqlite';
import { durableStepSync } from '../faults/fault-points.ts';
import { migrations } from './migrations.ts';

const largestCheckedBytes = 64 * 2 ** 20;

/** The file is damaged. Nothing is lost that cannot be read again: repositories and tapes describe themselves. */
export class DatabaseDamaged extends Error {
  override readonly name = 'DatabaseDamaged';
  constructor(path: string, cause: unknown) {
    const told = cause instanceof Error ? cause.message : String(cause);
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

/** One SQLite file: the engine's working copy of configuration, sessions and catalogue. WAL, `synchronous=FULL`. */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #isLazy = false;

  /** Throws {@link DatabaseDamaged} where the file is no whole database. */
  constructor(path: string) {
    this.#connection = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5000 });
    try {
      this.#connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;');
      this.#check(path);
      this.#migrate();
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

  /** Outside a transaction each statement is one of its own, durable when it returns. */
  #write(sql: string, values: SQLInputValue[]): StatementResultingChanges {
    const statement = this.#prepare(sql);
    if (this.#depth > 0 || this.#isLazy) return statement.run(...values);
    return durableStepSync('database.commit', '', () => statement.run(...values));
  }

  /**
   * Statements of `act` that would be transactions of their own survive a killed process at once, but a power loss only
   * with the next one that is not lazy: a flush stops the loop until the disk has taken everything before it.
   */
  lazily<T>(act: () => T): T {
    if (this.#depth > 0 || this.#isLazy) return act();
    this.#isLazy = true;
    this.#connection.exec('PRAGMA synchronous = NORMAL');
    try {
      return act();
    } finally {
      this.#connection.exec('PRAGMA synchronous = FULL');
      this.#isLazy = false;
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
    if (this.#isLazy) throw new Error('A transaction is never lazy.');
    this.#depth += 1;
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const result = act();
      durableStepSync('database.commit', '', () => this.#connection.exec('COMMIT'));
      return result;
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }
}
