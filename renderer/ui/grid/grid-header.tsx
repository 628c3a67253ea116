import { makeStyles, mergeClasses, tokens, useArrowNavigationGroup } from '@fluentui/react-components';
import { type DragEvent, type ReactElement, useRef, useState } from 'react';
import { Icon } from '../icons.tsx';
import type { GridColumn, SortChoice } from './columns.ts';
import { say } from '../../say.ts';

const useStyles = makeStyles({
  // Sticky on the outermost of them: inside a box of its own height nothing sticks.
  group: { position: 'sticky', top: 0, zIndex: 2, minWidth: '100%', width: 'max-content' },
  head: {
    display: 'flex',
    minWidth: '100%',
    width: 'max-content',
    height: '24px',
    backgroundColor: tokens.colorNeutralBackground2,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  cell: {
    position: 'relative',
    flexShrink: 0,
    display: 'flex',
    alignItems: 'stretch',
    minWidth: 0,
    ':hover .reelvault-filter': { opacity: 1 },
  },
  button: {
    flexGrow: 1,
    minWidth: 0,
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    border: 'none',
    padding: '0 8px',
    font: 'inherit',
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground2,
    backgroundColor: 'transparent',
    textAlign: 'start',
    ':hover': { backgroundColor: tokens.colorNeutralBackground2Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  end: { justifyContent: 'flex-end' },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  // Out of the way until the heading is pointed at or the keyboard is there; always there while it filters.
  filter: {
    position: 'absolute',
    // 24 px each way, as a target wants to be, over the line below.
    insetInlineEnd: '2px',
    top: 0,
    bottom: '-1px',
    width: '24px',
    justifyContent: 'center',
    opacity: 0,
    border: 'none',
    padding: 0,
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground3,
    display: 'inline-flex',
    alignItems: 'center',
    ':hover': { color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px', opacity: 1 },
  },
  filterOn: { color: tokens.colorBrandForeground1, opacity: 1 },
  grip: {
    position: 'absolute',
    insetInlineEnd: '-3px',
    top: 0,
    bottom: 0,
    width: '7px',
    zIndex: 1,
    cursor: 'col-resize',
    touchAction: 'none',
    '::after': {
      content: '""',
      position: 'absolute',
      insetInlineStart: '3px',
      top: '5px',
      bottom: '5px',
      width: '1px',
      backgroundColor: tokens.colorNeutralStroke2,
    },
    ':hover::after': { backgroundColor: tokens.colorBrandStroke1, top: 0, bottom: 0 },
  },
  dropBefore: { boxShadow: `inset 2px 0 0 ${tokens.colorBrandStroke1}` },
  dropAfter: { boxShadow: `inset -2px 0 0 ${tokens.colorBrandStroke1}` },
});

export interface GridHeaderProps<T> {
  columns: readonly GridColumn<T>[];
  widthsPx: readonly number[];
  sort: SortChoice | null;
  filtered: ReadonlySet<string>;
  onSort: (columnId: string) => void;
  /** A new width, or null for the usual one. */
  onWidth: (columnId: string, widthPx: number | null) => void;
  onFilter: (columnId: string, at: { x: number; y: number }) => void;
  onMenu: (columnId: string, at: { x: number; y: number }) => void;
  onDrop: (columnId: string, targetId: string, after: boolean) => void;
}

const dragType = 'application/x-reelvault-column';

/** The column headings: click sorts, the edge resizes, dragging reorders, a right click offers all of it by keyboard. */
export const GridHeader = <T,>(props: GridHeaderProps<T>): ReactElement => {
  const styles = useStyles();
  // One stop of Tab for all headings, however many columns there are; arrow keys go from one to the next.
  const arrows = useArrowNavigationGroup({ axis: 'horizontal', memorizeCurrent: true });
  const grabbed = useRef<{ x: number; widthPx: number } | null>(null);
  const [drop, setDrop] = useState<{ id: string; after: boolean } | null>(null);
  const sideOf = (event: DragEvent): boolean => {
    const box = event.currentTarget.getBoundingClientRect();
    return event.clientX > box.left + box.width / 2;
  };
  return (
    <div role="rowgroup" className={styles.group}>
      <div role="row" aria-rowindex={1} className={styles.head} {...arrows}>
        {props.columns.map((column, at) => {
          const sorted = props.sort?.by === column.id ? props.sort.direction : null;
          const filtered = props.filtered.has(column.id);
          const below = (element: Element): { x: number; y: number } => {
            const box = element.getBoundingClientRect();
            return { x: box.left, y: box.bottom };
          };
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-colindex={at + 1}
              aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
              className={mergeClasses(
                styles.cell,
                drop?.id === column.id && (drop.after ? styles.dropAfter : styles.dropBefore),
              )}
              style={{ width: `${props.widthsPx[at] ?? column.widthPx}px` }}
              onContextMenu={(event) => {
                event.preventDefault();
                props.onMenu(column.id, { x: event.clientX, y: event.clientY });
              }}
              onDragOver={(event) => {
                if (!event.dataTransfer.types.includes(dragType)) return;
                event.preventDefault();
                setDrop({ id: column.id, after: sideOf(event) });
              }}
              onDragLeave={() => setDrop(null)}
              onDrop={(event) => {
                event.preventDefault();
                setDrop(null);
                const moved = event.dataTransfer.getData(dragType);
                if (moved !== '') props.onDrop(moved, column.id, sideOf(event));
              }}
            >
              <button
                type="button"
                draggable
                className={mergeClasses(styles.button, column.align === 'end' && styles.end)}
                title={column.header}
                onDragStart={(event) => event.dataTransfer.setData(dragType, column.id)}
                onClick={() => {
                  if (column.sortable !== false) props.onSort(column.id);
                }}
                onKeyDown={(event) => {
                  if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return;
                  event.preventDefault();
                  event.stopPropagation();
                  props.onMenu(column.id, below(event.currentTarget));
                }}
              >
                <span className={styles.label}>{column.header}</span>
                {sorted === null ? null : <Icon name={sorted === 'asc' ? 'arrowUp' : 'arrowDown'} size={12} />}
              </button>
              {column.filter === undefined ? null : (
                <button
                  type="button"
                  className={mergeClasses('reelvault-filter', styles.filter, filtered && styles.filterOn)}
                  aria-label={filtered ? say`Filter ${column.header} (on)` : say`Filter ${column.header}`}
                  aria-haspopup="menu"
                  title={filtered ? say('Filtered') : say('Filter')}
                  onClick={(event) => props.onFilter(column.id, below(event.currentTarget))}
                >
                  <Icon name={filtered ? 'filterOn' : 'filter'} size={12} />
                </button>
              )}
              <span
                className={styles.grip}
                onPointerDown={(event) => {
                  event.currentTarget.setPointerCapture(event.pointerId);
                  grabbed.current = { x: event.clientX, widthPx: props.widthsPx[at] ?? column.widthPx };
                }}
                onPointerMove={(event) => {
                  const start = grabbed.current;
                  if (start === null || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
                  props.onWidth(column.id, start.widthPx + event.clientX - start.x);
                }}
                onLostPointerCapture={() => {
                  grabbed.current = null;
                }}
                onDoubleClick={() => props.onWidth(column.id, null)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
};
