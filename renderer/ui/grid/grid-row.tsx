import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { memo, type ReactElement } from 'react';
import { MiddleCut } from '../middle-cut.tsx';
import type { GridColumn } from './columns.ts';

export const rowHeightPx = 24;
const cellPaddingPx = 8;

const useStyles = makeStyles({
  row: {
    position: 'absolute',
    insetInlineStart: 0,
    top: 0,
    minWidth: '100%',
    display: 'flex',
    height: `${rowHeightPx}px`,
    cursor: 'default',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover, color: tokens.colorNeutralForeground1Hover },
  },
  selected: {
    backgroundColor: tokens.colorNeutralBackground1Selected,
    color: tokens.colorNeutralForeground1Selected,
    ':hover': {
      backgroundColor: tokens.colorNeutralBackground1Selected,
      color: tokens.colorNeutralForeground1Selected,
    },
  },
  selectedFocused: {
    backgroundColor: tokens.colorBrandBackground2,
    ':hover': { backgroundColor: tokens.colorBrandBackground2 },
  },
  active: { boxShadow: `inset 0 0 0 1px ${tokens.colorBrandStroke1}` },
  cell: {
    flexShrink: 0,
    padding: `0 ${cellPaddingPx}px`,
    lineHeight: `${rowHeightPx}px`,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  end: { textAlign: 'end', fontVariantNumeric: 'tabular-nums' },
  pending: {
    display: 'inline-block',
    height: '8px',
    width: '140px',
    borderRadius: '4px',
    backgroundColor: tokens.colorNeutralBackground3,
  },
});

export interface GridRowProps<T> {
  domId: string;
  index: number;
  row: T | undefined;
  columns: readonly GridColumn<T>[];
  widthsPx: readonly number[];
  selected: boolean;
  active: boolean;
  gridFocused: boolean;
}

const Row = <T,>(props: GridRowProps<T>): ReactElement => {
  const styles = useStyles();
  const { row } = props;
  return (
    <div
      id={props.domId}
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={props.selected}
      data-index={props.index}
      className={mergeClasses(
        styles.row,
        props.selected && (props.gridFocused ? styles.selectedFocused : styles.selected),
        props.active && props.gridFocused && styles.active,
      )}
      style={{ transform: `translateY(${props.index * rowHeightPx}px)` }}
    >
      {row === undefined ? (
        <PendingCell />
      ) : (
        props.columns.map((column, at) => {
          const text = column.text(row);
          const widthPx = props.widthsPx[at] ?? column.widthPx;
          return (
            <div
              key={column.id}
              role="gridcell"
              aria-colindex={at + 1}
              className={mergeClasses(styles.cell, column.align === 'end' && styles.end)}
              style={{ width: `${widthPx}px` }}
              title={column.cutMiddle === true ? undefined : (column.hint?.(row) ?? text)}
            >
              {column.render !== undefined ? (
                column.render(row)
              ) : column.cutMiddle === true ? (
                <MiddleCut text={text} roomPx={widthPx - 2 * cellPaddingPx} />
              ) : (
                text
              )}
            </div>
          );
        })
      )}
    </div>
  );
};

/** What stands in a row that has not come yet: one thing only, since scrolling passes many of them. */
const PendingCell = (): ReactElement => {
  const styles = useStyles();
  return (
    <div role="gridcell" className={styles.cell}>
      <span className={styles.pending} />
    </div>
  );
};

/** One row; drawn again only when its own row, place or look changes. */
export const GridRow = memo(Row) as typeof Row;
