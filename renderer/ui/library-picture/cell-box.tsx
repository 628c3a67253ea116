import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactElement, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../icons.tsx';
import { StatusIcon } from '../status-icon.tsx';
import { describeCell, isReachable, moveInCells, type PictureCell, visibleWords } from './cell.ts';

const gapPx = 4;

const useStyles = makeStyles({
  box: {
    overflowY: 'auto',
    overflowX: 'hidden',
    outline: 'none',
    padding: '2px',
    borderRadius: '3px',
    ':focus-visible': { boxShadow: `0 0 0 2px ${tokens.colorStrokeFocus2}` },
  },
  grow: { flexGrow: 1, minHeight: 0 },
  canvas: { position: 'relative', width: '100%' },
  row: { position: 'absolute', insetInline: 0, display: 'grid', gap: `${gapPx}px` },
  cell: {
    position: 'relative',
    display: 'flex',
    flexDirection: 'column',
    justifyContent: 'center',
    minWidth: 0,
    padding: '2px 6px 2px 12px',
    borderRadius: '3px',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    cursor: 'default',
    overflow: 'hidden',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  empty: {
    border: `1px dashed ${tokens.colorNeutralStroke2}`,
    backgroundColor: 'transparent',
  },
  selected: {
    backgroundColor: tokens.colorBrandBackground2,
    boxShadow: `inset 0 0 0 1px ${tokens.colorBrandStroke1}`,
    ':hover': { backgroundColor: tokens.colorBrandBackground2 },
  },
  active: { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  arrived: {
    animationName: { from: { backgroundColor: tokens.colorBrandBackground2Pressed }, to: {} },
    animationDuration: '3s',
  },
  stripe: { position: 'absolute', insetInlineStart: 0, top: 0, bottom: 0, width: '5px' },
  top: {
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    color: tokens.colorNeutralForeground3,
    fontSize: '11px',
    lineHeight: '14px',
  },
  name: { flexGrow: 1, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  barcode: {
    fontFamily: tokens.fontFamilyMonospace,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  busy: {
    color: tokens.colorNeutralForeground2,
    fontSize: '11px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  quiet: { color: tokens.colorNeutralForeground3 },
});

export interface CellBoxProps {
  label: string;
  cells: readonly PictureCell[];
  minCellPx: number;
  cellHeightPx: number;
  colours: ReadonlyMap<string, string>;
  arrived: ReadonlySet<number>;
  selectedAddress: number | null;
  onSelect: (address: number) => void;
  onOpen: (address: number) => void;
  onMenu: (address: number, at: { x: number; y: number }) => void;
  grow?: boolean;
}

/** Places of one kind beside each other; one stop for the keyboard, arrows inside, drawn only where it is looked at. */
export const CellBox = (props: CellBoxProps): ReactElement => {
  const styles = useStyles();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [columns, setColumns] = useState(1);
  const [focused, setFocused] = useState(false);
  const { cells } = props;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      setColumns(Math.max(1, Math.floor((element.clientWidth + gapPx) / (props.minCellPx + gapPx))));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [props.minCellPx]);
  const rowCount = Math.ceil(cells.length / columns);
  // oxlint-disable-next-line react/incompatible-library -- the React Compiler is not used
  const virtual = useVirtualizer({
    count: rowCount,
    getScrollElement: () => box.current,
    estimateSize: () => props.cellHeightPx + gapPx,
    overscan: 4,
    useFlushSync: false,
  });
  const selectedAt = cells.findIndex((cell) => cell.address === props.selectedAddress);
  const at = Math.max(0, selectedAt);
  const domId = (index: number): string => `${id}-${index}`;

  const onKeyDown = (event: KeyboardEvent): void => {
    const here = cells[at];
    if (here === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      const place = document.getElementById(domId(at))?.getBoundingClientRect();
      props.onSelect(here.address);
      props.onMenu(here.address, { x: place?.left ?? 0, y: place?.bottom ?? 0 });
    } else if (event.key === 'Enter') {
      props.onOpen(here.address);
    } else if (event.key === ' ') {
      props.onSelect(here.address);
    } else {
      const next = moveInCells(event.key, at, cells.length, columns);
      const target = next === null ? undefined : cells[selectedAt < 0 ? at : next];
      if (target === undefined || next === null) return;
      props.onSelect(target.address);
      virtual.scrollToIndex(Math.floor(next / columns), { align: 'auto' });
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-label={props.label}
      aria-activedescendant={focused && cells.length > 0 ? domId(at) : undefined}
      className={mergeClasses(styles.box, props.grow === true && styles.grow)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className={styles.canvas} style={{ height: `${virtual.getTotalSize()}px` }}>
        {virtual.getVirtualItems().map((row) => (
          <div
            key={row.key}
            role="presentation"
            className={styles.row}
            style={{
              top: `${row.start}px`,
              height: `${props.cellHeightPx}px`,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
          >
            {cells.slice(row.index * columns, (row.index + 1) * columns).map((cell, offset) => {
              const index = row.index * columns + offset;
              return (
                <div
                  key={cell.address}
                  id={domId(index)}
                  role="option"
                  aria-selected={cell.address === props.selectedAddress}
                  aria-setsize={cells.length}
                  aria-posinset={index + 1}
                  aria-label={describeCell(cell)}
                  title={describeCell(cell)}
                  className={mergeClasses(
                    styles.cell,
                    !cell.full && styles.empty,
                    props.arrived.has(cell.address) && styles.arrived,
                    cell.address === props.selectedAddress && styles.selected,
                    focused && index === at && styles.active,
                  )}
                  onClick={() => props.onSelect(cell.address)}
                  onDoubleClick={() => props.onOpen(cell.address)}
                  onContextMenu={(event) => {
                    event.preventDefault();
                    props.onSelect(cell.address);
                    props.onMenu(cell.address, { x: event.clientX, y: event.clientY });
                  }}
                >
                  <CellContent cell={cell} colour={props.colours.get(cell.poolName ?? '')} />
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
};

const CellContent = ({ cell, colour }: { cell: PictureCell; colour: string | undefined }): ReactElement => {
  const styles = useStyles();
  const [name, content, remark] = visibleWords(cell);
  return (
    <>
      {cell.full && colour !== undefined ? (
        <span data-own-colour className={styles.stripe} style={{ backgroundColor: colour }} />
      ) : null}
      <span className={styles.top}>
        <span className={styles.name}>{name} </span>
        {cell.problem === null ? null : <StatusIcon shape="warning" word={cell.problem} iconOnly />}
        {isReachable(cell) ? null : <Icon name="disabled" size={14} />}
        {cell.state === null ? null : <StatusIcon {...cell.state} iconOnly />}
      </span>
      <span className={mergeClasses(styles.barcode, !cell.full && styles.quiet)}>{content} </span>
      {remark === undefined ? null : <span className={styles.busy}>{remark}</span>}
    </>
  );
};
