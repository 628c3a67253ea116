import { makeStyles, mergeClasses, tokens, useArrowNavigationGroup } from '@fluentui/react-components';
import { type ReactElement, type ReactNode, useState } from 'react';

export interface ListColumn<Row> {
  id: string;
  label: string;
  /** Numbers stand at the right. */
  align?: 'end';
  width?: string;
  renderCell: (row: Row) => ReactNode;
}

export interface ListTableProps<Row> {
  /** What the list holds, for screen readers. */
  label: string;
  columns: readonly ListColumn<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  /** The name by which a row's check box or radio is called. */
  rowName: (row: Row) => string;
  select?: 'one' | 'several' | undefined;
  selected?: readonly string[] | undefined;
  onSelect?: ((ids: string[], changed: Row) => void) | undefined;
  /** A row that cannot be chosen says why. */
  refused?: ((row: Row) => string | null) | undefined;
  empty: string;
  maxHeightPx?: number | undefined;
}

const useStyles = makeStyles({
  box: {
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    overflow: 'auto',
    overflowAnchor: 'none',
    minHeight: '72px',
    flexShrink: 0,
  },
  table: { width: '100%', borderCollapse: 'collapse', fontSize: tokens.fontSizeBase200 },
  head: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    backgroundColor: tokens.colorNeutralBackground3,
    fontWeight: tokens.fontWeightSemibold,
    textAlign: 'start',
    whiteSpace: 'nowrap',
  },
  cell: {
    height: '28px',
    padding: `2px ${tokens.spacingHorizontalS}`,
    textAlign: 'start',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'anywhere',
  },
  oneLine: { whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis', maxWidth: 0 },
  end: { textAlign: 'end', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
  mark: { width: '28px', textAlign: 'center', lineHeight: 0 },
  row: { ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover } },
  pressable: { cursor: 'pointer' },
  chosen: { backgroundColor: tokens.colorNeutralBackground1Selected },
  input: { width: '16px', height: '16px', margin: 0, accentColor: tokens.colorBrandBackground },
  none: { padding: tokens.spacingHorizontalM, color: tokens.colorNeutralForeground2, textAlign: 'start' },
});

/** Longer lists draw only the rows in sight, each then exactly one line high. */
const longList = 300;
const rowHeightPx = 28;
const spareRows = 20;
const windowRows = 80;

const Spacer = ({ heightPx, span }: { heightPx: number; span: number }): ReactElement => (
  <tr aria-hidden style={{ height: `${heightPx}px` }}>
    <td colSpan={span} />
  </tr>
);

/**
 * A small table: to look at, to choose one row from (radio) or several (check boxes). Tab enters and leaves it,
 * arrow keys move between rows, Space chooses. The engine pages what could be long (see ObjectPicker).
 */
export function ListTable<Row>(props: ListTableProps<Row>): ReactElement {
  const styles = useStyles();
  const arrows = useArrowNavigationGroup({ axis: 'vertical', memorizeCurrent: true });
  const { columns, rows, select } = props;
  const [scrollTopPx, setScrollTopPx] = useState(0);
  const long = rows.length > longList;
  const first = long ? Math.max(0, Math.floor(scrollTopPx / rowHeightPx) - spareRows) : 0;
  const shown = long ? rows.slice(first, first + windowRows) : rows;
  const below = rows.length - first - shown.length;
  const span = columns.length + (select === undefined ? 0 : 1);
  const selected = new Set(props.selected);
  const choose = (row: Row) => {
    const id = props.rowId(row);
    if (props.refused?.(row) != null) return;
    if (select === 'one') props.onSelect?.([id], row);
    else props.onSelect?.(selected.has(id) ? [...selected].filter((one) => one !== id) : [...selected, id], row);
  };
  return (
    <div
      className={styles.box}
      style={props.maxHeightPx === undefined && !long ? undefined : { maxHeight: `${props.maxHeightPx ?? 320}px` }}
      onScroll={long ? (event) => setScrollTopPx(event.currentTarget.scrollTop) : undefined}
      {...(select === undefined ? { tabIndex: 0, role: 'region', 'aria-label': props.label } : {})}
    >
      <table
        className={styles.table}
        aria-label={props.label}
        aria-rowcount={long ? rows.length + 1 : undefined}
        {...(select === undefined ? {} : arrows)}
      >
        <thead>
          <tr>
            {select === undefined ? null : (
              <td className={mergeClasses(styles.cell, styles.head, styles.mark)} aria-hidden />
            )}
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={mergeClasses(styles.cell, styles.head, column.align === 'end' && styles.end)}
                style={column.width === undefined ? undefined : { width: column.width }}
              >
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first === 0 ? null : <Spacer heightPx={first * rowHeightPx} span={span} />}
          {shown.map((row) => {
            const id = props.rowId(row);
            const chosen = selected.has(id);
            const reason = props.refused?.(row) ?? null;
            return (
              <tr
                key={id}
                title={reason ?? undefined}
                className={mergeClasses(
                  styles.row,
                  select !== undefined && reason === null && styles.pressable,
                  chosen && styles.chosen,
                )}
                onClick={select === undefined ? undefined : () => choose(row)}
              >
                {select === undefined ? null : (
                  <td className={mergeClasses(styles.cell, styles.mark)}>
                    <input
                      type={select === 'one' ? 'radio' : 'checkbox'}
                      className={styles.input}
                      checked={chosen}
                      disabled={reason !== null}
                      aria-label={reason === null ? props.rowName(row) : `${props.rowName(row)}: ${reason}`}
                      onChange={() => choose(row)}
                      onClick={(event) => event.stopPropagation()}
                    />
                  </td>
                )}
                {columns.map((column) => (
                  <td
                    key={column.id}
                    className={mergeClasses(styles.cell, column.align === 'end' && styles.end, long && styles.oneLine)}
                  >
                    {column.renderCell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {below <= 0 ? null : <Spacer heightPx={below * rowHeightPx} span={span} />}
          {rows.length === 0 ? (
            <tr>
              <td className={styles.none} colSpan={span}>
                {props.empty}
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}
