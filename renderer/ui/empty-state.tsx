import { Button, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { Icon, type IconName } from './icons.tsx';

const useStyles = makeStyles({
  frame: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: '8px',
    maxWidth: '56ch',
    textAlign: 'center',
  },
  icon: { color: tokens.colorNeutralForeground3, display: 'inline-flex' },
  title: { margin: 0, fontSize: '14px', lineHeight: '20px', fontWeight: tokens.fontWeightSemibold },
  text: { margin: 0, color: tokens.colorNeutralForeground2 },
  actions: { display: 'flex', gap: '8px', flexWrap: 'wrap', justifyContent: 'center', marginTop: '4px' },
});

/** An empty place that teaches: what belongs here, and what puts it there. */
export const EmptyState = (props: {
  icon: IconName;
  title: string;
  text: string;
  actions: readonly { label: string; run: () => void; refusal?: string | null }[];
}): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      <span className={styles.icon}>
        <Icon name={props.icon} size={32} />
      </span>
      <p className={styles.title}>{props.title}</p>
      <p className={styles.text}>{props.text}</p>
      <div className={styles.actions}>
        {props.actions.map((action, at) => (
          <Button
            key={action.label}
            size="small"
            appearance={at === 0 ? 'primary' : 'secondary'}
            // Reached by keyboard too, so that its reason is read out.
            disabledFocusable={action.refusal != null}
            aria-description={action.refusal ?? undefined}
            title={action.refusal ?? undefined}
            onClick={action.run}
          >
            {action.label}
          </Button>
        ))}
      </div>
    </div>
  );
};
