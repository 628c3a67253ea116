import { Button, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { Icon, type IconName } from './icons.tsx';

interface Action {
  label: string;
  run: () => void;
  refusal: string | null;
}

const useStyles = makeStyles({
  page: { flexGrow: 1, overflowY: 'auto', padding: '28px 32px' },
  inner: { maxWidth: '720px', display: 'flex', flexDirection: 'column', gap: '14px' },
  title: { margin: 0, fontSize: '20px', lineHeight: '26px', fontWeight: tokens.fontWeightSemibold },
  text: { margin: 0, fontSize: '13px', lineHeight: '20px', maxWidth: '72ch' },
  sample: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    flexWrap: 'wrap',
    gap: '12px',
    padding: '12px 14px',
    border: `1px solid ${tokens.colorBrandStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorBrandBackground2,
  },
  sampleText: { margin: 0, flexGrow: 1, flexBasis: '320px' },
  heading: { margin: '8px 0 0', fontSize: '14px', lineHeight: '20px', fontWeight: tokens.fontWeightSemibold },
  steps: { margin: 0, padding: 0, listStyleType: 'none', borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  step: {
    display: 'grid',
    gridTemplateColumns: '24px minmax(0, 1fr) max-content',
    alignItems: 'center',
    gap: '10px',
    padding: '8px 2px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  glyph: { display: 'inline-flex', color: tokens.colorBrandForeground1 },
});

const ActionButton = ({ action, primary }: { action: Action; primary: boolean }): ReactElement => (
  <Button
    size="small"
    appearance={primary ? 'primary' : 'secondary'}
    disabledFocusable={action.refusal !== null}
    aria-description={action.refusal ?? undefined}
    title={action.refusal ?? undefined}
    onClick={action.run}
  >
    {action.label}
  </Button>
);

/** The first page of an empty console. */
export const WelcomePage = (props: {
  title: string;
  text: string;
  sample: { text: string; action: Action };
  stepsTitle: string;
  steps: readonly { icon: IconName; text: string; action: Action }[];
}): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.page}>
      <div className={styles.inner}>
        <h2 className={styles.title}>{props.title}</h2>
        <p className={styles.text}>{props.text}</p>
        <div className={styles.sample}>
          <p className={styles.sampleText}>{props.sample.text}</p>
          <ActionButton action={props.sample.action} primary />
        </div>
        <h3 className={styles.heading}>{props.stepsTitle}</h3>
        <ol className={styles.steps}>
          {props.steps.map((step) => (
            <li key={step.action.label} className={styles.step}>
              <span className={styles.glyph}>
                <Icon name={step.icon} size={20} />
              </span>
              <span>{step.text}</span>
              <ActionButton action={step.action} primary={false} />
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
};
