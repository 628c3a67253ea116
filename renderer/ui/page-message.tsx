import { Button, makeStyles, mergeClasses, Spinner, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { Icon } from './icons.tsx';

const useStyles = makeStyles({
  page: {
    minHeight: '100vh',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: '10px',
    padding: '24px',
    textAlign: 'center',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  message: { display: 'flex', flexDirection: 'column', alignItems: 'center', gap: '10px' },
  within: { margin: 'auto', padding: '24px', textAlign: 'center' },
  title: { margin: 0, fontSize: '18px', lineHeight: '24px', fontWeight: tokens.fontWeightSemibold },
  text: { margin: 0, maxWidth: '70ch', overflowWrap: 'anywhere' },
  quiet: { margin: 0, maxWidth: '70ch', color: tokens.colorNeutralForeground2 },
  fault: { color: tokens.colorPaletteRedForeground1, display: 'inline-flex' },
});

/** A page that waits. */
export const WaitingPage = ({ label }: { label: string }): ReactElement => {
  const styles = useStyles();
  return (
    <main className={styles.page}>
      <Spinner size="small" label={label} />
    </main>
  );
};

/** Inside a window: what went wrong, and what to do. */
export const FaultNote = (props: { text: string; advice: string }): ReactElement => {
  const styles = useStyles();
  return (
    <div className={mergeClasses(styles.message, styles.within)} role="alert">
      <span className={styles.fault}>
        <Icon name="fault" size={32} />
      </span>
      <p className={styles.text}>{props.text}</p>
      <p className={styles.quiet}>{props.advice}</p>
    </div>
  );
};

/** A page that says why there is nothing else to show, and what to do. */
export const FaultPage = (props: {
  title: string;
  text: string;
  advice: string;
  action: { label: string; run: () => void };
}): ReactElement => {
  const styles = useStyles();
  return (
    <main className={styles.page}>
      <div className={styles.message} role="alert">
        <span className={styles.fault}>
          <Icon name="fault" size={32} />
        </span>
        <h1 className={styles.title}>{props.title}</h1>
        <p className={styles.text}>{props.text}</p>
        <p className={styles.quiet}>{props.advice}</p>
      </div>
      <Button onClick={props.action.run}>{props.action.label}</Button>
    </main>
  );
};
