import type { SQLInputValue } from 'node:sqlite';
import type { Database } from './database.ts';

/** How a list is asked for; the contract's list query is one of these. */
export interface PageRequest {
  offset: number;
  limit: number;
  sort?: { by: string; direction: 'asc' | 'desc' } | undefined;
  search?: string | undefined;
  filters?: Record<string, string[]> | undefined;
}

export interface PageResult<T> {
  rows: T[];
  total: number;
}

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

export function unknownColumn(name: string, columns: readonly string[]): RangeError {
  return new RangeError(`There is no column “${name}” to sort or filter by. Columns: ${columns.join(', ')}.`);
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

/** The same paging over rows that are already in memory (few of them: tens, hundreds). */
export function pageOf<T extends object>(rows: T[], request: PageRequest, searched: (keyof T)[]): PageResult<T> {
  const needle = request.search?.toLowerCase();
  const filters = Object.entries(request.filters ?? {}).filter(([, accepted]) => accepted.length > 0);
  const value = (row: T, name: string): unknown => (row as Record<string, unknown>)[name];
  let kept = rows.filter(
    (row) =>
      (!needle ||
        searched.some((name) =>
          String(row[name] ?? '')
            .toLowerCase()
            .includes(needle),
        )) &&
      filters.every(([name, accepted]) => accepted.includes(String(value(row, name)))),
  );
  const { sort } = request;
  if (sort) {
    const sign = sort.direction === 'desc' ? -1 : 1;
    kept = [...kept].sort((a, b) => sign * compareValues(value(a, sort.by), value(b, sort.by)));
  }
  return { rows: kept.slice(request.offset, request.offset + request.limit), total: kept.length };
}

// Made once: a collator per comparison costs more than the comparison.
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function compareValues(a: unknown, b: unknown): number {
  if (a == null || b == null) return a == null ? (b == null ? 0 : -1) : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}
