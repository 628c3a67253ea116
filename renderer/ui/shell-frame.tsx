import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { Splitter } from './splitter.tsx';

const useStyles = makeStyles({
  frame: {
    display: 'flex',
    flexDirection: 'column',
    height: '100vh',
    minWidth: 0,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
  },
  middle: { flexGrow: 1, minHeight: 0, display: 'flex' },
  main: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0, minWidth: 0 },
});

/** The console's regions: ribbon, remarks, tree beside the view, status bar. */
export const ShellFrame = (props: {
  ribbon: ReactNode;
  banner: ReactNode;
  navigation: ReactNode;
  children: ReactNode;
  statusBar: ReactNode;
  splitterLabel: string;
}): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      {props.ribbon}
      {props.banner}
      <main className={styles.middle}>
        <Splitter
          direction="columns"
          sized="first"
          name="navigation"
          label={props.splitterLabel}
          initialPx={216}
          minPx={140}
          maxPx={480}
          first={props.navigation}
          second={<div className={styles.main}>{props.children}</div>}
        />
      </main>
      {props.statusBar}
    </div>
  );
};
