import { Link, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { say } from '../../say.ts';

export interface SummaryItem {
  term: string;
  value: ReactNode;
  /** The step where it can be changed. */
  stepId?: string;
}

const useStyles = makeStyles({
  list: {
    margin: 0,
    display: 'grid',
    gridTemplateColumns: 'minmax(110px, 170px) minmax(0, 1fr) auto',
  },
  row: { display: 'contents' },
  cell: {
    margin: 0,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM} ${tokens.spacingVerticalXS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'anywhere',
  },
  term: { color: tokens.colorNeutralForeground2 },
});

/** Every choice with its value, and the way back to where it was made. */
export const SummaryList = ({
  items,
  onChange,
}: {
  items: readonly SummaryItem[];
  onChange: (stepId: string) => void;
}): ReactElement => {
  const styles = useStyles();
  return (
    <dl className={styles.list}>
      {items.map((item) => {
        const { stepId } = item;
        return (
          <div key={item.term} className={styles.row}>
            <dt className={mergeClasses(styles.cell, styles.term)}>{item.term}</dt>
            <dd className={styles.cell}>{item.value}</dd>
            <dd className={styles.cell}>
              {stepId === undefined ? null : (
                <Link as="button" aria-label={say`Change ${item.term}`} onClick={() => onChange(stepId)}>
                  {say('Change')}
                </Link>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
};
