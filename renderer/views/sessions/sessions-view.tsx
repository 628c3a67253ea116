import type { ReactElement } from 'react';
import type { SessionRow } from '../../../shared/contract/sessions.ts';
import { formatBytes, formatDuration, formatRate } from '../../../shared/domain/format.ts';
import { rowsOf } from '../../state/entities.ts';
import { usePlace } from '../../state/navigation.ts';
import { jobKindNames } from '../../../shared/domain/jobs/job-kinds.ts';
import { bottleneckWords, type resultWords, sessionKindWords } from '../../texts.ts';
import { type Fact, FactColumns, FactList } from '../../ui/details-pane.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { exactBytes, formatTime, formatUtc } from '../../ui/times.ts';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import { movesData } from '../states.ts';
import { SessionList, SessionStatus } from './session-list.tsx';
import { say } from '../../say.ts';

const dayMs = 86_400_000;

const kindsOf: Record<'jobs' | 'restores' | 'system', readonly SessionRow['kind'][]> = {
  jobs: jobKindNames,
  restores: ['restore-from-tape', 'restore-disk'],
  system: ['rescan', 'verify', 'delete', 'inventory', 'catalog', 'erase', 'move', 'export', 'import', 'sample'],
};

/** What a session has moved. */
function dataFacts(session: SessionRow): Fact[] {
  return [
    { label: say('Processed'), value: formatBytes(session.processedBytes), hint: exactBytes(session.processedBytes) },
    { label: say('Read'), value: formatBytes(session.readBytes), hint: exactBytes(session.readBytes) },
    { label: say('Written'), value: formatBytes(session.transferredBytes), hint: exactBytes(session.transferredBytes) },
    { label: say('Mean rate'), value: formatRate(session.meanRateBps) },
    ...(session.bottleneck === null ? [] : [{ label: say('Bottleneck'), value: bottleneckWords[session.bottleneck] }]),
  ];
}

function detailsOf(session: SessionRow): Details {
  return {
    title: session.name,
    tabs: [
      {
        id: 'summary',
        label: say('Summary'),
        content: (
          <FactColumns>
            <FactList
              facts={[
                { label: say('Result'), value: <SessionStatus session={session} /> },
                { label: say('Reason'), value: session.reason ?? session.stateText },
                { label: say('Type'), value: sessionKindWords[session.kind] },
                { label: say('Started'), value: formatTime(session.startedAt), hint: formatUtc(session.startedAt) },
                { label: say('Ended'), value: formatTime(session.endedAt), hint: formatUtc(session.endedAt) },
                session.endedAt === null
                  ? null
                  : { label: say('Duration'), value: formatDuration(session.endedAt - session.startedAt) },
              ]}
            />
            <FactList
              facts={(movesData(session) ? dataFacts(session) : []).concat({
                label: say('Tasks'),
                value: String(session.taskCount),
              })}
            />
          </FactColumns>
        ),
      },
    ],
  };
}

const Frame = (props: { list: ReactElement }): ReactElement => {
  const selected = rowsOf(
    'session',
    usePlace((state) => state.main),
  );
  const [only] = selected ?? [];
  return (
    <MainAndDetails main={props.list} details={only === undefined || selected?.length !== 1 ? null : detailsOf(only)} />
  );
};

const lastDay: Record<
  keyof typeof resultWords | 'running' | 'all',
  { title: string; none: { title: string; text: string } }
> = {
  all: {
    title: say('Last 24 Hours'),
    none: {
      title: say('Nothing ran in the last 24 hours'),
      text: say('Every run of a job and every other long operation is listed here, with its log.'),
    },
  },
  running: {
    title: say('Running Sessions'),
    none: { title: say('Nothing runs'), text: say('Sessions are listed here from their start to their end.') },
  },
  success: {
    title: say('Success (Last 24 Hours)'),
    none: {
      title: say('Nothing ended with success'),
      text: say('Sessions that did all they were to do are listed here for 24 hours, and in History after that.'),
    },
  },
  warning: {
    title: say('Warning (Last 24 Hours)'),
    none: {
      title: say('No warnings'),
      text: say('Sessions that did their work with something to be looked at are listed here for 24 hours.'),
    },
  },
  failed: {
    title: say('Failed (Last 24 Hours)'),
    none: {
      title: say('Nothing failed'),
      text: say('Sessions that did not do their work are listed here for 24 hours, each with the reason.'),
    },
  },
  stopped: {
    title: say('Stopped (Last 24 Hours)'),
    none: {
      title: say('Nothing was stopped'),
      text: say('Sessions that somebody stopped are listed here for 24 hours.'),
    },
  },
};

/** What ran in the last 24 hours, with one outcome or with any. */
export const LastDayView = ({ which }: { which: keyof typeof resultWords | 'running' | null }): ReactElement => (
  <Frame
    list={
      <SessionList
        title={lastDay[which ?? 'all'].title}
        listKey={`last-day/${which ?? 'all'}`}
        query={
          which === null
            ? { withinMs: dayMs }
            : which === 'running'
              ? { running: true }
              : { withinMs: dayMs, results: [which] }
        }
        empty={<EmptyState icon="history" {...lastDay[which ?? 'all'].none} actions={[]} />}
      />
    }
  />
);

/** Sessions of the past by what they were for. */
export const HistoryView = ({ which }: { which: 'jobs' | 'restores' | 'system' }): ReactElement => (
  <Frame
    list={
      <SessionList
        title={{ jobs: say('Job Sessions'), restores: say('Restores'), system: say('Tape and System Sessions') }[which]}
        listKey={`history/${which}`}
        query={{ kinds: kindsOf[which] }}
      />
    }
  />
);
