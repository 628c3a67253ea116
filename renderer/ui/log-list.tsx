import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type ReactElement, useEffect, useRef } from 'react';
import { StatusIcon, type StatusShape } from './status-icon.tsx';

export interface LogEntry {
  id: string | number;
  shape: StatusShape;
  level: string;
  time: string;
  timeHint: string;
  text: string;
  advice: string | null;
  duration: string;
}

const useStyles = makeStyles({
  list: {
    margin: 0,
    padding: '2px 0',
    listStyleType: 'none',
    overflowY: 'auto',
    flexGrow: 1,
    minHeight: 0,
    outline: 'none',
  },
  line: {
    display: 'grid',
    gridTemplateColumns: '16px 58px minmax(0, 1fr) max-content',
    columnGap: '8px',
    padding: '4px 10px',
    alignItems: 'start',
    contentVisibility: 'auto',
    containIntrinsicSize: 'auto 24px',
  },
  fault: { backgroundColor: tokens.colorStatusDangerBackground1 },
  caution: { backgroundColor: tokens.colorStatusWarningBackground1 },
  time: { color: tokens.colorNeutralForeground3, fontVariantNumeric: 'tabular-nums' },
  text: { overflowWrap: 'anywhere', userSelect: 'text' },
  advice: { display: 'block', marginTop: '2px', color: tokens.colorNeutralForeground2, userSelect: 'text' },
  adviceLabel: { fontWeight: tokens.fontWeightSemibold },
  none: { padding: '12px', color: tokens.colorNeutralForeground3 },
});

const nearEndPx = 40;

/** Log lines with what to do about them; the newest stay in sight as long as one is at the end. */
export const LogList = (props: {
  label: string;
  entries: readonly LogEntry[];
  adviceLabel: string;
  none: string;
}): ReactElement => {
  const styles = useStyles();
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const { entries } = props;
  useEffect(() => {
    const element = list.current;
    if (element !== null && atEnd.current) element.scrollTop = element.scrollHeight;
  });
  if (entries.length === 0) return <div className={styles.none}>{props.none}</div>;
  return (
    <ol
      ref={list}
      className={styles.list}
      aria-label={props.label}
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < nearEndPx;
      }}
    >
      {entries.map((entry) => (
        <li
          key={entry.id}
          className={mergeClasses(
            styles.line,
            entry.shape === 'failed' && styles.fault,
            entry.shape === 'warning' && styles.caution,
          )}
        >
          <StatusIcon shape={entry.shape} word={entry.level} iconOnly />
          <span className={styles.time} title={entry.timeHint}>
            {entry.time}
          </span>
          <span className={styles.text}>
            {entry.text}
            {entry.advice === null ? null : (
              <span className={styles.advice}>
                <span className={styles.adviceLabel}>{props.adviceLabel}: </span>
                {entry.advice}
              </span>
            )}
          </span>
          <span className={styles.time}>{entry.duration}</span>
        </li>
      ))}
    </ol>
  );
};
