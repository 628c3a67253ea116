import { type ReactElement, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ListRequest, Page } from '../../shared/contract/common.ts';
import type { Topic } from '../../shared/contract/system.ts';
import { menuEntries } from '../commands/projections.ts';
import { commands } from '../commands/registry.ts';
import { useCommandContext } from '../commands/use-command-context.ts';
import { useConnection } from '../state/connection.ts';
import { keptIn, useSavedFilters } from '../state/kept-filters.ts';
import { type EntityKind, type EntityRows, rowsOf, selectedOf } from '../state/entities.ts';
import { plainView } from '../state/list-source.ts';
import { refreshMain, selectDetail, selectMain, usePlace } from '../state/navigation.ts';
import { note } from '../state/notes.ts';
import { useList } from '../state/use-list.ts';
import { gridTexts } from '../texts.ts';
import type { GridColumn } from '../ui/grid/columns.ts';
import { Grid, type GridView } from '../ui/grid/grid.tsx';

export interface ListViewProps<K extends EntityKind> {
  kind: K;
  title: string;
  /** Names what is listed: another key is another list. */
  listKey: string;
  /** Under which name the layout is remembered; lists of a kind share it. */
  layoutKey: string;
  columns: readonly GridColumn<EntityRows[K]>[];
  topics: readonly Topic[];
  fetchPage: (request: ListRequest, signal: AbortSignal) => Promise<Page<EntityRows[K]>>;
  idOf: (row: EntityRows[K]) => string;
  onOpen?: (row: EntityRows[K]) => void;
  empty: ReactNode;
  /** In the details the list selects beside the main selection. */
  place?: 'main' | 'detail';
  searchable?: boolean;
  toolbar?: ReactNode;
}

/** How far a linked row is looked for in a list. */
const wantedLimit = 10_000;

/** A list of the engine in a grid, bound to the selection and the commands. */
export const ListView = <K extends EntityKind>(props: ListViewProps<K>): ReactElement => {
  const { kind, idOf, listKey } = props;
  const place = props.place ?? 'main';
  const [view, setView] = useState<GridView>(plainView);
  const { list, snapshot } = useList<EntityRows[K]>(
    { key: listKey, topics: props.topics, idOf, fetchPage: props.fetchPage },
    view,
  );
  const node = usePlace((state) => state.node);
  const saved = useSavedFilters(props.layoutKey, place === 'main' ? node : undefined);
  // At another place of the tree the list is whole again, or seen through the kept filter that the place is.
  const filterName = usePlace((state) => state.filter);
  const at = place === 'main' ? `${node}?${filterName ?? ''}` : '';
  const before = useRef(at.endsWith('?') ? at : null);
  useEffect(() => {
    if (before.current === at) return;
    before.current = at;
    const { search, filters } = keptIn(props.layoutKey).find(({ name }) => name === filterName) ?? plainView;
    setView((now) => ({ ...now, search, filters }));
  }, [at, filterName, props.layoutKey]);
  const context = useCommandContext();
  const stale = useConnection((state) => state.phase !== 'online' && state.info !== null);
  const selected = usePlace((state) => state[place]);
  const wanted = usePlace((state) => (place === 'main' ? state.wanted : null));
  const rows = rowsOf(kind, selected);
  const selection = useMemo(() => new Map((rows ?? []).map((row) => [idOf(row), row])), [rows, idOf]);
  const onSelection = useCallback(
    (next: ReadonlyMap<string, EntityRows[K]>) => {
      const chosen = selectedOf(kind, [...next.values()]);
      if (place === 'detail') selectDetail(chosen);
      else {
        const before = usePlace.getState().main;
        const same =
          before?.kind === kind &&
          before.rows.length === next.size &&
          (before.rows as readonly EntityRows[K][]).every((row) => next.has(idOf(row)));
        if (same) refreshMain(chosen);
        else selectMain(chosen);
      }
    },
    [kind, place, idOf],
  );

  // A link names a row: it is looked for once, wherever in the list it stands, selected and scrolled to.
  const [reveal, setReveal] = useState<number | null>(null);
  const { status, total } = snapshot;
  useEffect(() => {
    if (wanted === null || status !== 'ready' || total === 0) return undefined;
    let current = true;
    list.range(0, Math.min(total, wantedLimit) - 1).then(
      (found) => {
        const index = found.findIndex((row) => idOf(row) === wanted);
        const row = found[index];
        if (!current || row === undefined || usePlace.getState().wanted !== wanted) return;
        selectMain(selectedOf(kind, [row]));
        setReveal(index);
      },
      // The list itself says what it cannot read.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [wanted, status, total, list, idOf, kind]);

  const menu = useMemo(() => (rows === null ? [] : menuEntries(commands, kind, context)), [rows, kind, context]);

  return (
    <Grid
      key={props.layoutKey}
      title={props.title}
      headingLevel={place === 'main' ? 2 : 3}
      titleHidden={place === 'detail'}
      layoutKey={props.layoutKey}
      columns={props.columns}
      rows={snapshot}
      idOf={idOf}
      view={view}
      onView={setView}
      onShow={list.show}
      range={list.range}
      onHold={list.hold}
      onRetry={list.refresh}
      selection={selection}
      reveal={reveal}
      onSelection={onSelection}
      onOpen={props.onOpen}
      menu={menu}
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
