import { type ReactElement, useState } from 'react';
import type { z } from 'zod';
import type { machineRow } from '../../../shared/contract/backups.ts';
import type { JobRow } from '../../../shared/contract/jobs.ts';
import type { JobSettings, SettingsOf } from '../../../shared/domain/jobs/job-kinds.ts';
import type { BackupSelection } from '../../../shared/domain/jobs/shapes.ts';
import type { RepositoryRow } from '../../../shared/contract/repositories.ts';
import { platformName } from '../../../shared/domain/platforms.ts';
import { ActionButton, ProblemLine, Quiet, Row } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import type { Engine } from '../engine.ts';
import type { WizardHandle } from '../wizard.tsx';
import { counted, size } from '../words.ts';
import { PickDialog, type PickRequest } from './pick-dialog.tsx';
import type { JobStep } from './job-step.ts';
import { type Chosen, readableJobs, type SourcesDraft } from './sources-draft.ts';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

const t = texts.sources;

type MachineRow = z.infer<typeof machineRow>;

interface Listed extends Chosen {
  kind: 'jobs' | 'repositories';
}

const askRepositories = (engine: Engine, request: PickRequest, signal: AbortSignal) =>
  engine.repositories.list({ ...request, sort: { by: 'name', direction: 'asc' } }, { signal });

const askMachines = (engine: Engine, request: PickRequest, signal: AbortSignal) =>
  engine.backups.machines({ ...request, sort: { by: 'name', direction: 'asc' } }, { signal });

/** Jobs come from what the wizard knows already: they are few, and tape jobs are left out. */
const pickJobs = (jobs: readonly JobRow[]) => (_engine: Engine, request: PickRequest) => {
  const wanted = (request.search ?? '').toLowerCase();
  const found = jobs.filter((job) =>
    `${job.name} ${job.targetName} ${job.sourceSummary}`.toLowerCase().includes(wanted),
  );
  return Promise.resolve({ rows: found.slice(request.offset, request.offset + request.limit), total: found.length });
};

const chosenOf = (row: Chosen): Chosen => ({ id: row.id, name: row.name });

/** What a copy or tape job reads: backups of jobs, everything in repositories, and machines left out. */
function SourcesPage<Draft extends { sources: SourcesDraft }>({
  w,
  jobs,
  ownId,
}: {
  w: WizardHandle<Draft>;
  jobs: readonly JobRow[];
  ownId: string | undefined;
}): ReactElement {
  const { sources } = w.draft;
  const [picking, setPicking] = useState<'jobs' | 'repositories' | 'excluded' | null>(null);
  const [marked, setMarked] = useState<readonly string[]>([]);
  const [askJobs] = useState(() => pickJobs(readableJobs(jobs, ownId)));
  const set = (patch: Partial<SourcesDraft>) =>
    w.update({ sources: { ...sources, ...patch } } as unknown as Partial<Draft>);
  const listed: Listed[] = [
    ...sources.jobs.map((job) => ({ ...job, kind: 'jobs' as const })),
    ...sources.repositories.map((repository) => ({ ...repository, kind: 'repositories' as const })),
  ];
  const close = () => setPicking(null);
  const choose = (patch: Partial<SourcesDraft>) => {
    set(patch);
    close();
  };
  const remove = () => {
    const keep = (one: Chosen) => !marked.includes(one.id);
    set({ jobs: sources.jobs.filter(keep), repositories: sources.repositories.filter(keep) });
    setMarked([]);
  };
  const detail = (row: Listed): string =>
    row.kind === 'repositories' ? t.everything : (jobs.find((job) => job.id === row.id)?.sourceSummary ?? '');
  return (
    <div data-field="sources" style={{ display: 'contents' }}>
      <Row>
        <ActionButton label={t.addJobs} onPress={() => setPicking('jobs')} />
        <ActionButton label={t.addRepositories} onPress={() => setPicking('repositories')} />
        <ActionButton label={t.remove} disabled={marked.length === 0} onPress={remove} />
      </Row>
      <ListTable
        label={t.list}
        columns={[
          { id: 'name', label: t.name, renderCell: (row: Listed) => row.name },
          { id: 'kind', label: t.kind, renderCell: (row) => (row.kind === 'jobs' ? t.job : t.repository) },
          { id: 'detail', label: t.detail, renderCell: detail },
        ]}
        rows={listed}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        select="several"
        selected={marked}
        onSelect={setMarked}
        empty={t.empty}
        maxHeightPx={240}
      />
      <ProblemLine name="sources" problem={w.problemIn('sources')} />
      <Row>
        <ActionButton label={t.exclusions} onPress={() => setPicking('excluded')} />
      </Row>
      <Quiet>
        {sources.excluded.length === 0
          ? t.noneExcluded
          : t.excluded(
              counted(sources.excluded.length, say('machine')),
              sources.excluded.map((machine) => machine.name).join(', '),
            )}
      </Quiet>
      {picking === 'jobs' ? (
        <PickDialog<JobRow>
          title={t.jobsTitle}
          accept={t.accept}
          label={t.jobsTitle}
          searchLabel={t.searchJobs}
          empty={t.noJobs}
          columns={[
            { id: 'name', label: t.name, renderCell: (job) => job.name },
            { id: 'source', label: t.machines, renderCell: (job) => job.sourceSummary },
            { id: 'target', label: t.target, renderCell: (job) => job.targetName },
          ]}
          chosenOf={chosenOf}
          initial={sources.jobs}
          ask={askJobs}
          onChoose={(chosen) => choose({ jobs: chosen })}
          onClose={close}
        />
      ) : null}
      {picking === 'repositories' ? (
        <PickDialog<RepositoryRow>
          title={t.repositoriesTitle}
          accept={t.accept}
          label={t.repositoriesTitle}
          searchLabel={t.searchRepositories}
          empty={t.noRepositories}
          columns={[
            { id: 'name', label: t.name, renderCell: (row) => row.name },
            { id: 'machines', label: t.machines, align: 'end', renderCell: (row) => row.machineCount },
            { id: 'used', label: t.used, align: 'end', renderCell: (row) => size(row.usedBytes) },
          ]}
          chosenOf={chosenOf}
          initial={sources.repositories}
          ask={askRepositories}
          onChoose={(chosen) => choose({ repositories: chosen })}
          onClose={close}
        />
      ) : null}
      {picking === 'excluded' ? (
        <PickDialog<MachineRow>
          title={t.excludedTitle}
          accept={t.exclude}
          label={t.excludedTitle}
          searchLabel={t.searchMachines}
          empty={t.noMachines}
          columns={[
            { id: 'name', label: t.name, renderCell: (row) => row.name },
            { id: 'platform', label: t.platform, renderCell: (row) => platformName(row.platform) },
            { id: 'points', label: t.points, align: 'end', renderCell: (row) => row.primaryPoints + row.copyPoints },
          ]}
          chosenOf={chosenOf}
          initial={sources.excluded}
          ask={askMachines}
          onChoose={(chosen) => choose({ excluded: chosen })}
          onClose={close}
        />
      ) : null}
    </div>
  );
}

type Reads = {
  [Kind in JobSettings['kind']]: SettingsOf<Kind> extends { sources: BackupSelection } ? SettingsOf<Kind> : never;
}[JobSettings['kind']];

/** The page of what is read, for every kind of job that reads backups. */
export const sourcesStep = <Settings extends Reads>(page: {
  id: string;
  title: string;
  intro: string;
}): JobStep<Settings> => ({
  ...page,
  fields: ['sources'],
  Page: ({ w, facts }) => (
    <SourcesPage w={w as unknown as WizardHandle<{ sources: SourcesDraft }>} jobs={facts.jobs} ownId={facts.ownId} />
  ),
  summary: (draft) => {
    const { jobs, repositories, excluded } = draft.sources as SourcesDraft;
    return [
      {
        term: page.title,
        value: [...jobs.map((job) => job.name), ...repositories.map((one) => t.allOf(one.name))].join(', '),
      },
      { term: t.excludedTerm, value: excluded.map((machine) => machine.name).join(', ') || t.nothing },
    ];
  },
});
