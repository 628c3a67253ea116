import { Button, Input, makeStyles, mergeClasses, Spinner, tokens } from '@fluentui/react-components';
import { ArrowUpRegular, DocumentRegular, FolderRegular, HardDriveRegular } from '@fluentui/react-icons';
import { type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from 'react';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { FormDialog } from './form-dialog.tsx';
import { say } from '../../say.ts';

export interface FolderEntry {
  name: string;
  path: string;
  kind: 'folder' | 'file' | 'block-device';
  /** Size as it is to be read; empty for folders. */
  sizeText: string;
}

export interface FolderListing {
  path: string;
  parent: string | null;
  entries: readonly FolderEntry[];
  truncated: boolean;
}

/** Lists a folder on the backup server; rejects with a message fit to be shown. */
export type BrowseFolder = (path: string, only: 'folders' | 'all', signal: AbortSignal) => Promise<FolderListing>;

const useStyles = makeStyles({
  bar: { display: 'flex', gap: tokens.spacingHorizontalS },
  path: { flexGrow: 1, minWidth: 0 },
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    height: 'min(320px, calc(100vh - 320px))',
    minHeight: '96px',
    overflowY: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  entry: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    height: '28px',
    padding: `0 ${tokens.spacingHorizontalS}`,
    cursor: 'default',
    userSelect: 'none',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
  },
  active: { backgroundColor: tokens.colorNeutralBackground1Selected },
  name: { flexGrow: 1, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  size: { color: tokens.colorNeutralForeground2, fontVariantNumeric: 'tabular-nums' },
  quiet: { padding: tokens.spacingHorizontalM, color: tokens.colorNeutralForeground2 },
  failed: { padding: tokens.spacingHorizontalM, color: tokens.colorPaletteRedForeground1 },
});

const icons = { folder: FolderRegular, file: DocumentRegular, 'block-device': HardDriveRegular };

/**
 * The backup server's file system, one folder at a time. Arrow keys move, Enter opens a folder or takes a file,
 * Backspace goes up; the path can be typed. With `only: 'folders'` the open folder (or the one marked) is taken.
 */
export const FolderBrowser = (props: {
  title: string;
  only: 'folders' | 'all';
  /** A path to begin near; when it is no folder, its parent is tried, then the root. */
  start: string;
  browse: BrowseFolder;
  onChoose: (path: string) => void;
  onClose: () => void;
}): ReactElement => {
  const styles = useStyles();
  const { browse, only } = props;
  const list = useRef<HTMLUListElement>(null);
  const [wanted, setWanted] = useState({ path: props.start === '' ? '/' : props.start });
  const [typed, setTyped] = useState(wanted.path);
  const [listing, setListing] = useState<FolderListing | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [active, setActive] = useState(-1);
  const fallbacks = useRef<string[]>(props.start === '' ? [] : [props.start.replace(/[/\\][^/\\]*$/, '') || '/', '/']);

  useEffect(() => {
    const leave = new AbortController();
    browse(wanted.path, only, leave.signal).then(
      (loaded) => {
        if (leave.signal.aborted) return;
        fallbacks.current = [];
        setListing(loaded);
        setFailure(null);
        setTyped(loaded.path);
        setActive(-1);
        list.current?.scrollTo({ top: 0 });
      },
      (error: unknown) => {
        if (leave.signal.aborted) return;
        const other = fallbacks.current.shift();
        if (other !== undefined && other !== wanted.path) setWanted({ path: other });
        else setFailure(messageOf(error));
      },
    );
    return () => leave.abort();
  }, [browse, only, wanted]);

  const entries = listing?.entries ?? [];
  const marked = entries[active];
  const open = (entry: FolderEntry) => {
    if (entry.kind === 'folder') setWanted({ path: entry.path });
    else props.onChoose(entry.path);
  };
  const mark = (index: number) => {
    const next = Math.max(0, Math.min(entries.length - 1, index));
    setActive(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  const onListKey = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      Home: 0,
      End: entries.length - 1,
      PageDown: active + 10,
      PageUp: active - 10,
    };
    const to = moves[event.key];
    if (to !== undefined && entries.length > 0) mark(to);
    else if (event.key === 'Enter' && marked !== undefined) open(marked);
    else if (event.key === 'Backspace' && listing?.parent != null) setWanted({ path: listing.parent });
    else return;
    event.preventDefault();
  };
  const chosen = marked !== undefined && (only === 'folders' ? marked.kind === 'folder' : marked.kind !== 'folder');
  const opens = only === 'all' && marked?.kind === 'folder';
  const result = chosen ? marked.path : only === 'folders' ? listing?.path : undefined;

  return (
    <FormDialog
      title={props.title}
      accept={only === 'folders' ? say('Choose this folder') : opens ? say('Open folder') : say('Choose this file')}
      acceptDisabled={(result === undefined && !opens) || failure !== null}
      onAccept={() => {
        if (opens) setWanted({ path: marked.path });
        else if (result !== undefined) props.onChoose(result);
      }}
      onClose={props.onClose}
    >
      <div className={styles.bar}>
        <Button
          icon={<ArrowUpRegular />}
          aria-label={say('Up one folder')}
          disabled={listing?.parent == null}
          onClick={() => {
            if (listing?.parent != null) setWanted({ path: listing.parent });
          }}
        />
        <Input
          className={styles.path}
          aria-label={say('Folder on the backup server')}
          value={typed}
          spellCheck={false}
          data-own-enter
          onChange={(_event, data) => setTyped(data.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            setWanted({ path: typed });
          }}
        />
      </div>
      {failure === null ? null : (
        <div className={styles.failed} role="alert">
          {failure}
        </div>
      )}
      {listing === null ? (
        failure === null ? (
          <Spinner size="tiny" label={say('Reading the folder…')} />
        ) : null
      ) : (
        <ul
          ref={list}
          className={styles.list}
          // Without entries it is no list box, but keeps the focus and its keys.
          role={entries.length === 0 ? 'list' : 'listbox'}
          tabIndex={0}
          data-own-enter
          aria-label={say`Content of ${listing.path}`}
          aria-activedescendant={marked === undefined ? undefined : `entry-${active}`}
          onKeyDown={onListKey}
        >
          {entries.map((entry, index) => {
            const Icon = icons[entry.kind];
            return (
              <li
                key={entry.path}
                id={`entry-${index}`}
                role="option"
                aria-selected={index === active}
                className={mergeClasses(styles.entry, index === active && styles.active)}
                onClick={() => setActive(index)}
                onDoubleClick={() => open(entry)}
              >
                <Icon aria-hidden />
                <span className={styles.name} title={entry.name}>
                  {entry.name}
                </span>
                <span className={styles.size}>{entry.sizeText}</span>
              </li>
            );
          })}
          {entries.length === 0 ? (
            <li className={styles.quiet}>
              {only === 'folders' ? say('No folders in here.') : say('Nothing in here.')}
            </li>
          ) : null}
        </ul>
      )}
      {listing?.truncated === true ? (
        <div className={styles.quiet}>{say('There is more than is shown. Type the path instead.')}</div>
      ) : null}
    </FormDialog>
  );
};
