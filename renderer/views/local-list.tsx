import { type ReactElement, type ReactNode, useMemo, useState } from 'react';
import { useConnection } from '../state/connection.ts';
import { useSavedFilters } from '../state/kept-filters.ts';
import { arrangeRows } from '../state/local-rows.ts';
import { plainView } from '../state/list-source.ts';
import { note } from '../state/notes.ts';
import { gridTexts } from '../texts.ts';
import type { MenuEntry } from '../ui/context-menu.tsx';
import type { GridColumn } from '../ui/grid/columns.ts';
import { Grid, type GridView } from '../ui/grid/grid.tsx';

/** Rows that are here already (a reply of the engine), in the same grid as everything else. */
export const LocalList = <T,>(props: {
  title: string;
  layoutKey: string;
  columns: readonly GridColumn<T>[];
  rows: readonly T[];
  idOf: (row: T) => string;
  selection?: ReadonlyMap<string, T>;
  onSelection?: (selection: ReadonlyMap<string, T>) => void;
  onOpen?: (row: T) => void;
  menu?: readonly MenuEntry[];
  empty: ReactNode;
  headingLevel?: 2 | 3;
  titleHidden?: boolean;
  searchable?: boolean;
  toolbar?: ReactNode;
}): ReactElement => {
  const [view, setView] = useState<GridView>(plainView);
  const [own, setOwn] = useState<ReadonlyMap<string, T>>(new Map());
  const saved = useSavedFilters(props.layoutKey, undefined);
  const stale = useConnection((state) => state.phase !== 'online');
  const arranged = useMemo(() => arrangeRows(props.rows, props.columns, view), [props.rows, props.columns, view]);
  const rows = useMemo(
    () => ({
      status: 'ready' as const,
      refreshing: false,
      problem: null,
      total: arranged.length,
      rowAt: (index: number): T | undefined => arranged[index],
    }),
    [arranged],
  );
  return (
    <Grid
      title={props.title}
      headingLevel={props.headingLevel ?? 3}
      titleHidden={props.titleHidden ?? false}
      layoutKey={props.layoutKey}
      columns={props.columns}
      rows={rows}
      idOf={props.idOf}
      view={view}
      onView={setView}
      onShow={nothing}
      range={(first, last) => Promise.resolve(arranged.slice(first, last + 1))}
      onHold={nothing}
      onRetry={nothing}
      selection={props.selection ?? own}
      onSelection={props.onSelection ?? setOwn}
      onOpen={props.onOpen}
      menu={props.menu ?? noMenu}
      empty={props.empty}
      stale={stale}
      searchable={props.searchable ?? true}
      saved={saved}
      toolbar={props.toolbar}
      onProblem={(message) => note('warning', message)}
      texts={gridTexts}
    />
  );
};

const noMenu: readonly MenuEntry[] = [];
const nothing = (): void => {};
