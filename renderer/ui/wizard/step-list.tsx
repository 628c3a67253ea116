import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  CheckmarkCircle16Filled,
  CircleHint16Regular,
  ErrorCircle16Filled,
  RadioButton16Filled,
} from '@fluentui/react-icons';
import type { ReactElement } from 'react';
import { say } from '../../say.ts';

export type StepState = 'done' | 'current' | 'invalid' | 'not-reached';

/** One step as the list shows it. `reachable`: choosing it now leads there. */
export interface StepView {
  id: string;
  title: string;
  state: StepState;
  current: boolean;
  reachable: boolean;
}

const stateWords: Record<StepState, string> = {
  done: say('done'),
  current: say('current step'),
  invalid: say('needs attention'),
  'not-reached': say('not reached yet'),
};

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: `${tokens.spacingVerticalS} 0`,
    display: 'flex',
    flexDirection: 'column',
    '@media (max-width: 760px)': { flexDirection: 'row', flexWrap: 'wrap', padding: 0 },
  },
  step: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    width: '100%',
    minHeight: '32px',
    padding: `0 ${tokens.spacingHorizontalM}`,
    borderTopWidth: 0,
    borderBottomWidth: 0,
    borderRightWidth: 0,
    borderLeft: '3px solid transparent',
    background: 'none',
    color: tokens.colorNeutralForeground1,
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase300,
    textAlign: 'start',
    whiteSpace: 'nowrap',
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
    '@media (max-width: 760px)': { minHeight: '28px', padding: `0 ${tokens.spacingHorizontalS}` },
  },
  current: {
    borderLeftColor: tokens.colorBrandStroke1,
    backgroundColor: tokens.colorSubtleBackgroundSelected,
    fontWeight: tokens.fontWeightSemibold,
  },
  closed: {
    color: tokens.colorNeutralForeground3,
    cursor: 'default',
    ':hover': { backgroundColor: 'transparent' },
  },
  icon: { display: 'flex', flexShrink: 0 },
  done: { color: tokens.colorPaletteGreenForeground1 },
  invalid: { color: tokens.colorPaletteRedForeground1 },
  here: { color: tokens.colorBrandForeground1 },
  spoken: {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  },
});

const StateIcon = ({ state }: { state: StepState }): ReactElement => {
  const styles = useStyles();
  if (state === 'done') return <CheckmarkCircle16Filled className={styles.done} />;
  if (state === 'invalid') return <ErrorCircle16Filled className={styles.invalid} />;
  if (state === 'current') return <RadioButton16Filled className={styles.here} />;
  return <CircleHint16Regular />;
};

/** The steps of a wizard, each with a shape and a word for its state; reachable ones can be chosen. */
export const StepList = ({
  steps,
  onChoose,
}: {
  steps: readonly StepView[];
  onChoose: (id: string) => void;
}): ReactElement => {
  const styles = useStyles();
  return (
    <nav aria-label={say('Steps')}>
      <ol className={styles.list}>
        {steps.map((step) => (
          <li key={step.id}>
            <button
              type="button"
              className={mergeClasses(
                styles.step,
                step.current && styles.current,
                !step.reachable && !step.current && styles.closed,
              )}
              aria-current={step.current ? 'step' : undefined}
              aria-disabled={!step.reachable && !step.current ? true : undefined}
              onClick={() => {
                if (step.reachable && !step.current) onChoose(step.id);
              }}
            >
              <span className={styles.icon} aria-hidden>
                <StateIcon state={step.state} />
              </span>
              <span>{step.title}</span>
              <span className={styles.spoken}>, {stateWords[step.state]}</span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
};
