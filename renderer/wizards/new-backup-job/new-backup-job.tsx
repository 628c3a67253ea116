import { type ReactElement, useState } from 'react';
import { describeSchedule } from '../../../shared/domain/schedule.ts';
import { scheduleOfDraft } from '../../ui/wizard/schedule-draft.ts';
import { type Engine, useEngine } from '../engine.ts';
import { freeName, retentionWords, takenNamesOf } from '../job-pages/job-draft.ts';
import { askJobFacts, type JobFacts } from '../job-pages/job-facts.ts';
import { JobSummary } from '../job-pages/job-summary.tsx';
import { NameFields } from '../job-pages/name-fields.tsx';
import { useRepositories } from '../job-pages/repository-field.tsx';
import { SchedulePage } from '../job-pages/schedule-page.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps, WizardResult } from '../wizard-result.ts';
import { counted, moment } from '../words.ts';
import {
  type BackupJobDraft,
  backupDraftOf,
  backupProblems,
  backupSettingsOf,
  backupSteps,
  newBackupDraft,
} from './draft.ts';
import { RepositoryPage } from './repository-page.tsx';
import { SourcePage } from './source-page.tsx';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

type Props = WizardComponentProps<'new-backup-job'>;

interface Facts extends JobFacts {
  initial: BackupJobDraft;
}

/** More disks than this are not looked at only to show their sizes. */
const mostInspected = 200;

/** Sizes of the disks of an edited job; one that cannot be read now stays without a size. */
const withSizes = async (draft: BackupJobDraft, engine: Engine, signal: AbortSignal): Promise<BackupJobDraft> => {
  if (draft.machines.flatMap((machine) => machine.disks).length > mostInspected) return draft;
  const machines = await Promise.all(
    draft.machines.map(async (machine) => ({
      ...machine,
      disks: await Promise.all(
        machine.disks.map(async (disk) => {
          const seen = await engine.sources.inspectDisk({ path: disk.path }, { signal }).catch(() => null);
          return { ...disk, sizeBytes: seen?.sizeBytes ?? null };
        }),
      ),
    })),
  );
  return { ...draft, machines };
};

const askFacts = async (engine: Engine, jobId: string | undefined, signal: AbortSignal): Promise<Facts> => {
  const facts = await askJobFacts(engine, jobId, signal);
  if (facts.settings?.kind === 'backup') {
    return { ...facts, initial: await withSizes(backupDraftOf(facts.settings), engine, signal) };
  }
  const taken = takenNamesOf(facts.jobs, undefined);
  const initial = newBackupDraft(freeName(texts.namePrefix, taken), jobTexts.createdAt(moment(Date.now())));
  return { ...facts, initial };
};

const Summary = ({ w, facts }: { w: WizardHandle<BackupJobDraft>; facts: Facts }): ReactElement => {
  const repositories = useRepositories();
  const { draft } = w;
  const repository = repositories.value?.find((row) => row.id === draft.repositoryId);
  const jobId = draft.schedule.jobId;
  const jobName = facts.jobs.find((job) => job.id === jobId)?.name;
  const t = texts.summary;
  return (
    <JobSummary
      w={w}
      settings={backupSettingsOf(draft)}
      freeBytes={repository?.freeBytes}
      choices={[
        { term: t.name, value: draft.name, stepId: 'name' },
        {
          term: t.machines,
          value: draft.machines
            .map((machine) => `${machine.name} (${counted(machine.disks.length, say('disk'))})`)
            .join(', '),
          stepId: 'source',
        },
        { term: t.repository, value: repository?.name ?? '', stepId: 'repository' },
        { term: t.retention, value: retentionWords(draft.retention), stepId: 'repository' },
        {
          term: t.storage,
          value: [
            texts.storage.codecs[draft.codec].split(':')[0],
            draft.keyId === '' ? jobTexts.key.none.toLowerCase() : 'encrypted',
          ].join(', '),
          stepId: 'repository',
        },
        {
          term: t.schedule,
          value: describeSchedule(scheduleOfDraft(draft.schedule), jobName === undefined ? {} : { jobName }),
          stepId: 'schedule',
        },
      ]}
    />
  );
};

const Body = ({ facts, props, onDone, onClose }: Props & { facts: Facts }): ReactElement => {
  const engine = useEngine();
  const repositories = useRepositories();
  const { jobId } = props;
  const [taken] = useState(() => takenNamesOf(facts.jobs, jobId));
  const submit = async (draft: BackupJobDraft): Promise<WizardResult> => {
    const settings = backupSettingsOf(draft);
    if (jobId === undefined) return await engine.jobs.create({ settings, runNow: draft.runNow });
    await engine.jobs.update({ id: jobId, settings });
    return { id: jobId };
  };
  const others = facts.jobs.filter((job) => job.id !== jobId).map((job) => ({ value: job.id, label: job.name }));
  return (
    <Wizard
      title={jobId === undefined ? texts.title : texts.titleEdit(facts.initial.name)}
      rules={{ steps: () => backupSteps, problems: (draft) => backupProblems(draft, taken) }}
      initial={facts.initial}
      editing={jobId !== undefined}
      submit={submit}
      onDone={onDone}
      onClose={onClose}
    >
      {(w) => {
        switch (w.step) {
          case 'name':
            return <NameFields w={w} />;
          case 'source':
            return <SourcePage w={w} />;
          case 'repository':
            return <RepositoryPage w={w} repositories={repositories} />;
          case 'schedule':
            return <SchedulePage w={w} kinds={['daily', 'monthly', 'periodic', 'after-job', 'manual']} jobs={others} />;
          default:
            return <Summary w={w} facts={facts} />;
        }
      }}
    </Wizard>
  );
};

/** Backs up machines to a repository; with a job's id, changes that job. */
const NewBackupJob = (props: Props): ReactElement => {
  const { jobId } = props.props;
  return (
    <Opening
      title={jobId === undefined ? texts.title : texts.titleEdit('')}
      question={`wizard backup ${jobId ?? ''}`}
      ask={(engine, signal) => askFacts(engine, jobId, signal)}
      onClose={props.onClose}
    >
      {(facts) => <Body {...props} facts={facts} />}
    </Opening>
  );
};
export default NewBackupJob;
