import type { ReactElement } from 'react';
import { type JobSettings, rulesOf } from '../../../shared/domain/jobs/job-kinds.ts';
import type { JobKindRules } from '../../../shared/domain/jobs/kind.ts';
import type { JobWizardProps } from '../../state/wizards.ts';
import { type Engine, useEngine } from '../engine.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps, WizardResult } from '../wizard-result.ts';
import { moment } from '../words.ts';
import { freeName, takenNamesOf } from './free-name.ts';
import { askJobFacts, type JobFacts } from './job-facts.ts';
import { draftProblems } from './job-problems.ts';
import type { JobPageFacts, JobStep } from './job-step.ts';
import { JobSummary } from './job-summary.tsx';
import { usePools } from './pools.ts';
import { useRepositories } from './repository-field.tsx';
import { draftOf, type JobDraft, newDraft, settingsOf } from './settings-draft.ts';
import { askNames, type SourcesDraft } from './sources-draft.ts';
import { texts } from './texts.ts';

/** A job wizard: its rules, its words, and its pages in their order. Everything else is the same for every kind. */
export interface JobWizard<Settings extends JobSettings> {
  rules: JobKindRules<Settings, Settings['kind']>;
  texts: { title: string; titleEdit: (name: string) => string; namePrefix: string };
  steps: readonly JobStep<Settings>[];
  /** Settings of a new job that are known beforehand. */
  given?: (props: JobWizardProps) => Partial<Settings>;
  /** Looks up what an opened draft shows beside the settings. */
  complete?: (draft: JobDraft<Settings>, engine: Engine, signal: AbortSignal) => Promise<JobDraft<Settings>>;
}

interface Opened<Settings> extends JobFacts {
  initial: JobDraft<Settings>;
}

type Common = JobDraft<{ name: string; sources?: SourcesDraft }>;

async function open<Settings extends JobSettings>(
  { rules, texts: words, given, complete }: JobWizard<Settings>,
  props: JobWizardProps,
  engine: Engine,
  signal: AbortSignal,
): Promise<Opened<Settings>> {
  const facts = await askJobFacts(engine, props.jobId, signal);
  const { jobs } = facts;
  const settings = facts.settings?.kind === rules.kind ? (facts.settings as Settings) : null;
  const sourceIds = jobs
    .filter(({ id }) => props.sourceJobIds?.includes(id))
    .filter(({ kind }) => rulesOf(kind).can.beRead === true);
  let draft =
    settings === null
      ? newDraft(rules, {
          name: freeName(words.namePrefix, takenNamesOf(jobs, undefined)),
          description: texts.createdAt(moment(Date.now())),
          ...('sources' in rules.schema.shape
            ? { sources: { jobIds: sourceIds.map(({ id }) => id), repositoryIds: [], excludedMachineIds: [] } }
            : {}),
          ...given?.(props),
        } as Partial<Settings>)
      : draftOf(rules, settings);
  const { sources } = draft as unknown as Common;
  if (sources !== undefined) draft = { ...draft, sources: await askNames(engine, sources, jobs, signal) };
  return { ...facts, initial: (await complete?.(draft, engine, signal)) ?? draft };
}

function Body<Settings extends JobSettings>({
  wizard,
  opened,
  jobId,
  onDone,
  onClose,
}: {
  wizard: JobWizard<Settings>;
  opened: Opened<Settings>;
  jobId: string | undefined;
  onDone: (result: WizardResult) => void;
  onClose: () => void;
}): ReactElement {
  const engine = useEngine();
  const { rules, texts: words, steps } = wizard;
  const facts: JobPageFacts = {
    jobs: opened.jobs,
    ownId: jobId,
    repositories: useRepositories(),
    pools: usePools(),
  };
  const known = {
    ownId: jobId,
    jobs: facts.jobs,
    repositories: facts.repositories.value ?? undefined,
    pools: facts.pools.value ?? undefined,
  };
  const submit = async (draft: JobDraft<Settings>): Promise<WizardResult> => {
    const settings = settingsOf(rules, draft);
    if (jobId === undefined) return await engine.jobs.create({ settings, runNow: draft.runNow });
    await engine.jobs.update({ id: jobId, version: opened.version, settings });
    return { id: jobId };
  };
  return (
    <Wizard
      title={jobId === undefined ? words.title : words.titleEdit((opened.initial as unknown as Common).name)}
      rules={{
        steps: (draft) => [
          ...steps.map(({ id, title, intro, fields }) => ({
            id,
            title,
            fields,
            intro: typeof intro === 'string' ? intro : intro(draft),
          })),
          { id: 'summary', title: texts.summary.title, fields: ['runNow'] },
        ],
        problems: (draft) => draftProblems(rules, draft, known),
      }}
      initial={opened.initial}
      editing={jobId !== undefined}
      submit={submit}
      onDone={onDone}
      onClose={onClose}
    >
      {(w) => <Page wizard={wizard} w={w} facts={facts} />}
    </Wizard>
  );
}

function Page<Settings extends JobSettings>({
  wizard: { rules, steps },
  w,
  facts,
}: {
  wizard: JobWizard<Settings>;
  w: WizardHandle<JobDraft<Settings>>;
  facts: JobPageFacts;
}): ReactElement {
  const step = steps.find(({ id }) => id === w.step);
  if (step !== undefined) return <step.Page w={w} facts={facts} />;
  const settings = settingsOf(rules, w.draft);
  const { repositoryId } = rules.uses(settings);
  return (
    <JobSummary
      w={w}
      settings={settings}
      freeBytes={facts.repositories.value?.find((row) => row.id === repositoryId)?.freeBytes}
      choices={steps.flatMap(({ id, summary }) => summary(w.draft, facts).map((item) => ({ ...item, stepId: id })))}
    />
  );
}

/** The wizard of a kind of job; with a job's id it changes that job. */
export function jobWizard<Settings extends JobSettings>(
  wizard: JobWizard<Settings>,
): (props: WizardComponentProps<`new-${Settings['kind']}-job`>) => ReactElement {
  return ({ props, onDone, onClose }) => {
    const { jobId } = props;
    return (
      <Opening
        title={jobId === undefined ? wizard.texts.title : wizard.texts.titleEdit('')}
        question={`wizard ${wizard.rules.kind} ${JSON.stringify(props)}`}
        ask={(engine, signal) => open(wizard, props, engine, signal)}
        onClose={onClose}
      >
        {(opened) => <Body wizard={wizard} opened={opened} jobId={jobId} onDone={onDone} onClose={onClose} />}
      </Opening>
    );
  };
}
