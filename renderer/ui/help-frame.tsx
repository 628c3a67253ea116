import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';

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
  chapter: {
    display: 'block',
    width: '100%',
    padding: '6px 12px',
    borderTopStyle: 'none',
    borderBottomStyle: 'none',
    borderInlineEndStyle: 'none',
    borderInlineStartWidth: '3px',
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: 'transparent',
    font: 'inherit',
    textAlign: 'start',
    color: tokens.colorNeutralForeground1,
    backgroundColor: 'transparent',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
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
