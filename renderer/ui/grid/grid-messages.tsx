import { Button, makeStyles, Spinner, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { Icon } from '../icons.tsx';
import type { GridTexts } from './grid-texts.ts';

/** The rows of a grid: a window on a list that someone else pages. */
export interface GridRows<T> {
  status: 'loading' | 'ready' | 'error';
  refreshing: boolean;
  problem: { message: string; advice: string | null } | null;
  total: number;
  rowAt: (index: number) => T | undefined;
}

const useStyles = makeStyles({
  over: {
    position: 'absolute',
    insetInline: 0,
    top: '56px',
    bottom: 0,
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: '8px',
    padding: '16px',
    overflowY: 'auto',
    textAlign: 'center',
    pointerEvents: 'none',
    '> *': { pointerEvents: 'auto' },
  },
  message: { margin: 0, maxWidth: '60ch', color: tokens.colorNeutralForeground1 },
  advice: { margin: 0, maxWidth: '60ch', color: tokens.colorNeutralForeground2 },
  fault: { color: tokens.colorPaletteRedForeground1, display: 'inline-flex' },
  faultLine: {
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    padding: '2px 8px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorStatusDangerBackground1,
  },
});

/** What a grid says beside its rows: that it loads, that there is nothing, or what went wrong. */
export const GridMessages = <T,>(props: {
  rows: GridRows<T>;
  /** Whether a search or a filter hides rows. */
  narrowed: boolean;
  empty: ReactNode;
  stale: boolean;
  texts: GridTexts;
  onRetry: () => void;
  onShowAll: () => void;
}): ReactElement => {
  const styles = useStyles();
  const { rows, texts } = props;
  return (
    <>
      {rows.status === 'loading' ? (
        <div className={styles.over}>
          <Spinner size="tiny" label={texts.loading} />
        </div>
      ) : null}
      {rows.status === 'error' && rows.problem !== null ? (
        <div className={styles.over} role="alert">
          <span className={styles.fault}>
            <Icon name="fault" size={24} />
          </span>
          <p className={styles.message}>{rows.problem.message}</p>
          {rows.problem.advice === null ? null : <p className={styles.advice}>{rows.problem.advice}</p>}
          <Button size="small" onClick={props.onRetry}>
            {texts.retry}
          </Button>
        </div>
      ) : null}
      {rows.status === 'ready' && rows.total === 0 ? (
        <div className={styles.over}>
          {props.narrowed ? (
            <>
              <p className={styles.message}>{texts.nothingMatches}</p>
              <Button size="small" onClick={props.onShowAll}>
                {texts.showAll}
              </Button>
            </>
          ) : (
            props.empty
          )}
        </div>
      ) : null}
      {rows.status === 'ready' && rows.problem !== null && !props.stale ? (
        <div className={styles.faultLine} role="alert">
          <span className={styles.fault}>
            <Icon name="fault" />
          </span>
          <span>{rows.problem.message}</span>
          <Button size="small" appearance="subtle" onClick={props.onRetry}>
            {texts.retry}
          </Button>
        </div>
      ) : null}
    </>
  );
};
