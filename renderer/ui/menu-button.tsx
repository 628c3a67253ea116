import { Button, makeStyles, Menu, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { MenuEntries, type MenuEntry } from './context-menu.tsx';
import { Icon, type IconName } from './icons.tsx';

const useStyles = makeStyles({
  button: { height: '24px', minWidth: 0, padding: '0 6px', fontSize: '12px' },
  popover: { padding: '2px' },
});

/** A small button that opens a menu. */
export const MenuButton = (props: { label: string; icon: IconName; entries: readonly MenuEntry[] }): ReactElement => {
  const styles = useStyles();
  return (
    <Menu hasIcons>
      <MenuTrigger disableButtonEnhancement>
        <Button
          className={styles.button}
          appearance="subtle"
          size="small"
          icon={<Icon name={props.icon} />}
          aria-label={props.label}
          title={props.label}
        />
      </MenuTrigger>
      <MenuPopover className={styles.popover} aria-label={props.label}>
        <MenuEntries entries={props.entries} />
      </MenuPopover>
    </Menu>
  );
};

/** A small button that does one thing. */
export const SmallButton = (props: {
  label: string;
  icon?: IconName;
  iconOnly?: boolean;
  keys?: string;
  pressed?: boolean;
  disabled?: boolean;
  run: () => void;
}): ReactElement => {
  const styles = useStyles();
  return (
    <Button
      className={styles.button}
      appearance={props.pressed === true ? 'secondary' : 'subtle'}
      size="small"
      disabled={props.disabled ?? false}
      icon={props.icon === undefined ? undefined : <Icon name={props.icon} />}
      aria-label={props.iconOnly === true ? props.label : undefined}
      aria-pressed={props.pressed}
      aria-keyshortcuts={props.keys}
      title={
        props.keys === undefined
          ? props.iconOnly === true
            ? props.label
            : undefined
          : `${props.label} (${props.keys})`
      }
      onClick={props.run}
    >
      {props.iconOnly === true ? undefined : props.label}
    </Button>
  );
};
