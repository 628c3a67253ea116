import type { ListView } from './list-source.ts';

interface Column<T> {
  id: string;
  text: (row: T) => string;
}

function valueOf<T>(row: T, column: Column<T>): unknown {
  const value = typeof row === 'object' && row !== null ? (row as Record<string, unknown>)[column.id] : undefined;
  return typeof value === 'number' || typeof value === 'boolean' ? value : value === null ? null : column.text(row);
}

/** Nothing first, numbers by size, words as people read them (`Slot 2` before `Slot 10`). */
function compare(a: unknown, b: unknown): number {
  if (a == null || b == null) return a == null ? (b == null ? 0 : -1) : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true, sensitivity: 'base' });
}

/** Sorts, searches and filters rows as the engine does with its own. */
export function arrangeRows<T>(rows: readonly T[], columns: readonly Column<T>[], view: ListView): readonly T[] {
  const needle = view.search.trim().toLowerCase();
  const filters = Object.entries(view.filters).flatMap(([id, accepted]) => {
    const column = columns.find((other) => other.id === id);
    return column === undefined || accepted.length === 0 ? [] : [{ id, accepted }];
  });
  const kept = rows.filter(
    (row) =>
      (needle === '' || columns.some((column) => column.text(row).toLowerCase().includes(needle))) &&
      filters.every(({ id, accepted }) => accepted.includes(String((row as Record<string, unknown>)[id]))),
  );
  const sorted = columns.find((column) => column.id === view.sort?.by);
  if (sorted === undefined) return kept;
  const sign = view.sort?.direction === 'desc' ? -1 : 1;
  return kept.toSorted((a, b) => sign * compare(valueOf(a, sorted), valueOf(b, sorted)));
}
