import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import { ContextMenu, type MenuEntry } from '../context-menu.tsx';
import { columnChooserEntries, columnMenuEntries, filterEntries } from './column-menus.ts';
import type { GridColumn, SortChoice } from './columns.ts';
import { downloadText, toCsv, toText } from './export-rows.ts';
import { GridHeader } from './grid-header.tsx';
import { GridMessages, type GridRows } from './grid-messages.tsx';
import { GridRow, rowHeightPx } from './grid-row.tsx';
import type { GridTexts } from './grid-texts.ts';
import { GridToolbar } from './grid-toolbar.tsx';
import { type Cursor, refreshSelection, type SelectStep, select, stepByKey, stepByPointer } from './selection-model.ts';
import { type Saved, SavedFilters } from './saved-filters.tsx';
import { sumsOf } from './sums.ts';
import { useGridColumns } from './use-grid-columns.ts';
import { useHold } from './use-hold.ts';

export interface GridView {
  sort: SortChoice | null;
  search: string;
  filters: Record<string, string[]>;
}

export interface GridProps<T> {
  title: string;
  headingLevel?: 2 | 3;
  titleHidden?: boolean;
  /** Under which name the layout is remembered. */
  layoutKey: string;
  columns: readonly GridColumn<T>[];
  rows: GridRows<T>;
  idOf: (row: T) => string;
  view: GridView;
  onView: (view: GridView) => void;
  onShow: (first: number, last: number) => void;
  /** Rows of a range of indexes, fetched where they are not there. */
  range: (first: number, last: number) => Promise<T[]>;
  /** Asks that rows keep their places while someone points at them. */
  onHold: (held: boolean) => void;
  onRetry: () => void;
  selection: ReadonlyMap<string, T>;
  onSelection: (selection: ReadonlyMap<string, T>) => void;
  /** A row that was selected from outside: it is scrolled to, and keys go on from it. */
  reveal?: number | null;
  /** The usual action of a row: Enter or a double click. */
  onOpen?: ((row: T) => void) | undefined;
  menu: readonly MenuEntry[];
  /** What belongs here, shown when there is nothing. */
  empty: ReactNode;
  /** The engine is away: rows are as they were. */
  stale: boolean;
  searchable?: boolean;
  /** Filters kept under names. */
  saved: Saved;
  toolbar?: ReactNode;
  onProblem: (message: string) => void;
  texts: GridTexts;
}

/** At most so many rows are selected at once; more is never meant. */
const selectLimit = 10_000;
const exportLimit = 100_000;

const useStyles = makeStyles({
  frame: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0, minWidth: 0, position: 'relative' },
  scroll: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    position: 'relative',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    outline: 'none',
    userSelect: 'none',
  },
  focused: { outline: `1px solid ${tokens.colorBrandStroke1}`, outlineOffset: '-1px' },
  stale: { color: tokens.colorNeutralForeground3, filter: 'saturate(0)' },
  body: { position: 'relative', minWidth: '100%' },
});

type OpenMenu =
  | { kind: 'rows'; at: { x: number; y: number } }
  | { kind: 'column' | 'filter'; at: { x: number; y: number }; columnId: string }
  | { kind: 'chooser'; at: { x: number; y: number } };

/** A dense, virtualised table: the engine pages, sorts and filters it; people arrange it, select in it and act on it. */
export const Grid = <T,>(props: GridProps<T>): ReactElement => {
  const styles = useStyles();
  const gridId = useId();
  const { rows, idOf, texts } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<Cursor>({ anchor: 0, focus: 0 });
  const [focused, setFocused] = useState(false);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const stepSerial = useRef(0);
  const latest = useRef(props);
  latest.current = props;

  const [roomPx, setRoomPx] = useState(0);
  useEffect(() => {
    const element = scroll.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setRoomPx(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const arranged = useGridColumns(props.layoutKey, props.columns, roomPx, (sort) =>
    latest.current.onView({ ...latest.current.view, sort }),
  );
  // The remembered sort is the view's from the start.
  useEffect(() => {
    const { sort } = arranged.layout;
    const { view } = latest.current;
    if (sort?.by !== view.sort?.by || sort?.direction !== view.sort?.direction)
      latest.current.onView({ ...view, sort });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for a grid
  }, [props.layoutKey]);

  const virtual = useVirtualizer({
    count: rows.total,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeightPx,
    // A jump draws every row on show anew: each one more in reserve is paid there.
    overscan: 4,
    scrollMargin: rowHeightPx,
    scrollPaddingStart: rowHeightPx,
    // Rows follow in the next frame: several steps of scrolling are one drawing.
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  const recycled = Math.max(64, 2 ** Math.ceil(Math.log2(items.length + 1)));
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { onShow } = props;
  useEffect(() => onShow(first, last), [onShow, first, last, rows]);

  // Another order or another choice of rows is looked at from its beginning.
  const { view } = props;
  useEffect(() => {
    if (scroll.current !== null) scroll.current.scrollTop = 0;
    setCursor({ anchor: 0, focus: 0 });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the view alone says when
  }, [view]);

  const { reveal } = props;
  useEffect(() => {
    if (reveal == null) return;
    setCursor({ anchor: reveal, focus: reveal });
    virtual.scrollToIndex(reveal, { align: 'auto' });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for each row that is asked for
  }, [reveal]);

  // Newer versions of selected rows replace the older ones, and rows that are gone leave the selection.
  useEffect(() => {
    const { selection, onSelection } = latest.current;
    if (selection.size === 0 || rows.status !== 'ready') return;
    const known: T[] = [];
    const limit = Math.min(rows.total, 2000);
    for (let index = 0; index < limit; index++) {
      const row = rows.rowAt(index);
      if (row !== undefined) known.push(row);
    }
    const next = refreshSelection(selection, known, idOf, known.length === rows.total);
    if (next !== selection) onSelection(next);
  }, [rows, idOf]);

  const { touch, release } = useHold(props.onHold, menu !== null);

  const take = (step: SelectStep): void => {
    setCursor(step.cursor);
    virtual.scrollToIndex(step.cursor.focus, { align: 'auto' });
    if (step.select === null) return;
    const { mode } = step.select;
    const from = Math.min(step.select.from, step.select.to);
    const to = Math.min(Math.max(step.select.from, step.select.to), from + selectLimit - 1);
    if (to < Math.max(step.select.from, step.select.to)) props.onProblem(texts.cut(selectLimit));
    const serial = (stepSerial.current += 1);
    const loaded: T[] = [];
    for (let index = from; index <= to; index++) {
      const row = rows.rowAt(index);
      if (row === undefined) break;
      loaded.push(row);
    }
    if (loaded.length === to - from + 1) {
      props.onSelection(select(props.selection, loaded, idOf, mode));
      return;
    }
    props.range(from, to).then(
      (fetched) => {
        // A later gesture outranks an earlier one whose rows took longer.
        if (serial === stepSerial.current) props.onSelection(select(latest.current.selection, fetched, idOf, mode));
      },
      () => props.onProblem(texts.notRead),
    );
  };

  const indexOf = (event: MouseEvent): number | null => {
    const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    return row === null ? null : Number(row.getAttribute('data-index'));
  };

  const copy = (): void => {
    const chosen = [...props.selection.values()];
    if (chosen.length === 0) return;
    navigator.clipboard.writeText(toText(arranged.columns, chosen)).catch(() => props.onProblem(texts.noClipboard));
  };
  const exportAll = (): void => {
    props.range(0, Math.min(rows.total, exportLimit) - 1).then(
      (all) => {
        if (rows.total > exportLimit) props.onProblem(texts.cut(exportLimit));
        // The byte order mark makes spreadsheets read UTF-8.
        downloadText(
          `${props.layoutKey.replaceAll('/', '-')}.csv`,
          'text/csv',
          `\ufeff${toCsv(arranged.columns, all)}`,
        );
      },
      () => props.onProblem(texts.notRead),
    );
  };

  const openRowMenu = (at: { x: number; y: number }): void => setMenu({ kind: 'rows', at });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== scroll.current) return;
    const modifiers = { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey };
    const pageRows = Math.max(1, Math.floor(((scroll.current?.clientHeight ?? 0) - rowHeightPx) / rowHeightPx) - 1);
    const here = rows.rowAt(cursor.focus);
    if (modifiers.ctrl && event.key.toLowerCase() === 'c') {
      copy();
    } else if (event.key === 'Enter' && !event.altKey && !modifiers.ctrl) {
      if (here !== undefined) props.onOpen?.(here);
    } else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      const box = scroll.current?.querySelector(`[data-index="${cursor.focus}"]`)?.getBoundingClientRect();
      openRowMenu({ x: (box?.left ?? 0) + 24, y: box?.bottom ?? 0 });
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      scroll.current?.scrollBy({ left: event.key === 'ArrowLeft' ? -60 : 60 });
    } else {
      if (event.altKey) return;
      const step = stepByKey(cursor, event.key, modifiers, rows.total, pageRows);
      if (step === null) return;
      take(step);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const filtered = useMemo(() => new Set(Object.keys(props.view.filters)), [props.view.filters]);
  const sums = useMemo(
    () => sumsOf(arranged.columns, [...props.selection.values()]),
    [arranged.columns, props.selection],
  );
  const focusIndex = Math.min(cursor.focus, Math.max(0, rows.total - 1));
  const rowDomId = (index: number): string => `${gridId}-${index}`;

  return (
    <div className={styles.frame}>
      <GridToolbar
        title={props.title}
        headingLevel={props.headingLevel ?? 2}
        titleHidden={props.titleHidden ?? false}
        count={
          rows.status === 'ready'
            ? [texts.count(rows.total, props.selection.size), sums].filter(Boolean).join(' · ')
            : ''
        }
        searchLabel={props.searchable === false ? null : texts.search}
        search={props.view.search}
        onSearch={(search) => props.onView({ ...latest.current.view, search })}
        extra={
          <>
            {props.toolbar}
            {props.columns.some((column) => column.filter !== undefined) ? (
              <SavedFilters
                key={props.layoutKey}
                saved={props.saved}
                view={props.view}
                onView={(next) => props.onView(next)}
              />
            ) : null}
          </>
        }
        onColumns={(at) => setMenu({ kind: 'chooser', at })}
        onExport={exportAll}
        texts={texts}
      />
      <div
        ref={scroll}
        role="grid"
        tabIndex={0}
        aria-label={props.title}
        aria-multiselectable
        aria-rowcount={rows.status === 'ready' ? rows.total + 1 : -1}
        aria-colcount={arranged.columns.length}
        aria-busy={rows.refreshing}
        aria-activedescendant={focused && rows.total > 0 ? rowDomId(focusIndex) : undefined}
        className={mergeClasses(styles.scroll, focused && styles.focused, props.stale && styles.stale)}
        onFocus={(event) => setFocused(event.target === event.currentTarget)}
        onBlur={() => setFocused(false)}
        onKeyDown={onKeyDown}
        onPointerMove={touch}
        onPointerLeave={release}
        onMouseDown={(event) => {
          const index = indexOf(event);
          if (index === null || event.button !== 0) return;
          take(stepByPointer(cursor, index, { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey }));
        }}
        onDoubleClick={(event) => {
          const index = indexOf(event);
          const row = index === null ? undefined : rows.rowAt(index);
          if (row !== undefined) props.onOpen?.(row);
        }}
        onContextMenu={(event) => {
          const index = indexOf(event);
          if (index === null) return;
          event.preventDefault();
          const row = rows.rowAt(index);
          if (row !== undefined && !props.selection.has(idOf(row))) {
            take(stepByPointer(cursor, index, { shift: false, ctrl: false }));
          }
          openRowMenu({ x: event.clientX, y: event.clientY });
        }}
      >
        <GridHeader
          columns={arranged.columns}
          widthsPx={arranged.widthsPx}
          sort={props.view.sort}
          filtered={filtered}
          onSort={(columnId) => arranged.sortBy(columnId)}
          onWidth={arranged.setWidth}
          onFilter={(columnId, at) => setMenu({ kind: 'filter', columnId, at })}
          onMenu={(columnId, at) => setMenu({ kind: 'column', columnId, at })}
          onDrop={arranged.place}
        />
        <div
          role="rowgroup"
          className={styles.body}
          style={{ height: `${rows.total * rowHeightPx}px`, width: `${arranged.totalWidthPx}px` }}
        >
          {items.map((item) => {
            const row = rows.rowAt(item.index);
            return (
              <GridRow
                // Rows that leave lend their elements to those that come: scrolling makes no new ones.
                key={item.index % recycled}
                domId={rowDomId(item.index)}
                index={item.index}
                row={row}
                columns={arranged.columns}
                widthsPx={arranged.widthsPx}
                selected={row !== undefined && props.selection.has(idOf(row))}
                active={item.index === focusIndex}
                gridFocused={focused}
              />
            );
          })}
        </div>
      </div>
      <GridMessages
        rows={rows}
        narrowed={props.view.search !== '' || filtered.size > 0}
        empty={props.empty}
        stale={props.stale}
        texts={texts}
        onRetry={props.onRetry}
        onShowAll={() => props.onView({ ...props.view, search: '', filters: {} })}
      />
      {menu === null || (menu.kind === 'rows' && props.menu.length === 0) ? null : (
        <ContextMenu
          at={menu.at}
          label={menu.kind === 'rows' ? texts.rowMenu : texts.columnMenu}
          entries={
            menu.kind === 'rows'
              ? props.menu
              : menu.kind === 'chooser'
                ? columnChooserEntries(props.columns, arranged, texts)
                : menu.kind === 'column'
                  ? columnMenuEntries(menu.columnId, arranged, texts)
                  : filterEntries(menu.columnId, arranged, props.view, props.onView, texts)
          }
          onClose={() => {
            setMenu(null);
            if (menu.kind === 'rows') scroll.current?.focus();
          }}
        />
      )}
    </div>
  );
};
