import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { Splitter } from './splitter.tsx';

const useStyles = makeStyles({
  top: { padding: '8px 14px', display: 'flex', alignItems: 'center', gap: '14px', flexShrink: 0 },
  state: { minWidth: '150px', flexShrink: 0, fontWeight: tokens.fontWeightSemibold },
  reason: { padding: '0 14px 8px', flexShrink: 0, overflowWrap: 'anywhere', userSelect: 'text' },
  middle: {
    display: 'grid',
    gridTemplateColumns: 'max-content max-content minmax(0, 1fr)',
    height: '176px',
    flexShrink: 0,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 760px)': { gridTemplateColumns: 'max-content max-content', height: 'auto' },
  },
  chart: {
    display: 'flex',
    padding: '8px 12px 6px',
    minWidth: 0,
    minHeight: '120px',
    borderInlineStartWidth: '1px',
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: tokens.colorNeutralStroke2,
    '@media (max-width: 760px)': { gridColumn: '1 / -1' },
  },
  bottom: { display: 'flex', flexGrow: 1, flexShrink: 0, flexBasis: '180px', minHeight: '180px' },
  part: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0, minWidth: 0 },
  partHead: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    minHeight: '32px',
    padding: '0 10px',
    flexShrink: 0,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  partTitle: { margin: 0, fontSize: '13px', lineHeight: '20px', fontWeight: tokens.fontWeightSemibold, flexGrow: 1 },
});

/** How a session's window is arranged: state and progress, facts beside the graph, tasks beside the log. */
export const SessionFrame = (props: {
  state: ReactNode;
  progress: ReactNode;
  reason: string | null;
  facts: readonly [ReactNode, ReactNode];
  chart: ReactNode;
  tasks: ReactNode;
  log: ReactNode;
  logTitle: string;
  logTools: ReactNode;
  splitterLabel: string;
}): ReactElement => {
  const styles = useStyles();
  return (
    <>
      <div className={styles.top}>
        <span className={styles.state} role="status">
          {props.state}
        </span>
        {props.progress}
      </div>
      {props.reason === null ? null : <div className={styles.reason}>{props.reason}</div>}
      <div className={styles.middle}>
        {props.facts[0]}
        {props.facts[1]}
        <div className={styles.chart}>{props.chart}</div>
      </div>
      <div className={styles.bottom}>
        <Splitter
          direction="columns"
          sized="first"
          name="session-tasks"
          label={props.splitterLabel}
          initialPx={480}
          minPx={180}
          maxPx={760}
          first={<div className={styles.part}>{props.tasks}</div>}
          second={
            <div className={styles.part}>
              <div className={styles.partHead}>
                <h3 className={styles.partTitle}>{props.logTitle}</h3>
                {props.logTools}
              </div>
              {props.log}
            </div>
          }
        />
      </div>
    </>
  );
};
