import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { Icon } from './icons.tsx';

const useStyles = makeStyles({
  note: {
    display: 'flex',
    alignItems: 'flex-start',
    gap: '6px',
    padding: '6px 10px',
    flexShrink: 0,
    backgroundColor: tokens.colorNeutralBackground3,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  icon: { color: tokens.colorBrandForeground1, display: 'inline-flex', flexShrink: 0 },
});

/** One sentence that explains what stands below it. */
export const Note = ({ children }: { children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.note}>
      <span className={styles.icon}>
        <Icon name="info" />
      </span>
      <span>{children}</span>
    </div>
  );
};
