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

export function unknownColumn(name: string, columns: readonly string[]): RangeError {
  return new RangeError(`There is no column “${name}” to sort or filter by. Columns: ${columns.join(', ')}.`);
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
