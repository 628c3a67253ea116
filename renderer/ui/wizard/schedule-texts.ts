import type { DayChoice, ScheduleKind, Week, Weekday } from './schedule-draft.ts';
import { catalogue } from '../../say.ts';

export const kindWords: Record<ScheduleKind, string> = catalogue({
  daily: 'Daily',
  monthly: 'Monthly',
  periodic: 'Periodically',
  'after-job': 'After another job',
  continuous: 'As soon as new restore points appear',
  manual: 'Only when started by hand',
});
export const dayChoiceWords: Record<DayChoice, string> = catalogue({
  'every-day': 'Every day',
  weekdays: 'On weekdays (Monday to Friday)',
  'these-days': 'On these days',
});
export const weekdayWords: Record<Weekday, string> = catalogue({
  monday: 'Monday',
  tuesday: 'Tuesday',
  wednesday: 'Wednesday',
  thursday: 'Thursday',
  friday: 'Friday',
  saturday: 'Saturday',
  sunday: 'Sunday',
});
export const weekWords: Record<Week, string> = catalogue({
  first: 'First',
  second: 'Second',
  third: 'Third',
  fourth: 'Fourth',
  last: 'Last',
});
export const monthWords: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const scheduleLabels = catalogue({
  group: 'Run this job',
  time: 'Time',
  days: 'Days',
  daysOf: 'Days of the week',
  on: 'On',
  onWeek: 'A day of a week',
  onDay: 'A day of the month',
  week: 'Week',
  weekday: 'Day of the week',
  dayOfMonth: 'Day of the month',
  dayOfMonthHint: 'In shorter months: the last day.',
  months: 'Months',
  every: 'Every',
  unit: 'Unit',
  minutes: 'minutes',
  hours: 'hours',
  job: 'Job',
  chooseJob: 'Choose a job…',
  noJobs: 'There is no other job yet.',
} as const);
