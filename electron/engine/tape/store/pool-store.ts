import type { SQLInputValue } from 'node:sqlite';
import type { Database } from '../../database/database.ts';
import type { Surface, UnitOfWork } from '../../database/unit-of-work.ts';
import type { MediaSetRecord, PoolKind, PoolRecord, PoolRules } from './tape-records.ts';

interface PoolSql {
  id: string;
  name: string;
  description: string;
  kind: PoolKind;
  settings_json: string;
  created_at: number;
}

interface SetSql {
  id: string;
  pool_id: string;
  name: string;
  created_at: number;
  last_written_at: number | null;
  closed_at: number | null;
  closed_reason: string | null;
}

/** Sums over the tapes of a pool. */
export interface PoolTotals {
  poolId: string;
  mediaCount: number;
  onlineCount: number;
  usedBytes: number;
  freeBytes: number;
}

export type PoolStore = Surface<SqlPoolStore>;

/** Media pools and media sets. */
export class SqlPoolStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): PoolRecord[] {
    return this.#database
      .all<PoolSql>("SELECT * FROM pools ORDER BY kind = 'custom', created_at, name COLLATE NOCASE")
      .map(poolFromSql);
  }

  get(id: string): PoolRecord | undefined {
    const row = this.#database.get<PoolSql>('SELECT * FROM pools WHERE id = ?', id);
    return row && poolFromSql(row);
  }

  byName(name: string): PoolRecord | undefined {
    const row = this.#database.get<PoolSql>('SELECT * FROM pools WHERE name = ? COLLATE NOCASE', name);
    return row && poolFromSql(row);
  }

  save(work: UnitOfWork, pool: PoolRecord): void {
    this.#database.run(
      work,
      `INSERT INTO pools (id, name, description, kind, settings_json, created_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
         settings_json = excluded.settings_json`,
      pool.id,
      pool.name,
      pool.description,
      pool.kind,
      JSON.stringify(pool.rules ?? {}),
      pool.createdAt,
    );
  }

  /** Its sets go to another pool; its tapes must have gone before. */
  remove(work: UnitOfWork, id: string, setsToPoolId: string): void {
    this.#database.run(work, 'UPDATE media_sets SET pool_id = ? WHERE pool_id = ?', setsToPoolId, id);
    this.#database.run(work, 'UPDATE tape_points SET pool_id = ? WHERE pool_id = ?', setsToPoolId, id);
    this.#database.run(work, 'DELETE FROM pools WHERE id = ?', id);
  }

  /** Online: in a library whose id is among these. */
  totals(onlineLibraryIds: string[]): Map<string, PoolTotals> {
    const rows = this.#database.all<PoolTotals>(
      `SELECT pool_id AS poolId, count(*) AS mediaCount,
         sum(library_id IN (SELECT value FROM json_each(?))) AS onlineCount,
         min(total(used_bytes), ${Number.MAX_SAFE_INTEGER}.0) AS usedBytes,
         min(total(CASE WHEN full OR retired OR cleaning THEN 0
           ELSE max(0, coalesce(capacity_bytes, 0) - used_bytes) END), ${Number.MAX_SAFE_INTEGER}.0) AS freeBytes
       FROM media GROUP BY pool_id`,
      JSON.stringify(onlineLibraryIds),
    );
    return new Map(rows.map((row) => [row.poolId, { ...row, onlineCount: row.onlineCount ?? 0 }]));
  }

  /** Name of a job that writes to this pool. */
  jobUsing(poolId: string): string | null {
    const row = this.#database.get<{ name: string }>(
      `SELECT name FROM jobs
       WHERE ? IN (json_extract(settings_json, '$.fullPoolId'), json_extract(settings_json, '$.incrementPoolId'))`,
      poolId,
    );
    return row?.name ?? null;
  }

  set(id: string): MediaSetRecord | undefined {
    const row = this.#database.get<SetSql>('SELECT * FROM media_sets WHERE id = ?', id);
    return row && setFromSql(row);
  }

  sets(poolId: string): MediaSetRecord[] {
    return this.#database
      .all<SetSql>('SELECT * FROM media_sets WHERE pool_id = ? ORDER BY created_at, id', poolId)
      .map(setFromSql);
  }

  setsByIds(ids: ReadonlySet<string>): Map<string, MediaSetRecord> {
    const rows = this.#database.all<SetSql>(
      'SELECT * FROM media_sets WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify([...ids]),
    );
    return new Map(rows.map((row) => [row.id, setFromSql(row)]));
  }

  saveSet(work: UnitOfWork, set: MediaSetRecord): void {
    this.#database.run(
      work,
      `INSERT INTO media_sets (id, pool_id, name, created_at, last_written_at, closed_at, closed_reason)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET pool_id = excluded.pool_id, name = excluded.name,
         last_written_at = excluded.last_written_at, closed_at = excluded.closed_at,
         closed_reason = excluded.closed_reason`,
      set.id,
      set.poolId,
      set.name,
      set.createdAt,
      set.lastWrittenAt,
      set.closedAt,
      set.closedReason,
    );
  }

  updateSet(work: UnitOfWork, id: string, change: Partial<Omit<MediaSetRecord, 'id'>>): void {
    const columns: Record<string, SQLInputValue> = {};
    if (change.poolId !== undefined) columns.pool_id = change.poolId;
    if (change.lastWrittenAt !== undefined) columns.last_written_at = change.lastWrittenAt;
    if (change.closedAt !== undefined) columns.closed_at = change.closedAt;
    if (change.closedReason !== undefined) columns.closed_reason = change.closedReason;
    if (Object.keys(columns).length > 0) this.#database.update(work, 'media_sets', id, columns);
    if (change.poolId !== undefined) {
      this.#database.run(work, 'UPDATE tape_points SET pool_id = ? WHERE set_id = ?', change.poolId, id);
    }
  }

  /** Forgets sets that no tape and no restore point belongs to any more. */
  removeEmptySets(work: UnitOfWork): void {
    this.#database.run(
      work,
      `DELETE FROM media_sets WHERE id NOT IN (SELECT set_id FROM media WHERE set_id IS NOT NULL)
         AND id NOT IN (SELECT set_id FROM tape_points)`,
    );
  }
}

function poolFromSql(row: PoolSql): PoolRecord {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    kind: row.kind,
    rules: row.kind === 'custom' ? (JSON.parse(row.settings_json) as PoolRules) : null,
    createdAt: row.created_at,
  };
}

function setFromSql(row: SetSql): MediaSetRecord {
  return {
    id: row.id,
    poolId: row.pool_id,
    name: row.name,
    createdAt: row.created_at,
    lastWrittenAt: row.last_written_at,
    closedAt: row.closed_at,
    closedReason: row.closed_reason,
  };
}
