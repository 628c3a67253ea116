import { Dialog, DialogSurface, Input, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type KeyboardEvent, type ReactElement, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useFocusBack } from './focus-back.ts';
import { Icon, type IconName } from './icons.tsx';
import { matchCommands } from './match-commands.ts';

export interface PaletteEntry {
  id: string;
  label: string;
  /** Where it belongs: the ribbon tab, or Go to. */
  area: string;
  icon: IconName;
  keys?: string | undefined;
  refusal: string | null;
  /** The same on the command line. */
  line: string | null;
  run: () => void;
}

const useStyles = makeStyles({
  surface: {
    maxWidth: '560px',
    padding: '8px',
    marginTop: '56px',
    marginBottom: 'auto',
    display: 'flex',
    flexDirection: 'column',
    gap: '6px',
    fontSize: '13px',
    lineHeight: '18px',
  },
  list: { margin: 0, padding: 0, listStyleType: 'none', maxHeight: '50vh', overflowY: 'auto' },
  option: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    minHeight: '26px',
    padding: '2px 8px',
    borderRadius: '3px',
    cursor: 'default',
  },
  active: { backgroundColor: tokens.colorBrandBackground2, boxShadow: `inset 0 0 0 1px ${tokens.colorStrokeFocus2}` },
  refused: { color: tokens.colorNeutralForeground3 },
  label: { flexGrow: 1, minWidth: 0 },
  area: { color: tokens.colorNeutralForeground3, whiteSpace: 'nowrap' },
  line: {
    display: 'block',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '11px',
    color: tokens.colorNeutralForeground2,
    overflowWrap: 'anywhere',
  },
  reason: { display: 'block', fontSize: '11px' },
  none: { padding: '8px', color: tokens.colorNeutralForeground3 },
});

/** Everything that can be done, found by typing a part of its name. */
export const CommandPalette = (props: {
  label: string;
  placeholder: string;
  nothing: string;
  entries: readonly PaletteEntry[];
  /** Ctrl+Alt+C on an entry that has a command line. */
  onCopyLine: (line: string) => void;
  /** Says so below the list. */
  hint: string;
  onClose: () => void;
}): ReactElement => {
  const styles = useStyles();
  useFocusBack();
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const found = useMemo(() => matchCommands(props.entries, text), [props.entries, text]);
  const at = Math.min(active, Math.max(0, found.length - 1));
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });
  const choose = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined || entry.refusal !== null) return;
    props.onClose();
    entry.run();
  };
  const copyLine = (entry: PaletteEntry | undefined): void => {
    if (entry?.line == null) return;
    props.onCopyLine(entry.line);
    props.onClose();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setActive(Math.min(found.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(0, at - 1));
    else if (event.key === 'Enter') choose(found[at]);
    else if (event.key.toLowerCase() === 'c' && event.ctrlKey && event.altKey) copyLine(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog
      open
      onOpenChange={(_event, data) => {
        if (!data.open) props.onClose();
      }}
    >
      <DialogSurface className={styles.surface} aria-label={props.label}>
        <Input
          role="combobox"
          aria-label={props.label}
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={found[at] === undefined ? undefined : `${id}-${found[at].id}`}
          aria-autocomplete="list"
          placeholder={props.placeholder}
          contentBefore={<Icon name="search" />}
          value={text}
          autoFocus
          onChange={(_event, data) => {
            setText(data.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <ul ref={list} id={`${id}-list`} role="listbox" aria-label={props.label} className={styles.list}>
          {found.map((entry, index) => (
            <li
              key={entry.id}
              id={`${id}-${entry.id}`}
              role="option"
              aria-selected={index === at}
              aria-disabled={entry.refusal !== null}
              className={mergeClasses(
                styles.option,
                index === at && styles.active,
                entry.refusal !== null && styles.refused,
              )}
              onMouseMove={() => setActive(index)}
              onClick={() => choose(entry)}
            >
              <Icon name={entry.icon} />
              <span className={styles.label}>
                {entry.label}
                {entry.refusal === null ? null : <span className={styles.reason}> {entry.refusal}</span>}
                {entry.line === null || index !== at ? null : <span className={styles.line}> {entry.line}</span>}
              </span>
              <span className={styles.area}>{entry.keys ?? entry.area}</span>
            </li>
          ))}
        </ul>
        {found[at]?.line == null ? null : <div className={styles.none}>{props.hint}</div>}
        {found.length === 0 ? <div className={styles.none}>{props.nothing}</div> : null}
      </DialogSurface>
    </Dialog>
  );
};
