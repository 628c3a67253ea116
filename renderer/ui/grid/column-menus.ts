import type { MenuEntry } from '../context-menu.tsx';
import type { GridColumn } from './columns.ts';
import type { GridTexts } from './grid-texts.ts';
import type { GridColumns } from './use-grid-columns.ts';

const widthStepPx = 40;

/** Everything that can be done to one column, so that no mouse is needed. */
export function columnMenuEntries<T>(columnId: string, grid: GridColumns<T>, texts: GridTexts): MenuEntry[] {
  const at = grid.columns.findIndex((column) => column.id === columnId);
  const column = grid.columns[at];
  if (column === undefined) return [];
  const width = grid.widthsPx[at] ?? column.widthPx;
  const sorting: MenuEntry[] =
    column.sortable === false
      ? []
      : [
          {
            id: 'asc',
            label: texts.sortAscending,
            icon: 'arrowUp',
            group: 'sort',
            run: () => grid.sortBy(columnId, 'asc'),
          },
          {
            id: 'desc',
            label: texts.sortDescending,
            icon: 'arrowDown',
            group: 'sort',
            run: () => grid.sortBy(columnId, 'desc'),
          },
        ];
  return [
    ...sorting,
    { id: 'left', label: texts.moveLeft, group: 'move', run: () => grid.move(columnId, -1) },
    { id: 'right', label: texts.moveRight, group: 'move', run: () => grid.move(columnId, 1) },
    { id: 'wider', label: texts.wider, group: 'width', run: () => grid.setWidth(columnId, width + widthStepPx) },
    { id: 'narrower', label: texts.narrower, group: 'width', run: () => grid.setWidth(columnId, width - widthStepPx) },
    {
      id: 'hide',
      label: texts.hideColumn,
      group: 'hide',
      refusal: grid.columns.length > 1 ? null : texts.lastColumn,
      run: () => grid.setShown(columnId, false),
    },
  ];
}

/** All columns with a mark at those on show. */
export function columnChooserEntries<T>(
  all: readonly GridColumn<T>[],
  grid: GridColumns<T>,
  texts: GridTexts,
): MenuEntry[] {
  return [
    ...all.map((column): MenuEntry => {
      const shown = grid.layout.shown[column.id] === true;
      return {
        id: column.id,
        label: column.header,
        checked: shown,
        persists: true,
        group: 'columns',
        refusal: shown && grid.columns.length === 1 ? texts.lastColumn : null,
        run: () => grid.setShown(column.id, !shown),
      };
    }),
    { id: 'reset', label: texts.resetLayout, icon: 'reset', group: 'reset', run: grid.reset },
  ];
}

interface FilteredView {
  filters: Record<string, string[]>;
}

/** The values of one column with a mark at those accepted. */
export function filterEntries<T, V extends FilteredView>(
  columnId: string,
  grid: GridColumns<T>,
  view: V,
  onView: (view: V) => void,
  texts: GridTexts,
): MenuEntry[] {
  const column = grid.columns.find((other) => other.id === columnId);
  const accepted = view.filters[columnId] ?? [];
  const withFilter = (values: string[]): V => {
    const { [columnId]: _old, ...others } = view.filters;
    return { ...view, filters: values.length === 0 ? others : { ...others, [columnId]: values } };
  };
  return [
    ...(column?.filter ?? []).map(({ value, label }): MenuEntry => {
      const on = accepted.includes(value);
      return {
        id: value,
        label,
        checked: on,
        persists: true,
        group: 'values',
        run: () => onView(withFilter(on ? accepted.filter((other) => other !== value) : [...accepted, value])),
      };
    }),
    {
      id: 'clear',
      label: texts.clearFilter,
      group: 'clear',
      refusal: accepted.length === 0 ? texts.noFilter : null,
      run: () => onView(withFilter([])),
    },
  ];
}
