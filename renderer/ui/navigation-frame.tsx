import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';
import { placeButton } from './place-button.ts';

const useStyles = makeStyles({
  frame: {
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    minHeight: 0,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  views: { flexShrink: 0, borderTop: `1px solid ${tokens.colorNeutralStroke2}`, padding: '2px 0' },
  view: {
    ...placeButton,
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    height: '30px',
    '@media (max-height: 520px)': { height: '24px' },
    padding: '0 12px',
    fontWeight: tokens.fontWeightSemibold,
    cursor: 'default',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover, color: tokens.colorNeutralForeground2Hover },
  },
  current: {
    borderInlineStartColor: tokens.colorCompoundBrandStroke,
    backgroundColor: tokens.colorSubtleBackgroundSelected,
    color: tokens.colorNeutralForeground2Selected,
  },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
});

/** A tree over the list of views. */
export const NavigationFrame = <Id extends string>(props: {
  tree: ReactNode;
  viewsLabel: string;
  views: readonly { id: Id; label: string; icon: IconName }[];
  currentView: Id;
  onView: (id: Id) => void;
}): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      {props.tree}
      <nav className={styles.views} aria-label={props.viewsLabel}>
        {props.views.map((view) => (
          <button
            key={view.id}
            type="button"
            aria-current={view.id === props.currentView ? 'page' : undefined}
            className={mergeClasses(styles.view, view.id === props.currentView && styles.current)}
            onClick={() => props.onView(view.id)}
          >
            <Icon name={view.icon} />
            <span className={styles.label}>{view.label}</span>
          </button>
        ))}
      </nav>
    </div>
  );
};
