import type { ReactElement } from 'react';
import type { JobRow } from '../../../shared/contract/jobs.ts';
import { type JobKind, rulesOf } from '../../../shared/domain/jobs/job-kinds.ts';
import { client } from '../../state/connection.ts';
import { rowsOf } from '../../state/entities.ts';
import { usePlace } from '../../state/navigation.ts';
import { openSession } from '../../state/session-windows.ts';
import { jobKindWords, resultWords } from '../../texts.ts';
import { FactColumns, FactList } from '../../ui/details-pane.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { formatTime, formatUtc } from '../../ui/times.ts';
import { nameColumn, statusColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { Empty } from '../empty.tsx';
import { ListView } from '../list-view.tsx';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import { SessionList } from '../sessions/session-list.tsx';
import { filterOf, shownJob, shownResult } from '../states.ts';
import { say } from '../../say.ts';

const columns: readonly GridColumn<JobRow>[] = [
  nameColumn('name', say('Name'), (job) => job.name, { widthPx: 200 }),
  textColumn('kind', say('Type'), (job) => jobKindWords[job.kind], {
    widthPx: 112,
    filter: filterOf(jobKindWords),
  }),
  textColumn('sourceSummary', say('Objects'), (job) => job.sourceSummary, { widthPx: 130, sortable: false }),
  textColumn('targetName', say('Target'), (job) => job.targetName, { widthPx: 160 }),
  {
    ...statusColumn<JobRow>('runningState', say('Status'), shownJob, { widthPx: 148, sortable: false }),
    render: (job) =>
      shownJob(job).shape === 'running' && job.progressPercent !== null ? (
        <ProgressBar label={`${job.name}: ${shownJob(job).word}`} percent={job.progressPercent} />
      ) : (
        <StatusIcon {...shownJob(job)} />
      ),
  },
  statusColumn('lastResult', say('Last Result'), (job) => shownResult(job.lastResult), {
    widthPx: 98,
    filter: filterOf(resultWords),
  }),
  timeColumn('lastRunAt', say('Last Run'), (job) => job.lastRunAt),
  timeColumn('nextRunAt', say('Next Run'), (job) => job.nextRunAt),
  {
    ...textColumn<JobRow>('nextTape', say('Next Tape'), (job) => job.nextTape?.text ?? '', {
      sortable: false,
      widthPx: 130,
    }),
    hint: (job) => (job.nextTape === null ? '' : `${job.nextTape.text}: ${job.nextTape.reason}`),
  },
  textColumn('scheduleText', say('Schedule'), (job) => job.scheduleText, { hidden: true, sortable: false }),
  textColumn('description', say('Description'), (job) => job.description, { hidden: true }),
];

const teachAll = {
  title: say('No jobs yet'),
  text: say(
    'A backup job saves machines to a repository. A copy job keeps a second copy elsewhere, and a tape job writes them to tape.',
  ),
  commands: ['new.backup-job', 'sample.create'],
};

/** What an empty list of one kind says; of all kinds: null. */
const teach = (kind: JobKind | null) => {
  if (kind === null) return teachAll;
  const { name, labels } = rulesOf(kind);
  return { title: say(`No ${name}s`), text: say(labels.about), commands: [`new.${kind}-job`] };
};

function detailsOf(job: JobRow): Details {
  return {
    title: job.name,
    tabs: [
      {
        id: 'summary',
        label: say('Summary'),
        content: (
          <FactColumns>
            <FactList
              facts={[
                { label: say('Type'), value: jobKindWords[job.kind] },
                { label: say('Description'), value: job.description },
                { label: say('Objects'), value: job.sourceSummary },
                { label: say('Target'), value: job.targetName },
                { label: say('Schedule'), value: job.enabled ? job.scheduleText : `${job.scheduleText} (disabled)` },
                { label: say('Next run'), value: formatTime(job.nextRunAt), hint: formatUtc(job.nextRunAt) },
              ]}
            />
            <FactList
              facts={[
                { label: say('Status'), value: <StatusIcon {...shownJob(job)} /> },
                { label: say('Last result'), value: <StatusIcon {...shownResult(job.lastResult)} /> },
                { label: say('Last run'), value: formatTime(job.lastRunAt), hint: formatUtc(job.lastRunAt) },
                job.nextTape === null ? null : { label: say('Next tape'), value: job.nextTape.text },
                job.nextTape === null ? null : { label: say('Why this one'), value: job.nextTape.reason },
              ]}
            />
          </FactColumns>
        ),
      },
      {
        id: 'sessions',
        label: say('Sessions'),
        content: (
          <SessionList
            title={say('Sessions of this job')}
            listKey={`job-sessions/${job.id}`}
            place="detail"
            query={{ jobId: job.id }}
          />
        ),
      },
    ],
  };
}

/** All jobs, or those of one kind. */
export const JobsView = ({ kind }: { kind: JobRow['kind'] | null }): ReactElement => {
  const selected = rowsOf(
    'job',
    usePlace((state) => state.main),
  );
  const [only] = selected ?? [];
  const which = kind ?? 'all';
  return (
    <MainAndDetails
      main={
        <ListView
          kind="job"
          title={kind === null ? say('Jobs') : say(rulesOf(kind).labels.plural)}
          listKey={`jobs/${which}`}
          layoutKey="jobs"
          columns={columns}
          topics={['jobs', 'sessions']}
          idOf={(job) => job.id}
          fetchPage={(request, signal) =>
            client.jobs.list(kind === null ? request : { ...request, filters: { ...request.filters, kind: [kind] } }, {
              signal,
            })
          }
          onOpen={(job) => {
            const sessionId = job.runningSessionId ?? job.lastSessionId;
            if (sessionId !== null) openSession(sessionId);
          }}
          empty={<Empty icon="job" {...teach(kind)} />}
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOf(only)}
    />
  );
};
