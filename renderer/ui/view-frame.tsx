import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';

const useStyles = makeStyles({
  frame: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0, minWidth: 0 },
  bar: {
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    minHeight: '32px',
    padding: '0 8px',
    flexShrink: 0,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  title: {
    margin: 0,
    fontSize: '13px',
    lineHeight: '20px',
    fontWeight: tokens.fontWeightSemibold,
    flexGrow: 1,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  body: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0, overflow: 'auto' },
});

/** A screen that is no list: its title, its tools, its content. */
export const ViewFrame = (props: { title: string; toolbar?: ReactNode; children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      <div className={styles.bar}>
        <h2 className={styles.title}>{props.title}</h2>
        {props.toolbar}
      </div>
      <div className={styles.body}>{props.children}</div>
    </div>
  );
};
