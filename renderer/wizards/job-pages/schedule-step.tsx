import type { ReactElement } from 'react';
import type { JobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import { describeSchedule } from '../../../shared/domain/schedule.ts';
import { catalogue } from '../../say.ts';
import { CheckField, NumberField, type SelectOption } from '../../ui/wizard/fields.tsx';
import { Indent, Row } from '../../ui/wizard/layout.tsx';
import { type ScheduleDraft, type ScheduleKind, scheduleOfDraft } from '../../ui/wizard/schedule-draft.ts';
import { SchedulePicker } from '../../ui/wizard/schedule-picker.tsx';
import type { WizardHandle } from '../wizard.tsx';
import type { JobPageFacts, JobStep } from './job-step.ts';
import type { RetryDraft } from './settings-draft.ts';

const t = catalogue({
  title: 'Schedule',
  intro: 'When the job runs by itself.',
  retry: 'Retry failed runs',
  retryCount: 'Retries',
  retryWait: 'Wait before each',
  minutes: 'minutes',
} as const);

interface Timed {
  schedule: ScheduleDraft;
  retry: RetryDraft;
}

/** How failed runs are tried again. */
export function RetryFields<Draft extends Pick<Timed, 'retry'>>({ w }: { w: WizardHandle<Draft> }): ReactElement {
  const { retry } = w.draft;
  const update = (patch: Partial<RetryDraft>) => w.update({ retry: { ...retry, ...patch } } as Partial<Draft>);
  return (
    <div>
      <CheckField {...w.bind('retry')} label={t.retry} value={retry.on} onChange={(on) => update({ on })} />
      {retry.on ? (
        <Indent>
          <Row>
            <NumberField
              {...w.bind('retry.count')}
              label={t.retryCount}
              value={retry.count}
              onChange={(count) => update({ count })}
            />
            <NumberField
              {...w.bind('retry.waitMinutes')}
              label={t.retryWait}
              unit={t.minutes}
              value={retry.waitMinutes}
              onChange={(waitMinutes) => update({ waitMinutes })}
            />
          </Row>
        </Indent>
      ) : null}
    </div>
  );
}

/** Jobs that another one can wait for. */
const othersIn = ({ jobs, ownId }: JobPageFacts): SelectOption[] =>
  jobs.filter((job) => job.id !== ownId).map((job) => ({ value: job.id, label: job.name }));

/** When the job runs, and retries. */
export function ScheduleFields<Draft extends Timed>({
  w,
  facts,
  kinds,
  words,
}: {
  w: WizardHandle<Draft>;
  facts: JobPageFacts;
  kinds: readonly ScheduleKind[];
  words?: Partial<Record<ScheduleKind, string>> | undefined;
}): ReactElement {
  return (
    <>
      <SchedulePicker
        value={w.draft.schedule}
        kinds={kinds}
        jobs={othersIn(facts)}
        {...(words === undefined ? {} : { words })}
        bind={(part) => w.bind(part === '' ? 'schedule' : `schedule.${part}`)}
        onChange={(schedule) => w.update({ schedule } as Partial<Draft>)}
      />
      <RetryFields w={w} />
    </>
  );
}

/** The schedule in words, for the summary. */
export const scheduleSummary = (draft: ScheduleDraft, { jobs }: JobPageFacts) => {
  const jobName = jobs.find((job) => job.id === draft.jobId)?.name;
  return { term: t.title, value: describeSchedule(scheduleOfDraft(draft), jobName === undefined ? {} : { jobName }) };
};

/** The page for when a job runs: with the kinds of schedule that its rules allow. */
export const scheduleStep = <Settings extends JobSettings>(
  kinds: readonly ScheduleKind[],
  words?: Partial<Record<ScheduleKind, string>>,
): JobStep<Settings> => ({
  id: 'schedule',
  title: t.title,
  intro: t.intro,
  fields: ['schedule', 'retry'],
  Page: ({ w, facts }) => (
    <ScheduleFields w={w as unknown as WizardHandle<Timed>} facts={facts} kinds={kinds} words={words} />
  ),
  summary: (draft, facts) => [scheduleSummary(draft.schedule as ScheduleDraft, facts)],
});
