import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';

const useStyles = makeStyles({
  line: { display: 'flex', alignItems: 'center', gap: '8px', width: '100%' },
  track: {
    flexGrow: 1,
    height: '6px',
    minWidth: '40px',
    borderRadius: '3px',
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground5,
    boxShadow: `inset 0 0 0 1px ${tokens.colorNeutralStroke2}`,
  },
  tall: { height: '10px', borderRadius: '5px' },
  bar: {
    height: '100%',
    backgroundColor: tokens.colorCompoundBrandBackground,
    transitionProperty: 'width',
    transitionDuration: '200ms',
  },
  warning: { backgroundColor: tokens.colorPaletteMarigoldForeground1 },
  failed: { backgroundColor: tokens.colorPaletteRedForeground1 },
  success: { backgroundColor: tokens.colorPaletteGreenForeground1 },
  words: { fontVariantNumeric: 'tabular-nums', minWidth: '34px', textAlign: 'end' },
});

/** How far something is, as a bar and in percent. */
export const ProgressBar = (props: {
  label: string;
  percent: number | null;
  tone?: 'normal' | 'success' | 'warning' | 'failed';
  tall?: boolean;
}): ReactElement => {
  const styles = useStyles();
  const tone = props.tone ?? 'normal';
  const percent = props.percent === null ? null : Math.max(0, Math.min(100, props.percent));
  return (
    <span className={styles.line}>
      <span
        role="progressbar"
        aria-label={props.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent === null ? undefined : Math.floor(percent)}
        className={mergeClasses(styles.track, props.tall === true && styles.tall)}
      >
        <span
          className={mergeClasses(styles.bar, tone !== 'normal' && styles[tone])}
          style={{ display: 'block', width: `${percent ?? 0}%` }}
        />
      </span>
      <span className={styles.words}>{percent === null ? '' : `${Math.floor(percent)} %`}</span>
    </span>
  );
};
