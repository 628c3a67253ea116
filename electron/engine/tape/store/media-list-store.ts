import type { SQLInputValue } from 'node:sqlite';
import type { Database } from '../../database/database.ts';
import { queryPage } from '../../database/page-query.ts';
import type { PageRequest, PageResult } from '../../database/paging.ts';
import type { Surface } from '../../database/unit-of-work.ts';
import { mediumColumns, mediumFromSql, type MediumSql } from './media-store.ts';
import type { MediumRecord } from './tape-records.ts';

export interface MediaRequest extends PageRequest {
  poolId?: string | undefined;
  libraryId?: string | undefined;
  online?: boolean | undefined;
}

const columns: Record<string, string> = {
  barcode: 'm.barcode',
  name: 'm.name COLLATE NOCASE',
  poolId: 'm.pool_id',
  poolName: 'p.name COLLATE NOCASE',
  setName: 's.name COLLATE NOCASE',
  sequence: 'm.sequence',
  libraryId: 'm.library_id',
  elementAddress: 'm.element_address',
  capacityBytes: 'm.capacity_bytes',
  usedBytes: 'm.used_bytes',
  lastWrittenAt: 'm.last_written_at',
  writeProtected: 'm.write_protected',
  protectedByAdmin: 'm.protected_by_admin',
};

export type MediaListStore = Surface<SqlMediaListStore>;

/** Pages of tapes, by what is stored of them. */
export class SqlMediaListStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether a list can be sorted and filtered by this column here. */
  knows(column: string): boolean {
    return Object.hasOwn(columns, column);
  }

  /** Online: in one of these libraries. */
  page(request: MediaRequest, onlineLibraryIds: readonly string[]): PageResult<MediumRecord> {
    const page = queryPage<MediumSql>(
      this.#database,
      {
        from: 'media m JOIN pools p ON p.id = m.pool_id LEFT JOIN media_sets s ON s.id = m.set_id',
        select: mediumColumns,
        columns,
        searched: ['m.barcode', 'm.name', 'p.name', 's.name'],
        defaultSort: { by: 'barcode', direction: 'asc' },
        tieBreak: 'm.id',
        where: conditions(request, onlineLibraryIds),
      },
      request,
    );
    return { rows: page.rows.map(mediumFromSql), total: page.total };
  }
}

function conditions(
  request: MediaRequest,
  onlineLibraryIds: readonly string[],
): { sql: string; values: SQLInputValue[] }[] {
  const where: { sql: string; values: SQLInputValue[] }[] = [];
  if (request.poolId !== undefined) where.push({ sql: 'm.pool_id = ?', values: [request.poolId] });
  if (request.libraryId !== undefined) where.push({ sql: 'm.library_id = ?', values: [request.libraryId] });
  if (request.online !== undefined) {
    const held = 'coalesce(m.library_id IN (SELECT value FROM json_each(?)), 0)';
    where.push({ sql: `${held} = ${request.online ? 1 : 0}`, values: [JSON.stringify(onlineLibraryIds)] });
  }
  return where;
}
