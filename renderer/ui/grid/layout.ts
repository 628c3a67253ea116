import type { GridColumn, SortChoice } from './columns.ts';

/** How someone arranged a grid. Column names that no longer exist are dropped, new columns take their own place. */
export interface GridLayout {
  order: string[];
  /** Column -> shown; columns not named are as their definition says. */
  shown: Record<string, boolean>;
  widthsPx: Record<string, number>;
  sort: SortChoice | null;
}

export const minColumnPx = 40;
const maxColumnPx = 1200;

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function entries<V>(value: unknown, keep: (item: unknown) => item is V): Record<string, V> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, V] => keep(pair[1])));
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A kept layout brought into agreement with the columns that there are; anything unreadable is the default. */
export function reconcileLayout<T>(kept: unknown, columns: readonly GridColumn<T>[]): GridLayout {
  const raw = entries(kept, (value): value is unknown => value !== undefined);
  const known = new Set(columns.map((column) => column.id));
  const order = strings(raw['order']).filter((id, at, all) => known.has(id) && all.indexOf(id) === at);
  for (const [at, column] of columns.entries()) {
    if (order.includes(column.id)) continue;
    // A column that came with a newer version stands after the one it follows in the definition.
    const before = columns.slice(0, at).findLast((other) => order.includes(other.id));
    order.splice(before === undefined ? 0 : order.indexOf(before.id) + 1, 0, column.id);
  }
  const shown = entries(raw['shown'], isBoolean);
  const widths = entries(raw['widthsPx'], isNumber);
  const sort = entries(raw['sort'], (value): value is string => typeof value === 'string');
  const sortable = columns.some((column) => column.id === sort['by'] && column.sortable !== false);
  return {
    order,
    shown: Object.fromEntries(
      columns.map((column) => [column.id, shown[column.id] ?? column.hidden !== true] as const),
    ),
    widthsPx: Object.fromEntries(
      Object.entries(widths)
        .filter(([id]) => known.has(id))
        .map(([id, width]) => [id, Math.max(minColumnPx, Math.min(maxColumnPx, Math.round(width)))]),
    ),
    sort:
      sort['by'] !== undefined && sortable
        ? { by: sort['by'], direction: sort['direction'] === 'desc' ? 'desc' : 'asc' }
        : null,
  };
}

/** The order with one column moved by `delta` places among those that are shown. */
export function moveColumn(layout: GridLayout, id: string, delta: number): string[] {
  const visible = layout.order.filter((other) => layout.shown[other] === true);
  const at = visible.indexOf(id);
  const target = visible[Math.max(0, Math.min(visible.length - 1, at + delta))];
  return target === undefined || at < 0 ? layout.order : placeColumn(layout.order, id, target, delta > 0);
}

/** The order with one column put before or after another. */
export function placeColumn(order: readonly string[], id: string, target: string, after: boolean): string[] {
  if (id === target) return [...order];
  const rest = order.filter((other) => other !== id);
  const at = rest.indexOf(target);
  if (at < 0) return [...order];
  rest.splice(after ? at + 1 : at, 0, id);
  return rest;
}

const prefix = 'reelvault.grid.';

export function loadLayout<T>(key: string, columns: readonly GridColumn<T>[]): GridLayout {
  try {
    return reconcileLayout(JSON.parse(localStorage.getItem(prefix + key) ?? 'null'), columns);
  } catch {
    return reconcileLayout(null, columns);
  }
}

export function saveLayout(key: string, layout: GridLayout): void {
  try {
    localStorage.setItem(prefix + key, JSON.stringify(layout));
  } catch {
    // A full or forbidden storage costs the memory of a layout and nothing else.
  }
}
