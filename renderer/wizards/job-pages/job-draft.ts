import {
  draftOfSchedule,
  newScheduleDraft,
  type Schedule,
  type ScheduleDraft,
  type ScheduleKind,
  scheduleOfDraft,
  scheduleProblems,
  wholeNumber,
} from '../../ui/wizard/schedule-draft.ts';
import type { RetentionDraft } from '../../ui/wizard/retention-field.tsx';
import type { Problem } from '../problems.ts';
import { say } from '../../say.ts';

/** What every kind of job has, as it is being edited. */
export interface CommonDraft {
  name: string;
  description: string;
  schedule: ScheduleDraft;
  retryOn: boolean;
  retryCount: string;
  retryWaitMinutes: string;
  runNow: boolean;
}

interface CommonSettings {
  name: string;
  description: string;
  schedule: Schedule;
  retry: { count: number; waitMinutes: number };
}

export const newCommonDraft = (name: string, description: string, kind: ScheduleKind): CommonDraft => ({
  name,
  description,
  schedule: newScheduleDraft(kind),
  retryOn: true,
  retryCount: '3',
  retryWaitMinutes: '10',
  runNow: false,
});

export const commonDraftOf = (settings: CommonSettings): CommonDraft => ({
  name: settings.name,
  description: settings.description,
  schedule: draftOfSchedule(settings.schedule),
  retryOn: settings.retry.count > 0,
  retryCount: String(settings.retry.count > 0 ? settings.retry.count : 3),
  retryWaitMinutes: String(settings.retry.waitMinutes),
  runNow: false,
});

export const commonSettingsOf = (draft: CommonDraft): CommonSettings => ({
  name: draft.name,
  description: draft.description,
  schedule: scheduleOfDraft(draft.schedule),
  retry: draft.retryOn
    ? { count: wholeNumber(draft.retryCount), waitMinutes: wholeNumber(draft.retryWaitMinutes) }
    : { count: 0, waitMinutes: 10 },
});

export const retentionDraftOf = (
  value: { kind: 'points'; count: number } | { kind: 'days'; days: number },
): RetentionDraft =>
  value.kind === 'points'
    ? { kind: 'points', amount: String(value.count) }
    : { kind: 'days', amount: String(value.days) };

export const retentionOf = (draft: RetentionDraft) =>
  draft.kind === 'points'
    ? { kind: 'points' as const, count: wholeNumber(draft.amount) }
    : { kind: 'days' as const, days: wholeNumber(draft.amount) };

const scheduleAs = (field: string, draft: ScheduleDraft): Problem[] =>
  scheduleProblems(draft).map(({ part, message }) => ({ field: `${field}.${part}`, message }));

/**
 * The schema's problems, with the schedule's own words in place of its (a union's message says nothing), the wrong
 * retention number on its one field, and a name that another job has.
 */
export const withCommonProblems = (
  draft: CommonDraft,
  schema: readonly Problem[],
  takenNames: ReadonlySet<string>,
): Problem[] => {
  const kept = schema
    .filter((problem) => problem.field !== 'schedule' && !problem.field.startsWith('schedule.'))
    .map((problem) => (problem.field.startsWith('retention.') ? { ...problem, field: 'retention' } : problem));
  const name = draft.name.trim().toLowerCase();
  return [
    ...kept,
    ...(takenNames.has(name) ? [{ field: 'name', message: say('There already is a job with this name.') }] : []),
    ...scheduleAs('schedule', draft.schedule),
  ];
};

/** Names of the other jobs, to compare without case. */
export const takenNamesOf = (
  jobs: readonly { id: string; name: string }[],
  ownId: string | undefined,
): ReadonlySet<string> => new Set(jobs.filter((job) => job.id !== ownId).map((job) => job.name.trim().toLowerCase()));

/** `Backup Job 3`: the first of the numbered names that is free. */
export const freeName = (prefix: string, taken: ReadonlySet<string>): string => {
  for (let number = 1; ; number += 1) {
    const name = `${prefix} ${number}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
};

/** `7 restore points`, `30 days`. */
export const retentionWords = (draft: RetentionDraft): string => {
  const one = draft.kind === 'points' ? say('restore point') : say('day');
  return `${draft.amount} ${one}${draft.amount === '1' ? '' : 's'}`;
};
