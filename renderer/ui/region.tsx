import { Button, makeStyles } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { ErrorBoundary, type FallbackProps } from 'react-error-boundary';
import { Icon } from './icons.tsx';

const useStyles = makeStyles({
  broken: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: '8px',
    flexGrow: 1,
    padding: '16px',
    textAlign: 'center',
  },
  text: { margin: 0 },
});

interface RegionTexts {
  brokenPart: string;
  brokenAdvice: string;
  again: string;
}

const Broken = ({ texts, onAgain }: { texts: RegionTexts; onAgain: () => void }): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.broken} role="alert">
      <Icon name="fault" size={24} />
      <p className={styles.text}>{texts.brokenPart}</p>
      <p className={styles.text}>{texts.brokenAdvice}</p>
      <Button size="small" onClick={onAgain}>
        {texts.again}
      </Button>
    </div>
  );
};

/** A part of the screen that may fail alone: a fault in it never blanks the console. A new key is a new attempt. */
export const Region = (props: { children: ReactNode; texts: RegionTexts; resetKey: string }): ReactElement => {
  const fallback = ({ resetErrorBoundary }: FallbackProps): ReactElement => (
    <Broken texts={props.texts} onAgain={() => resetErrorBoundary()} />
  );
  return (
    <ErrorBoundary resetKeys={[props.resetKey]} fallbackRender={fallback}>
      {props.children}
    </ErrorBoundary>
  );
};
