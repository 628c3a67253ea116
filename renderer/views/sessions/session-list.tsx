import type { ReactElement, ReactNode } from 'react';
import type { SessionRow } from '../../../shared/contract/sessions.ts';
import { client } from '../../state/connection.ts';
import { openSession } from '../../state/session-windows.ts';
import { resultWords, sessionKindWords } from '../../texts.ts';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { durationColumn, nameColumn, sizeColumn, statusColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { ListView } from '../list-view.tsx';
import { filterOf, movesData, shownSession } from '../states.ts';
import { say } from '../../say.ts';

const columns: readonly GridColumn<SessionRow>[] = [
  nameColumn('name', say('Name'), (session) => session.name, { widthPx: 240 }),
  textColumn('kind', say('Type'), (session) => sessionKindWords[session.kind], {
    widthPx: 126,
    filter: filterOf(sessionKindWords),
  }),
  {
    ...statusColumn<SessionRow>('result', say('Result'), shownSession, { widthPx: 150, filter: filterOf(resultWords) }),
    text: (session) =>
      session.endedAt === null && session.progressPercent !== null
        ? `${shownSession(session).word}, ${Math.floor(session.progressPercent)} %`
        : shownSession(session).word,
    render: (session) =>
      shownSession(session).shape === 'running' && session.progressPercent !== null ? (
        <ProgressBar label={`${session.name}: ${shownSession(session).word}`} percent={session.progressPercent} />
      ) : (
        <StatusIcon {...shownSession(session)} />
      ),
  },
  timeColumn('startedAt', say('Started'), (session) => session.startedAt),
  timeColumn('endedAt', say('Ended'), (session) => session.endedAt, { hidden: true }),
  durationColumn('durationMs', say('Duration'), (session) =>
    session.endedAt === null ? null : session.endedAt - session.startedAt,
  ),
  sizeColumn('processedBytes', say('Processed'), (session) => (movesData(session) ? session.processedBytes : null)),
  sizeColumn('transferredBytes', say('Written'), (session) => (movesData(session) ? session.transferredBytes : null)),
  textColumn('reason', say('Reason'), (session) => session.reason ?? session.stateText, {
    widthPx: 240,
    sortable: false,
  }),
];

interface SessionQuery {
  jobId?: string;
  running?: boolean;
  /** Only those that began within so many milliseconds from now. */
  withinMs?: number;
  kinds?: readonly SessionRow['kind'][];
  results?: readonly (keyof typeof resultWords)[];
}

/** Sessions, newest first unless sorted. */
export const SessionList = (props: {
  title: string;
  listKey: string;
  query: SessionQuery;
  place?: 'main' | 'detail';
  empty?: ReactNode;
}): ReactElement => {
  const { jobId, running, withinMs, kinds, results } = props.query;
  return (
    <ListView
      kind="session"
      title={props.title}
      listKey={props.listKey}
      layoutKey={props.place === 'detail' ? 'sessions-of' : 'sessions'}
      columns={columns}
      topics={['sessions']}
      idOf={(session) => session.id}
      fetchPage={(request, signal) =>
        client.sessions.list(
          {
            ...request,
            filters: {
              ...(kinds === undefined ? {} : { kind: [...kinds] }),
              ...(results === undefined ? {} : { result: [...results] }),
              ...request.filters,
            },
            jobId,
            running,
            sinceMs: withinMs === undefined ? undefined : Date.now() - withinMs,
          },
          { signal },
        )
      }
      onOpen={(session) => openSession(session.id)}
      empty={
        props.empty ?? (
          <EmptyState
            icon="history"
            title={say('No sessions')}
            text={say('Every run of a job and every other long operation is listed here, with its log.')}
            actions={[]}
          />
        )
      }
      {...(props.place === undefined ? {} : { place: props.place })}
    />
  );
};

/** A session in one line, for details. */
export const SessionStatus = ({ session }: { session: SessionRow }): ReactElement => (
  <StatusIcon {...shownSession(session)} />
);
