import { type Schedule, type Weekday, type WeekOfMonth, weekdays } from '../../../shared/domain/schedule.ts';
import { say } from '../../say.ts';

export { type Schedule, type Weekday, weekdays };
export type ScheduleKind = Schedule['kind'];

export const weeks = ['first', 'second', 'third', 'fourth', 'last'] as const satisfies readonly WeekOfMonth[];
export type Week = WeekOfMonth;
const workdays: readonly Weekday[] = weekdays.slice(0, 5);

export type DayChoice = 'every-day' | 'weekdays' | 'these-days';

/**
 * A schedule as it is being edited: every variant's values are kept, so that looking at another kind loses
 * nothing, and numbers are texts as typed.
 */
export interface ScheduleDraft {
  kind: ScheduleKind;
  dailyAt: string;
  dayChoice: DayChoice;
  days: readonly Weekday[];
  monthlyAt: string;
  monthlyOn: 'week' | 'day';
  week: Week;
  weekday: Weekday;
  dayOfMonth: string;
  months: readonly number[];
  every: string;
  everyUnit: 'minutes' | 'hours';
  jobId: string;
}

const allMonths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;

/** The field's usual answers: daily at 22:00, monthly on the fourth Saturday, every hour. */
export const newScheduleDraft = (kind: ScheduleKind): ScheduleDraft => ({
  kind,
  dailyAt: '22:00',
  dayChoice: 'every-day',
  days: ['saturday'],
  monthlyAt: '22:00',
  monthlyOn: 'week',
  week: 'fourth',
  weekday: 'saturday',
  dayOfMonth: '1',
  months: allMonths,
  every: '1',
  everyUnit: 'hours',
  jobId: '',
});

const sameDays = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((day) => b.includes(day));

/** A saved schedule, opened for editing. */
export const draftOfSchedule = (value: Schedule): ScheduleDraft => {
  const draft = newScheduleDraft(value.kind);
  switch (value.kind) {
    case 'daily': {
      const dayChoice = sameDays(value.days, weekdays)
        ? 'every-day'
        : sameDays(value.days, workdays)
          ? 'weekdays'
          : 'these-days';
      return { ...draft, dailyAt: value.at, dayChoice, days: value.days };
    }
    case 'monthly':
      return {
        ...draft,
        monthlyAt: value.at,
        months: value.months,
        ...('dayOfMonth' in value.on
          ? { monthlyOn: 'day' as const, dayOfMonth: String(value.on.dayOfMonth) }
          : { monthlyOn: 'week' as const, week: value.on.week, weekday: value.on.day }),
      };
    case 'periodic':
      return value.everyMinutes % 60 === 0
        ? { ...draft, every: String(value.everyMinutes / 60), everyUnit: 'hours' }
        : { ...draft, every: String(value.everyMinutes), everyUnit: 'minutes' };
    case 'after-job':
      return { ...draft, jobId: value.jobId };
    case 'manual':
    case 'continuous':
      return draft;
  }
};

const daysOf = (draft: ScheduleDraft): Weekday[] => {
  if (draft.dayChoice === 'every-day') return [...weekdays];
  if (draft.dayChoice === 'weekdays') return [...workdays];
  return weekdays.filter((day) => draft.days.includes(day));
};

/** The whole number a text says, or NaN. */
export const wholeNumber = (text: string): number => (/^\s*\d{1,15}\s*$/.test(text) ? Number(text) : Number.NaN);

/** The schedule a draft says; not yet validated (the contract's schema does that). */
export const scheduleOfDraft = (draft: ScheduleDraft): Schedule => {
  switch (draft.kind) {
    case 'daily':
      return { kind: 'daily', at: draft.dailyAt, days: daysOf(draft) };
    case 'monthly':
      return {
        kind: 'monthly',
        at: draft.monthlyAt,
        on:
          draft.monthlyOn === 'day'
            ? { dayOfMonth: wholeNumber(draft.dayOfMonth) }
            : { week: draft.week, day: draft.weekday },
        months: [...draft.months].sort((a, b) => a - b),
      };
    case 'periodic':
      return { kind: 'periodic', everyMinutes: wholeNumber(draft.every) * (draft.everyUnit === 'hours' ? 60 : 1) };
    case 'after-job':
      return { kind: 'after-job', jobId: draft.jobId };
    case 'manual':
      return { kind: 'manual' };
    case 'continuous':
      return { kind: 'continuous' };
  }
};

/** What is wrong with a schedule, by its part (`at`, `days`, `on`, `months`, `everyMinutes`, `jobId`). */
export const scheduleProblems = (draft: ScheduleDraft): { part: string; message: string }[] => {
  const value = scheduleOfDraft(draft);
  const problems: { part: string; message: string }[] = [];
  if ((value.kind === 'daily' || value.kind === 'monthly') && !/^([01]\d|2[0-3]):[0-5]\d$/.test(value.at)) {
    problems.push({ part: 'at', message: say('Enter a time as HH:MM.') });
  }
  if (value.kind === 'daily' && value.days.length === 0) {
    problems.push({ part: 'days', message: say('Choose at least one day.') });
  }
  if (value.kind === 'monthly') {
    if ('dayOfMonth' in value.on && !(value.on.dayOfMonth >= 1 && value.on.dayOfMonth <= 31)) {
      problems.push({ part: 'on', message: say('Enter a day from 1 to 31.') });
    }
    if (value.months.length === 0) problems.push({ part: 'months', message: say('Choose at least one month.') });
  }
  if (value.kind === 'periodic' && !(value.everyMinutes >= 1 && value.everyMinutes <= 10_080)) {
    problems.push({ part: 'everyMinutes', message: say('Enter an interval from 1 minute to 7 days (168 hours).') });
  }
  if (value.kind === 'after-job' && value.jobId === '') {
    problems.push({ part: 'jobId', message: say('Choose the job to wait for.') });
  }
  return problems;
};
