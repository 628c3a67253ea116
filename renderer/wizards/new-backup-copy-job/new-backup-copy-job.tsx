import { type ReactElement, useState } from 'react';
import { describeSchedule } from '../../../shared/domain/schedule.ts';
import { Note } from '../../ui/wizard/layout.tsx';
import { RadioCards } from '../../ui/wizard/radio-cards.tsx';
import { type Engine, useEngine } from '../engine.ts';
import { freeName, retentionWords, takenNamesOf } from '../job-pages/job-draft.ts';
import { askJobFacts, type JobFacts } from '../job-pages/job-facts.ts';
import { JobSummary } from '../job-pages/job-summary.tsx';
import { NameFields } from '../job-pages/name-fields.tsx';
import { useRepositories } from '../job-pages/repository-field.tsx';
import { RetryFields, SchedulePage } from '../job-pages/schedule-page.tsx';
import { askSourcesDraft } from '../job-pages/sources-draft.ts';
import { SourcesPage } from '../job-pages/sources-page.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps, WizardResult } from '../wizard-result.ts';
import { moment } from '../words.ts';
import { type CopyJobDraft, copyDraftOf, copyProblems, copySettingsOf, copySteps, newCopyDraft } from './draft.ts';
import { TargetPage } from './target-page.tsx';
import { texts } from './texts.ts';

type Props = WizardComponentProps<'new-backup-copy-job'>;

interface Facts extends JobFacts {
  initial: CopyJobDraft;
}

const askFacts = async (engine: Engine, props: Props['props'], signal: AbortSignal): Promise<Facts> => {
  const facts = await askJobFacts(engine, props.jobId, signal);
  const { settings } = facts;
  if (settings?.kind === 'backup-copy') {
    const sources = await askSourcesDraft(engine, settings.sources, facts.jobs, signal);
    return { ...facts, initial: copyDraftOf(settings, sources) };
  }
  const chosen = facts.jobs.filter((job) => job.kind !== 'backup-to-tape' && props.sourceJobIds?.includes(job.id));
  const name = freeName(texts.namePrefix, takenNamesOf(facts.jobs, undefined));
  const sources = chosen.map(({ id, name }) => ({ id, name }));
  return { ...facts, initial: newCopyDraft(name, jobTexts.createdAt(moment(Date.now())), sources) };
};

const NamePage = ({ w }: { w: WizardHandle<CopyJobDraft> }): ReactElement => (
  <>
    <NameFields w={w} />
    <RadioCards<CopyJobDraft['mode']>
      {...w.bind('mode')}
      label={texts.mode.label}
      value={w.draft.mode}
      cards={[
        { value: 'immediate', title: texts.mode.immediate, text: texts.mode.immediateText },
        { value: 'periodic', title: texts.mode.periodic, text: texts.mode.periodicText },
      ]}
      onChange={(mode) => w.update({ mode })}
    />
  </>
);

const Summary = ({ w, facts }: { w: WizardHandle<CopyJobDraft>; facts: Facts }): ReactElement => {
  const repositories = useRepositories();
  const { draft } = w;
  const settings = copySettingsOf(draft);
  const repository = repositories.value?.find((row) => row.id === draft.repositoryId);
  const jobName = facts.jobs.find((job) => job.id === draft.schedule.jobId)?.name;
  const t = texts.summary;
  const encryption = draft.keyId === '' ? jobTexts.key.none.toLowerCase() : t.encrypted;
  return (
    <JobSummary
      w={w}
      settings={settings}
      freeBytes={repository?.freeBytes}
      choices={[
        { term: t.name, value: draft.name, stepId: 'name' },
        {
          term: t.mode,
          value: draft.mode === 'immediate' ? texts.mode.immediate : texts.mode.periodic,
          stepId: 'name',
        },
        {
          term: t.objects,
          value: [
            ...draft.sources.jobs.map((job) => job.name),
            ...draft.sources.repositories.map((one) => t.allOf(one.name)),
          ].join(', '),
          stepId: 'objects',
        },
        {
          term: t.excluded,
          value: draft.sources.excluded.map((machine) => machine.name).join(', ') || t.nothing,
          stepId: 'objects',
        },
        { term: t.target, value: repository?.name ?? '', stepId: 'target' },
        { term: t.retention, value: retentionWords(draft.retention), stepId: 'target' },
        { term: t.storage, value: `${texts.target.codecs[draft.codec]}; ${encryption}`, stepId: 'target' },
        {
          term: t.schedule,
          value: describeSchedule(settings.schedule, jobName === undefined ? {} : { jobName }),
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
  const [takenNames] = useState(() => takenNamesOf(facts.jobs, jobId));
  const submit = async (draft: CopyJobDraft): Promise<WizardResult> => {
    const settings = copySettingsOf(draft);
    if (jobId === undefined) return await engine.jobs.create({ settings, runNow: draft.runNow });
    await engine.jobs.update({ id: jobId, settings });
    return { id: jobId };
  };
  const others = facts.jobs.filter((job) => job.id !== jobId).map((job) => ({ value: job.id, label: job.name }));
  const copyFacts = { takenNames, repositories: repositories.value ?? [], jobs: facts.jobs };
  return (
    <Wizard
      title={jobId === undefined ? texts.title : texts.titleEdit(facts.initial.name)}
      rules={{ steps: copySteps, problems: (draft) => copyProblems(draft, copyFacts) }}
      initial={facts.initial}
      editing={jobId !== undefined}
      submit={submit}
      onDone={onDone}
      onClose={onClose}
    >
      {(w) => {
        switch (w.step) {
          case 'name':
            return <NamePage w={w} />;
          case 'objects':
            return <SourcesPage w={w} jobs={facts.jobs} ownId={jobId} />;
          case 'target':
            return <TargetPage w={w} repositories={repositories} />;
          case 'schedule':
            return w.draft.mode === 'immediate' ? (
              <>
                <Note intent="info">{texts.schedule.continuous}</Note>
                <RetryFields w={w} />
              </>
            ) : (
              <SchedulePage w={w} kinds={['daily', 'monthly', 'periodic', 'after-job', 'manual']} jobs={others} />
            );
          default:
            return <Summary w={w} facts={facts} />;
        }
      }}
    </Wizard>
  );
};

/** Copies restore points to a second repository; with a job's id, changes that job. */
const NewBackupCopyJob = (props: Props): ReactElement => (
  <Opening
    title={props.props.jobId === undefined ? texts.title : texts.titleEdit('')}
    question={`wizard copy ${JSON.stringify(props.props)}`}
    ask={(engine, signal) => askFacts(engine, props.props, signal)}
    onClose={props.onClose}
  >
    {(facts) => <Body {...props} facts={facts} />}
  </Opening>
);
export default NewBackupCopyJob;
