import type { ReactElement } from 'react';
import type { SessionRow } from '../../../shared/contract/sessions.ts';
import { formatBytes, formatDuration, formatRate } from '../../../shared/domain/format.ts';
import { rowsOf } from '../../state/entities.ts';
import { usePlace } from '../../state/navigation.ts';
import { bottleneckWords, type resultWords, sessionKindWords } from '../../texts.ts';
import { type Fact, FactColumns, FactList } from '../../ui/details-pane.tsx';
import { exactBytes, formatTime, formatUtc } from '../../ui/times.ts';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import { movesData } from '../states.ts';
import { SessionList, SessionStatus } from './session-list.tsx';
import { say } from '../../say.ts';

const dayMs = 86_400_000;

const kindsOf: Record<'jobs' | 'restores' | 'system', readonly SessionRow['kind'][]> = {
  jobs: ['backup', 'backup-copy', 'backup-to-tape'],
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

/** What ran in the last 24 hours, with one outcome or with any. */
export const LastDayView = ({ which }: { which: keyof typeof resultWords | 'running' | null }): ReactElement => (
  <Frame
    list={
      <SessionList
        title={which === 'running' ? say('Running Sessions') : say('Last 24 Hours')}
        listKey={`last-day/${which ?? 'all'}`}
        query={
          which === null
            ? { withinMs: dayMs }
            : which === 'running'
              ? { running: true }
              : { withinMs: dayMs, results: [which] }
        }
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
