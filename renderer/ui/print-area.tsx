import { Link, makeStyles } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';

const useStyles = makeStyles({
  area: { padding: '4px 16px 24px', userSelect: 'text' },
  link: { fontSize: '12px', lineHeight: '16px', textAlign: 'start' },
});

/** What goes on paper when the page is printed; `base.css` hides everything else. */
export const PrintArea = ({ children }: { children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.area} data-print-area>
      {children}
    </div>
  );
};

/** A text that leads somewhere. */
export const LinkButton = ({ label, run }: { label: string; run: () => void }): ReactElement => {
  const styles = useStyles();
  return (
    <Link as="button" className={styles.link} onClick={run}>
      {label}
    </Link>
  );
};
