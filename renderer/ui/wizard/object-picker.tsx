import { Button, Input, makeStyles, Spinner, tokens } from '@fluentui/react-components';
import { SearchRegular } from '@fluentui/react-icons';
import { type ReactElement, useEffect, useState } from 'react';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { type ListColumn, ListTable } from './list-table.tsx';
import { say } from '../../say.ts';

export interface PickPage<Row> {
  rows: readonly Row[];
  total: number;
}

export interface ObjectPickerProps<Row> {
  label: string;
  searchLabel: string;
  columns: readonly ListColumn<Row>[];
  rowId: (row: Row) => string;
  rowName: (row: Row) => string;
  select: 'one' | 'several';
  selected: readonly string[];
  /** All chosen ids after the change, and the row that was pressed: it may be on another page later. */
  onSelect: (ids: string[], changed: Row) => void;
  refused?: (row: Row) => string | null;
  empty: string;
  /** Asks the engine for a page; must reject with a message fit to be shown. Keep it stable between renders. */
  load: (request: {
    offset: number;
    limit: number;
    search: string | undefined;
    signal: AbortSignal;
  }) => Promise<PickPage<Row>>;
  maxHeightPx?: number;
}

const pageSize = 100;
const searchDelayMs = 250;

const useStyles = makeStyles({
  picker: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
  foot: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    minHeight: '28px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
  grow: { flexGrow: 1 },
  search: { maxWidth: '320px' },
  failed: { color: tokens.colorPaletteRedForeground1 },
});

/** Choose from a list that the engine pages and searches: it may hold any number of rows. */
export function ObjectPicker<Row>(props: ObjectPickerProps<Row>): ReactElement {
  const styles = useStyles();
  const { load } = props;
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState({ search: '', offset: 0 });
  const [page, setPage] = useState<PickPage<Row> | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  useEffect(() => {
    const search = typed.trim();
    const timer = setTimeout(
      () => setAsked((now) => (now.search === search ? now : { search, offset: 0 })),
      searchDelayMs,
    );
    return () => clearTimeout(timer);
  }, [typed]);

  useEffect(() => {
    const leave = new AbortController();
    const { search, offset } = asked;
    load({ offset, limit: pageSize, search: search === '' ? undefined : search, signal: leave.signal }).then(
      (loaded) => {
        if (leave.signal.aborted) return;
        setPage(loaded);
        setFailure(null);
      },
      (error: unknown) => {
        if (!leave.signal.aborted) setFailure(messageOf(error));
      },
    );
    return () => leave.abort();
  }, [load, asked]);

  const { search, offset } = asked;
  const last = page === null ? 0 : Math.min(offset + pageSize, page.total);
  return (
    <div className={styles.picker}>
      <Input
        className={styles.search}
        aria-label={props.searchLabel}
        placeholder={props.searchLabel}
        contentBefore={<SearchRegular />}
        value={typed}
        data-own-enter
        onChange={(_event, data) => setTyped(data.value)}
      />
      {page === null ? (
        failure === null ? (
          <Spinner size="tiny" label={say('Asking the engine…')} labelPosition="after" />
        ) : null
      ) : (
        <ListTable
          label={props.label}
          columns={props.columns}
          rows={page.rows}
          rowId={props.rowId}
          rowName={props.rowName}
          select={props.select}
          selected={props.selected}
          onSelect={props.onSelect}
          refused={props.refused}
          empty={search === '' ? props.empty : say`Nothing matches “${search}”.`}
          maxHeightPx={props.maxHeightPx ?? 260}
        />
      )}
      <div className={styles.foot}>
        {failure === null ? (
          <span className={styles.grow} aria-live="polite">
            {page === null || page.total === 0 ? '' : say`${offset + 1}–${last} of ${page.total}`}
            {props.select === 'several' && props.selected.length > 0 ? say` · ${props.selected.length} chosen` : ''}
          </span>
        ) : (
          <span className={styles.failed} role="alert">
            {failure}{' '}
            <Button size="small" onClick={() => setAsked({ ...asked })}>
              {say('Try again')}
            </Button>
          </span>
        )}
        {page !== null && page.total > pageSize ? (
          <>
            <Button
              size="small"
              disabled={offset === 0}
              onClick={() => setAsked({ search, offset: Math.max(0, offset - pageSize) })}
            >
              {say('Previous')} {pageSize}
            </Button>
            <Button
              size="small"
              disabled={last >= page.total}
              onClick={() => setAsked({ search, offset: offset + pageSize })}
            >
              {say('Next')} {pageSize}
            </Button>
          </>
        ) : null}
      </div>
    </div>
  );
}
