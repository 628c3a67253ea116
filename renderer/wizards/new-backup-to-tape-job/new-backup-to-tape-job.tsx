import { type ReactElement, useState } from 'react';
import type { PoolRow } from '../../../shared/contract/tape.ts';
import { describeSchedule } from '../../../shared/domain/schedule.ts';
import { CheckField } from '../../ui/wizard/fields.tsx';
import { Note } from '../../ui/wizard/layout.tsx';
import { scheduleOfDraft } from '../../ui/wizard/schedule-draft.ts';
import { type Answer, type Engine, useEngine } from '../engine.ts';
import { freeName, takenNamesOf } from '../job-pages/job-draft.ts';
import { askJobFacts, type JobFacts } from '../job-pages/job-facts.ts';
import { JobSummary } from '../job-pages/job-summary.tsx';
import { NameFields } from '../job-pages/name-fields.tsx';
import { SchedulePage } from '../job-pages/schedule-page.tsx';
import { askSourcesDraft } from '../job-pages/sources-draft.ts';
import { SourcesPage } from '../job-pages/sources-page.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps, WizardResult } from '../wizard-result.ts';
import { counted, moment } from '../words.ts';
import { newTapeDraft, type TapeJobDraft, tapeDraftOf, tapeProblems, tapeSettingsOf, tapeSteps } from './draft.ts';
import { OptionsPage } from './options-page.tsx';
import { PoolField, usePools } from './pool-field.tsx';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

type Props = WizardComponentProps<'new-backup-to-tape-job'>;
type Handle = WizardHandle<TapeJobDraft>;
type Pools = Answer<readonly PoolRow[]>;

interface Facts extends JobFacts {
  initial: TapeJobDraft;
}

const askFacts = async (engine: Engine, props: Props['props'], signal: AbortSignal): Promise<Facts> => {
  const facts = await askJobFacts(engine, props.jobId, signal);
  const { settings } = facts;
  if (settings?.kind === 'backup-to-tape') {
    const sources = await askSourcesDraft(engine, settings.sources, facts.jobs, signal);
    return { ...facts, initial: tapeDraftOf(settings, sources) };
  }
  const chosen = facts.jobs.filter((job) => job.kind !== 'backup-to-tape' && props.sourceJobIds?.includes(job.id));
  const name = freeName(texts.namePrefix, takenNamesOf(facts.jobs, undefined));
  const sources = chosen.map(({ id, name }) => ({ id, name }));
  return { ...facts, initial: newTapeDraft(name, jobTexts.createdAt(moment(Date.now())), sources, props.poolId ?? '') };
};

const PoolPage = ({ w, pools }: { w: Handle; pools: Pools }): ReactElement => (
  <PoolField
    binding={w.bind('fullPoolId')}
    label={texts.pool.full}
    value={w.draft.fullPoolId}
    pools={pools}
    onChange={(fullPoolId) =>
      // The same pool is the usual choice for increments; one chosen apart stays.
      w.update(
        w.draft.incrementPoolId === '' || w.draft.incrementPoolId === w.draft.fullPoolId
          ? { fullPoolId, incrementPoolId: fullPoolId }
          : { fullPoolId },
      )
    }
  />
);

const IncrementalPage = ({ w, pools }: { w: Handle; pools: Pools }): ReactElement => (
  <>
    <CheckField
      {...w.bind('incrementsOn')}
      label={texts.incremental.on}
      hint={texts.incremental.hint}
      value={w.draft.incrementsOn}
      onChange={(incrementsOn) => w.update({ incrementsOn })}
    />
    {w.draft.incrementsOn ? (
      <PoolField
        binding={w.bind('incrementPoolId')}
        label={texts.pool.increment}
        value={w.draft.incrementPoolId}
        pools={pools}
        onChange={(incrementPoolId) => w.update({ incrementPoolId })}
      />
    ) : (
      <Note intent="info">{texts.incremental.offNote}</Note>
    )}
  </>
);

const Summary = ({ w, facts, pools }: { w: Handle; facts: Facts; pools: Pools }): ReactElement => {
  const { draft } = w;
  const t = texts.summary;
  const jobName = facts.jobs.find((job) => job.id === draft.schedule.jobId)?.name;
  const poolName = (id: string) => pools.value?.find((pool) => pool.id === id)?.name ?? '';
  const after = [...(draft.ejectMedia ? [t.ejected] : []), ...(draft.exportMedia ? [t.exported] : [])];
  return (
    <JobSummary
      w={w}
      settings={tapeSettingsOf(draft)}
      choices={[
        { term: t.name, value: draft.name, stepId: 'name' },
        {
          term: t.backups,
          value: [
            ...draft.sources.jobs.map((job) => job.name),
            ...draft.sources.repositories.map((one) => t.allOf(one.name)),
          ].join(', '),
          stepId: 'backups',
        },
        {
          term: t.excluded,
          value: draft.sources.excluded.map((machine) => machine.name).join(', ') || t.nothing,
          stepId: 'backups',
        },
        { term: t.pool, value: poolName(draft.fullPoolId), stepId: 'pool' },
        {
          term: t.increments,
          value: draft.incrementsOn ? poolName(draft.incrementPoolId) : t.notWritten,
          stepId: 'incremental',
        },
        { term: t.latest, value: draft.latestPointOnly ? t.latestOnly : t.all, stepId: 'options' },
        {
          term: t.virtual,
          value: draft.virtualFullOn ? describeSchedule(scheduleOfDraft(draft.virtualFull)) : t.virtualOff,
          stepId: 'options',
        },
        { term: t.after, value: after.join(', ') || t.stay, stepId: 'options' },
        { term: t.drives, value: draft.parallelDrives, stepId: 'options' },
        { term: t.wait, value: counted(Number(draft.waitForMediaHours), say('hour')), stepId: 'options' },
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
  const pools = usePools();
  const { jobId } = props;
  const [takenNames] = useState(() => takenNamesOf(facts.jobs, jobId));
  const submit = async (draft: TapeJobDraft): Promise<WizardResult> => {
    const settings = tapeSettingsOf(draft);
    if (jobId === undefined) return await engine.jobs.create({ settings, runNow: draft.runNow });
    await engine.jobs.update({ id: jobId, settings });
    return { id: jobId };
  };
  const others = facts.jobs.filter((job) => job.id !== jobId).map((job) => ({ value: job.id, label: job.name }));
  return (
    <Wizard
      title={jobId === undefined ? texts.title : texts.titleEdit(facts.initial.name)}
      rules={{ steps: () => tapeSteps, problems: (draft) => tapeProblems(draft, takenNames) }}
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
          case 'backups':
            return <SourcesPage w={w} jobs={facts.jobs} ownId={jobId} />;
          case 'pool':
            return <PoolPage w={w} pools={pools} />;
          case 'incremental':
            return <IncrementalPage w={w} pools={pools} />;
          case 'options':
            return <OptionsPage w={w} />;
          case 'schedule':
            return (
              <SchedulePage
                w={w}
                kinds={['daily', 'monthly', 'after-job', 'continuous', 'manual']}
                jobs={others}
                words={{ continuous: texts.schedule.continuous }}
              />
            );
          default:
            return <Summary w={w} facts={facts} pools={pools} />;
        }
      }}
    </Wizard>
  );
};

/** Writes backups from disk to tape; with a job's id, changes that job. */
const NewBackupToTapeJob = (props: Props): ReactElement => (
  <Opening
    title={props.props.jobId === undefined ? texts.title : texts.titleEdit('')}
    question={`wizard tape ${JSON.stringify(props.props)}`}
    ask={(engine, signal) => askFacts(engine, props.props, signal)}
    onClose={props.onClose}
  >
    {(facts) => <Body {...props} facts={facts} />}
  </Opening>
);
export default NewBackupToTapeJob;
