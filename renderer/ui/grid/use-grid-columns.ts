import {
  columnOrderingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
  type Updater,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import type { GridColumn, SortChoice } from './columns.ts';
import { fitWidths } from './fit-widths.ts';
import { type GridLayout, loadLayout, minColumnPx, moveColumn, placeColumn, saveLayout } from './layout.ts';

const features = tableFeatures({
  columnSizingFeature,
  columnOrderingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
});

// Rows never pass through the table: the engine pages and sorts them, and only those on show are in the page.
const noRows: object[] = [];

function apply<S>(updater: Updater<S>, old: S): S {
  return typeof updater === 'function' ? (updater as (value: S) => S)(old) : updater;
}

export interface GridColumns<T> {
  layout: GridLayout;
  /** On show, in their order. */
  columns: readonly GridColumn<T>[];
  widthsPx: readonly number[];
  totalWidthPx: number;
  setWidth: (columnId: string, widthPx: number | null) => void;
  move: (columnId: string, delta: number) => void;
  place: (columnId: string, targetId: string, after: boolean) => void;
  setShown: (columnId: string, shown: boolean) => void;
  sortBy: (columnId: string, direction?: SortChoice['direction']) => void;
  reset: () => void;
}

/** A grid's columns: which, in which order, how wide, sorted by what; kept under `key` for the next time. */
export function useGridColumns<T>(
  key: string,
  definitions: readonly GridColumn<T>[],
  roomPx: number,
  onSort: (sort: SortChoice | null) => void,
): GridColumns<T> {
  const [layout, setLayout] = useState(() => loadLayout(key, definitions));
  // Until someone chooses widths the columns fit the window; with the first choice they stay as they are then.
  const fitted = useMemo(
    () =>
      Object.keys(layout.widthsPx).length > 0
        ? layout.widthsPx
        : fitWidths(
            layout.order.flatMap((id) => definitions.find((column) => column.id === id && layout.shown[id]) ?? []),
            roomPx,
          ),
    [layout, definitions, roomPx],
  );
  const change = (next: GridLayout): void => {
    setLayout(next);
    saveLayout(key, next);
    if (next.sort !== layout.sort) onSort(next.sort);
  };
  const tableColumns = useMemo(
    () =>
      definitions.map((column) => ({
        id: column.id,
        accessorFn: (): null => null,
        header: column.header,
        size: column.widthPx,
        minSize: minColumnPx,
        maxSize: 1200,
        enableSorting: column.sortable !== false,
      })),
    [definitions],
  );
  const sorting = useMemo(
    () => (layout.sort === null ? [] : [{ id: layout.sort.by, desc: layout.sort.direction === 'desc' }]),
    [layout.sort],
  );
  const table = useTable({
    features,
    columns: tableColumns,
    data: noRows,
    state: {
      columnOrder: layout.order,
      columnVisibility: layout.shown,
      columnSizing: fitted,
      sorting,
    },
    manualSorting: true,
    enableSortingRemoval: false,
    sortDescFirst: false,
    onColumnSizingChange: (updater) => change({ ...layout, widthsPx: apply(updater, fitted) }),
    onColumnOrderChange: (updater) => change({ ...layout, order: apply(updater, layout.order) }),
    onColumnVisibilityChange: (updater) => change({ ...layout, shown: apply(updater, layout.shown) }),
    onSortingChange: (updater) => {
      const [first] = apply(updater, sorting);
      change({
        ...layout,
        sort: first === undefined ? null : { by: first.id, direction: first.desc ? 'desc' : 'asc' },
      });
    },
  });
  const byId = useMemo(() => new Map(definitions.map((column) => [column.id, column])), [definitions]);
  const visible = table.getVisibleLeafColumns();
  const shape = visible.map((column) => `${column.id}:${column.getSize()}`).join(' ');
  const { columns, widthsPx } = useMemo(
    () => ({
      columns: visible.flatMap((column) => byId.get(column.id) ?? []),
      widthsPx: visible.map((column) => column.getSize()),
    }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `shape` is what of `visible` matters
    [shape, byId],
  );
  return {
    layout,
    columns,
    widthsPx,
    totalWidthPx: table.getTotalSize(),
    setWidth: (columnId, widthPx) => {
      if (widthPx === null) table.getColumn(columnId)?.resetSize();
      else table.setColumnSizing((old) => ({ ...old, [columnId]: Math.max(minColumnPx, Math.round(widthPx)) }));
    },
    move: (columnId, delta) => table.setColumnOrder(moveColumn(layout, columnId, delta)),
    place: (columnId, targetId, after) => table.setColumnOrder(placeColumn(layout.order, columnId, targetId, after)),
    setShown: (columnId, shown) => table.getColumn(columnId)?.toggleVisibility(shown),
    sortBy: (columnId, direction) =>
      table.getColumn(columnId)?.toggleSorting(direction === undefined ? undefined : direction === 'desc'),
    reset: () => {
      localStorage.removeItem(`reelvault.grid.${key}`);
      change(loadLayout(key, definitions));
    },
  };
}
