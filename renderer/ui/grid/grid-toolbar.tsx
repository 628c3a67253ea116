import { Button, Input, makeStyles, tokens } from '@fluentui/react-components';
import { type ReactElement, type ReactNode, useEffect, useState } from 'react';
import { Icon } from '../icons.tsx';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    minHeight: '32px',
    padding: '0 8px',
    flexShrink: 0,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  title: {
    margin: 0,
    fontSize: '13px',
    lineHeight: '20px',
    fontWeight: tokens.fontWeightSemibold,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    minWidth: 0,
  },
  hidden: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', margin: 0 },
  count: { color: tokens.colorNeutralForeground3, whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' },
  space: { flexGrow: 1 },
  search: { width: '200px', flexShrink: 1, minWidth: '90px' },
  small: { minWidth: 0, padding: '0 5px', height: '24px' },
});

const typingMs = 250;

/** Title, count, search and the grid's own tools. */
export const GridToolbar = (props: {
  title: string;
  headingLevel: 2 | 3;
  /** The title stands above already: it is only read out. */
  titleHidden: boolean;
  count: string;
  searchLabel: string | null;
  search: string;
  onSearch: (text: string) => void;
  extra?: ReactNode;
  onColumns: (at: { x: number; y: number }) => void;
  onExport: () => void;
  texts: { columns: string; export: string; clearSearch: string };
}): ReactElement => {
  const styles = useStyles();
  const [typed, setTyped] = useState(props.search);
  useEffect(() => setTyped(props.search), [props.search]);
  const { onSearch, search } = props;
  useEffect(() => {
    if (typed === search) return undefined;
    const timer = setTimeout(() => onSearch(typed), typingMs);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only typing starts the timer
  }, [typed]);
  const Heading = props.headingLevel === 2 ? 'h2' : 'h3';
  return (
    <div className={styles.bar}>
      <Heading className={props.titleHidden ? styles.hidden : styles.title}>{props.title}</Heading>
      {/* How much a search finds is read out; what changes by itself is not. */}
      <span className={styles.count} role={props.search === '' ? undefined : 'status'}>
        {props.count}
      </span>
      <span className={styles.space} />
      {props.extra}
      {props.searchLabel === null ? null : (
        <Input
          className={styles.search}
          size="small"
          type="search"
          value={typed}
          aria-label={props.searchLabel}
          placeholder={props.searchLabel}
          contentBefore={<Icon name="search" size={14} />}
          onChange={(_event, data) => setTyped(data.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && typed !== '') {
              event.stopPropagation();
              setTyped('');
            }
          }}
        />
      )}
      <Button
        className={styles.small}
        appearance="subtle"
        size="small"
        icon={<Icon name="columns" />}
        aria-label={props.texts.columns}
        title={props.texts.columns}
        aria-haspopup="menu"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          props.onColumns({ x: box.left, y: box.bottom });
        }}
      />
      <Button
        className={styles.small}
        appearance="subtle"
        size="small"
        icon={<Icon name="download" />}
        aria-label={props.texts.export}
        title={props.texts.export}
        onClick={props.onExport}
      />
    </div>
  );
};
