import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { placeButton } from './place-button.ts';

const useStyles = makeStyles({
  frame: { display: 'flex', flexGrow: 1, minHeight: 0 },
  chapters: {
    width: '220px',
    flexShrink: 0,
    overflowY: 'auto',
    padding: '6px 0',
    borderInlineEndWidth: '1px',
    borderInlineEndStyle: 'solid',
    borderInlineEndColor: tokens.colorNeutralStroke2,
    backgroundColor: tokens.colorNeutralBackground2,
    '@media (max-width: 760px)': { width: '130px' },
  },
  chapter: { ...placeButton, display: 'block', padding: '6px 12px' },
  current: {
    borderInlineStartColor: tokens.colorCompoundBrandStroke,
    backgroundColor: tokens.colorSubtleBackgroundSelected,
    fontWeight: tokens.fontWeightSemibold,
  },
  page: { flexGrow: 1, minWidth: 0, overflowY: 'auto', padding: '14px 20px' },
});

/** Chapters at the left, one of them at the right. */
export const HelpFrame = (props: {
  label: string;
  chapters: readonly { id: string; label: string }[];
  current: string;
  onChoose: (id: string) => void;
  children: ReactNode;
}): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      <nav aria-label={props.label} className={styles.chapters}>
        {props.chapters.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            aria-current={id === props.current ? 'page' : undefined}
            className={mergeClasses(styles.chapter, id === props.current && styles.current)}
            onClick={() => props.onChoose(id)}
          >
            {label}
          </button>
        ))}
      </nav>
      <div className={styles.page} tabIndex={0} role="region" aria-label={props.label}>
        {props.children}
      </div>
    </div>
  );
};
