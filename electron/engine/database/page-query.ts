import type { SQLInputValue } from 'node:sqlite';
import type { Database } from './database.ts';
import { type PageRequest, type PageResult, unknownColumn } from './paging.ts';

export interface PageSource {
  /** `table` or a join, after FROM. */
  from: string;
  /** Everything selected, after SELECT. */
  select: string;
  /** Public column name -> SQL expression; the only ones that may be sorted and filtered by. */
  columns: Record<string, string>;
  /** SQL expressions that the search text is looked for in. */
  searched: string[];
  defaultSort: { by: string; direction: 'asc' | 'desc' };
  /** A unique expression that makes the order total, so that pages never repeat or miss a row. */
  tieBreak: string;
  where?: { sql: string; values: SQLInputValue[] }[];
}

function columnOf(columns: Record<string, string>, name: string): string {
  const expression = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (!expression) throw unknownColumn(name, Object.keys(columns));
  return expression;
}

/** The WHERE clause of a list (empty where everything is wanted) and its values. */
export function conditionsOf(
  source: Pick<PageSource, 'columns' | 'searched' | 'where'>,
  request: Pick<PageRequest, 'search' | 'filters'>,
): { where: string; values: SQLInputValue[] } {
  const conditions = (source.where ?? []).map((part) => `(${part.sql})`);
  const values = (source.where ?? []).flatMap((part) => part.values);
  if (request.search) {
    const pattern = `%${request.search.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
    conditions.push(`(${source.searched.map((expression) => `${expression} LIKE ? ESCAPE '\\'`).join(' OR ')})`);
    values.push(...source.searched.map(() => pattern));
  }
  for (const [name, accepted] of Object.entries(request.filters ?? {})) {
    if (accepted.length === 0) continue;
    const marks = accepted.map(() => '?').join(', ');
    conditions.push(`CAST(${columnOf(source.columns, name)} AS TEXT) IN (${marks})`);
    values.push(...accepted);
  }
  return { where: conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '', values };
}

/** One page of a list, sorted, searched and filtered by SQLite. Unknown column names are refused, never interpolated. */
export function queryPage<T>(database: Database, source: PageSource, request: PageRequest): PageResult<T> {
  const { where, values } = conditionsOf(source, request);
  const sort = request.sort ?? source.defaultSort;
  const direction = sort.direction === 'desc' ? 'DESC' : 'ASC';
  const rows = database.all<T>(
    `SELECT ${source.select} FROM ${source.from}${where} ORDER BY ${columnOf(source.columns, sort.by)} ${direction}, ${source.tieBreak} LIMIT ? OFFSET ?`,
    ...values,
    request.limit,
    request.offset,
  );
  const total = database.get<{ n: number }>(`SELECT count(*) AS n FROM ${source.from}${where}`, ...values)?.n ?? 0;
  return { rows, total };
}
