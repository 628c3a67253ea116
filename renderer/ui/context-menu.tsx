import { Menu, MenuDivider, MenuItem, MenuList, MenuPopover, makeStyles, tokens } from '@fluentui/react-components';
import { Fragment, type ReactElement, useEffect, useMemo, useState } from 'react';
import { useFocusBack } from './focus-back.ts';
import { Icon, type IconName } from './icons.tsx';

/** One entry of a menu. A refused one stays to be seen, with its reason. */
export interface MenuEntry {
  id: string;
  label: string;
  icon?: IconName | undefined;
  keys?: string | undefined;
  /** Why it cannot be done now. */
  refusal?: string | null | undefined;
  /** Entries of different groups are divided. */
  group?: string | undefined;
  /** For choices: whether it is the one, or one of those, that hold. */
  checked?: boolean | undefined;
  /** The menu stays for more choices. */
  persists?: boolean | undefined;
  run: () => void;
}

const useStyles = makeStyles({
  popover: { padding: '2px', minWidth: '180px', maxWidth: '420px', maxHeight: '80vh' },
  item: { minHeight: '24px', padding: '2px 8px', fontSize: '12px', lineHeight: '16px', alignItems: 'center' },
  divider: { margin: '2px 0' },
  refusal: { display: 'block', color: tokens.colorNeutralForeground3, fontSize: '11px', whiteSpace: 'normal' },
});

function iconOf(entry: MenuEntry): ReactElement | undefined {
  const name = entry.checked === undefined ? entry.icon : entry.checked ? 'check' : undefined;
  return name === undefined ? undefined : <Icon name={name} />;
}

/** The entries alone, for any menu. */
export const MenuEntries = ({ entries }: { entries: readonly MenuEntry[] }): ReactElement => {
  const styles = useStyles();
  return (
    <MenuList>
      {entries.map((entry, at) => (
        <Fragment key={entry.id}>
          {at > 0 && entries[at - 1]?.group !== entry.group ? <MenuDivider className={styles.divider} /> : null}
          <MenuItem
            className={styles.item}
            icon={iconOf(entry)}
            persistOnClick={entry.checked !== undefined && entry.persists === true}
            secondaryContent={entry.keys}
            disabled={entry.refusal != null}
            aria-checked={entry.checked}
            {...(entry.checked === undefined ? {} : { role: 'menuitemcheckbox' })}
            onClick={entry.run}
          >
            {entry.label}
            {entry.refusal == null ? null : <span className={styles.refusal}> {entry.refusal}</span>}
          </MenuItem>
        </Fragment>
      ))}
    </MenuList>
  );
};

/** A menu at a point of the screen; closes with Esc, a click elsewhere, or a choice. */
export const ContextMenu = (props: {
  at: { x: number; y: number };
  label: string;
  entries: readonly MenuEntry[];
  onClose: () => void;
}): ReactElement => {
  const styles = useStyles();
  useFocusBack();
  const target = useMemo(
    () => ({ getBoundingClientRect: () => new DOMRect(props.at.x, props.at.y, 0, 0) }),
    [props.at.x, props.at.y],
  );
  // Opened by the very event that would close it, were it there already.
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOpen(true), 0);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Menu
      open={open}
      hasIcons
      positioning={{ target, position: 'below', align: 'start' }}
      onOpenChange={(_event, data) => {
        if (!data.open) props.onClose();
      }}
    >
      <MenuPopover className={styles.popover} aria-label={props.label}>
        <MenuEntries entries={props.entries} />
      </MenuPopover>
    </Menu>
  );
};
