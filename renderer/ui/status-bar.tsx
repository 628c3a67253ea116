import { Button, makeStyles, Menu, MenuPopover, MenuTrigger, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { MenuEntries, type MenuEntry } from './context-menu.tsx';
import { StatusIcon, type StatusShape } from './status-icon.tsx';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    height: '26px',
    padding: '0 8px',
    flexShrink: 0,
    backgroundColor: tokens.colorNeutralBackground3,
    borderTop: `1px solid ${tokens.colorNeutralStroke1}`,
    overflow: 'hidden',
  },
  part: { display: 'inline-flex', alignItems: 'center', padding: '0 6px', whiteSpace: 'nowrap', minWidth: 0 },
  button: { height: '22px', padding: '0 6px', fontSize: '12px', minWidth: 0, fontWeight: tokens.fontWeightRegular },
  popover: { padding: '2px', maxWidth: '520px', maxHeight: '60vh' },
  space: { flexGrow: 1 },
  // Read out, and not seen.
  said: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

export interface StatusPart {
  id: string;
  /** Absent for what is no state. */
  shape?: StatusShape;
  word: string;
  /** What opens when it is pressed: a list of things to go to. */
  entries?: readonly MenuEntry[];
  listLabel?: string;
  end?: boolean;
}

/** The line at the bottom: the engine's state, what runs and what needs someone. */
export const StatusBar = (props: {
  label: string;
  parts: readonly StatusPart[];
  /** The last thing that ended: said to those who do not see it. */
  said: string;
}): ReactElement => {
  const styles = useStyles();
  const part = (shown: StatusPart): ReactElement => {
    const content = shown.shape === undefined ? shown.word : <StatusIcon shape={shown.shape} word={shown.word} />;
    if (shown.entries === undefined || shown.entries.length === 0) {
      return (
        <span key={shown.id} className={styles.part}>
          {content}
        </span>
      );
    }
    return (
      <Menu key={shown.id} hasIcons positioning={{ position: 'above', align: 'start' }}>
        <MenuTrigger disableButtonEnhancement>
          <Button className={styles.button} appearance="subtle" size="small">
            {content}
          </Button>
        </MenuTrigger>
        <MenuPopover className={styles.popover} aria-label={shown.listLabel}>
          <MenuEntries entries={shown.entries} />
        </MenuPopover>
      </Menu>
    );
  };
  return (
    <footer className={styles.bar} data-region aria-label={props.label}>
      {props.parts.filter((shown) => shown.end !== true).map(part)}
      <span className={styles.space} />
      {props.parts.filter((shown) => shown.end === true).map(part)}
      <span className={styles.said} role="status">
        {props.said}
      </span>
    </footer>
  );
};
