import { Button, MessageBar, MessageBarActions, MessageBarBody, makeStyles } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';

const useStyles = makeStyles({
  bar: { flexShrink: 0, borderRadius: 0, minHeight: '28px' },
  body: { fontSize: '12px', lineHeight: '16px' },
});

/** A quiet line over everything that says what is the matter, with at most one thing to do about it. */
export const Banner = (props: {
  label: string;
  intent: 'info' | 'warning' | 'error';
  children: ReactNode;
  action?: { label: string; run: () => void } | undefined;
}): ReactElement => {
  const styles = useStyles();
  return (
    <section aria-label={props.label}>
      <MessageBar intent={props.intent} className={styles.bar} politeness="polite">
        <MessageBarBody className={styles.body}>{props.children}</MessageBarBody>
        {props.action === undefined ? null : (
          <MessageBarActions>
            <Button size="small" onClick={props.action.run}>
              {props.action.label}
            </Button>
          </MessageBarActions>
        )}
      </MessageBar>
    </section>
  );
};
