import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type KeyboardEvent, type PointerEvent, type ReactElement, type ReactNode, useRef, useState } from 'react';

const useStyles = makeStyles({
  frame: { display: 'flex', minWidth: 0, minHeight: 0, height: '100%', width: '100%' },
  columns: { flexDirection: 'row' },
  // A remembered size never takes the whole of a smaller window, or of one that is zoomed.
  sizedColumns: { maxWidth: '60%' },
  sizedRows: { maxHeight: '55%' },
  rows: { flexDirection: 'column' },
  sized: { flexShrink: 0, minWidth: 0, minHeight: 0, overflow: 'hidden', display: 'flex', flexDirection: 'column' },
  rest: {
    flexGrow: 1,
    flexBasis: 0,
    minWidth: 0,
    minHeight: 0,
    overflow: 'hidden',
    display: 'flex',
    flexDirection: 'column',
  },
  bar: {
    flexShrink: 0,
    position: 'relative',
    backgroundColor: tokens.colorNeutralStroke2,
    touchAction: 'none',
    ':hover': { backgroundColor: tokens.colorBrandStroke1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-1px', zIndex: 1 },
    // The line is thin; what can be grabbed is not.
    '::after': { content: '""', position: 'absolute', zIndex: 1 },
  },
  barColumns: { width: '1px', cursor: 'col-resize', '::after': { inset: '0 -4px' } },
  barRows: { height: '1px', cursor: 'row-resize', '::after': { inset: '-4px 0' } },
});

interface SplitterProps {
  /** Beside each other, or one over the other. */
  direction: 'columns' | 'rows';
  /** Which part has the size; the other takes the rest. */
  sized: 'first' | 'second';
  /** Under which name the size is remembered. */
  name: string;
  label: string;
  initialPx: number;
  minPx: number;
  maxPx: number;
  first: ReactNode;
  second: ReactNode;
}

const stepPx = 16;

/** Two parts with a bar between them that moves by pointer and by arrow keys; its place is remembered. */
export const Splitter = (props: SplitterProps): ReactElement => {
  const styles = useStyles();
  const frame = useRef<HTMLDivElement>(null);
  const key = `reelvault.splitter.${props.name}`;
  const [size, setSize] = useState(() => {
    const kept = Number(localStorage.getItem(key));
    return Number.isFinite(kept) && kept > 0 ? kept : props.initialPx;
  });
  const clamp = (value: number): number => {
    const box = frame.current?.getBoundingClientRect();
    const room = box === undefined ? props.maxPx : (props.direction === 'columns' ? box.width : box.height) - 120;
    return Math.round(Math.max(props.minPx, Math.min(props.maxPx, room, value)));
  };
  const change = (value: number): void => {
    const next = clamp(value);
    setSize(next);
    localStorage.setItem(key, String(next));
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = frame.current?.getBoundingClientRect();
    if (box === undefined) return;
    const along = props.direction === 'columns' ? event.clientX - box.left : event.clientY - box.top;
    const whole = props.direction === 'columns' ? box.width : box.height;
    change(props.sized === 'first' ? along : whole - along);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const back = props.direction === 'columns' ? 'ArrowLeft' : 'ArrowUp';
    const forth = props.direction === 'columns' ? 'ArrowRight' : 'ArrowDown';
    const sign = props.sized === 'first' ? 1 : -1;
    if (event.key === back) change(size - sign * stepPx);
    else if (event.key === forth) change(size + sign * stepPx);
    else if (event.key === 'Home') change(props.minPx);
    else if (event.key === 'End') change(props.maxPx);
    else return;
    event.preventDefault();
  };
  const measure = props.direction === 'columns' ? { width: `${size}px` } : { height: `${size}px` };
  const part = (which: 'first' | 'second'): ReactElement => (
    <div
      data-region
      className={
        props.sized === which
          ? mergeClasses(styles.sized, props.direction === 'columns' ? styles.sizedColumns : styles.sizedRows)
          : styles.rest
      }
      style={props.sized === which ? measure : undefined}
    >
      {which === 'first' ? props.first : props.second}
    </div>
  );
  return (
    <div
      ref={frame}
      className={mergeClasses(styles.frame, props.direction === 'columns' ? styles.columns : styles.rows)}
    >
      {part('first')}
      <div
        role="separator"
        tabIndex={0}
        aria-label={props.label}
        aria-orientation={props.direction === 'columns' ? 'vertical' : 'horizontal'}
        aria-valuenow={size}
        aria-valuemin={props.minPx}
        aria-valuemax={props.maxPx}
        className={mergeClasses(styles.bar, props.direction === 'columns' ? styles.barColumns : styles.barRows)}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onDoubleClick={() => change(props.initialPx)}
        onKeyDown={onKeyDown}
      />
      {part('second')}
    </div>
  );
};
