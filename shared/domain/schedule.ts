/** When a job runs: calendars in a time zone, chaining, retries. Pure; nothing here looks at a clock. */
import type { Schedule } from './jobs/shapes.ts';
import {
  dateOfDay,
  dayNumber,
  dayOfDate,
  daysInMonth,
  fromWallTime,
  minuteMs,
  startOfDay,
  type Weekday,
  weekdayOf,
  weekdays,
} from './zoned-time.ts';

export type { Schedule } from './jobs/shapes.ts';
export type { Weekday } from './zoned-time.ts';
export { weekdays } from './zoned-time.ts';

export type WeekOfMonth = 'first' | 'second' | 'third' | 'fourth' | 'last';

/** `on` of a monthly schedule: a weekday of the month, or a day, which shorter months cut to their last day. */
export type MonthDay = Extract<Schedule, { kind: 'monthly' }>['on'];

/**
 * The first run strictly after `after`, ms since epoch; null for schedules that no clock starts (manual, after another
 * job, continuous) and for calendars without a day. A run whose time the clocks skip is made right after the change;
 * one whose time comes twice is made once, at the first. A periodic schedule counts from local midnight when its step
 * divides a day or is whole days, otherwise from 1970 (UTC): where it stands never depends on when it was last run.
 * @throws RangeError for a time that is not HH:MM, a step below a minute or an unknown time zone.
 */
export function nextRun(schedule: Schedule, after: number, timeZone: string): number | null {
  switch (schedule.kind) {
    case 'daily':
      return nextDaily(schedule.at, schedule.days, after, timeZone);
    case 'monthly':
      return nextMonthly(schedule.at, schedule.on, schedule.months, after, timeZone);
    case 'periodic':
      return nextPeriodic(schedule.everyMinutes, after, timeZone);
    case 'manual':
    case 'after-job':
    case 'continuous':
      return null;
  }
}

/** The newest run at or before `at`, or null where there is none within the last `withinDays`. */
export function previousRun(schedule: Schedule, at: number, timeZone: string, withinDays = 400): number | null {
  const today = dayNumber(at, timeZone);
  for (let day = today; day >= today - withinDays; day -= 1) {
    let found: number | null = null;
    let run = nextRun(schedule, startOfDay(day, timeZone) - 1, timeZone);
    const end = Math.min(at, startOfDay(day + 1, timeZone) - 1);
    if (run === null) return null;
    for (; run !== null && run <= end; run = nextRun(schedule, run, timeZone)) found = run;
    if (found !== null) return found;
  }
  return null;
}

/** The schedule in words, e.g. "Monday to Friday at 22:00". `jobName` is used for a schedule after another job. */
export function describeSchedule(schedule: Schedule, names: { jobName?: string } = {}): string {
  switch (schedule.kind) {
    case 'manual':
      return 'Not scheduled: started by hand';
    case 'continuous':
      return 'Continuously, as new restore points appear';
    case 'after-job':
      return `After job ${names.jobName ?? schedule.jobId}`;
    case 'periodic':
      return `Every ${describeMinutes(schedule.everyMinutes)}`;
    case 'daily':
      return schedule.days.length === 0
        ? 'Never: no day is chosen'
        : `${describeDays(schedule.days)} at ${schedule.at}`;
    case 'monthly':
      return schedule.months.length === 0
        ? 'Never: no month is chosen'
        : `On ${describeMonthDay(schedule.on)} of ${describeMonths(schedule.months)} at ${schedule.at}`;
  }
}

/** The day number of a monthly schedule's day in one month. */
export function dayInMonth(on: MonthDay, year: number, month: number): number {
  if ('dayOfMonth' in on) return dayOfDate(year, month, Math.max(1, on.dayOfMonth));
  if (on.week === 'last') {
    const last = dayOfDate(year, month, daysInMonth(year, month));
    return last - ((weekdays.indexOf(weekdayOf(last)) - weekdays.indexOf(on.day) + 7) % 7);
  }
  const first = dayOfDate(year, month, 1);
  const offset = (weekdays.indexOf(on.day) - weekdays.indexOf(weekdayOf(first)) + 7) % 7;
  return first + offset + 7 * weekOrder.indexOf(on.week);
}

const weekOrder: readonly WeekOfMonth[] = ['first', 'second', 'third', 'fourth'];

function nextDaily(at: string, days: readonly Weekday[], after: number, timeZone: string): number | null {
  const today = dayNumber(after, timeZone);
  // From the day before, because a skipped time can move a run past midnight, to the same weekday of next week.
  for (let day = today - 1; day <= today + 8; day += 1) {
    if (!days.includes(weekdayOf(day))) continue;
    const run = timeOnDay(day, at, timeZone);
    if (run > after) return run;
  }
  return null;
}

function nextMonthly(
  at: string,
  on: MonthDay,
  months: readonly number[],
  after: number,
  timeZone: string,
): number | null {
  const { year, month } = dateOfDay(dayNumber(after, timeZone));
  for (let step = 0; step <= 13; step += 1) {
    const number = ((month - 1 + step) % 12) + 1;
    if (!months.includes(number)) continue;
    const run = timeOnDay(dayInMonth(on, year + Math.floor((month - 1 + step) / 12), number), at, timeZone);
    if (run > after) return run;
  }
  return null;
}

function nextPeriodic(everyMinutes: number, after: number, timeZone: string): number {
  if (!(everyMinutes >= 1)) throw new RangeError(`A schedule cannot repeat every ${everyMinutes} minutes.`);
  const step = everyMinutes * minuteMs;
  if (everyMinutes % 1440 === 0) {
    const days = everyMinutes / 1440;
    let day = Math.ceil(dayNumber(after, timeZone) / days) * days;
    while (startOfDay(day, timeZone) <= after) day += days;
    return startOfDay(day, timeZone);
  }
  if (1440 % everyMinutes !== 0) return (Math.floor(after / step) + 1) * step;
  const today = dayNumber(after, timeZone);
  const midnight = startOfDay(today, timeZone);
  return Math.min(midnight + (Math.floor((after - midnight) / step) + 1) * step, startOfDay(today + 1, timeZone));
}

function timeOnDay(day: number, at: string, timeZone: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(at);
  if (!match) throw new RangeError(`Not a time of day as HH:MM: ${at}`);
  return fromWallTime({ ...dateOfDay(day), hour: Number(match[1]), minute: Number(match[2]) }, timeZone);
}

const monthNames = [
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

function describeDays(days: readonly Weekday[]): string {
  const indexes = weekdays.flatMap((day, index) => (days.includes(day) ? [index] : []));
  const names = indexes.map((index) => capital(weekdays[index]!));
  if (indexes.length === 7) return 'Every day';
  const isRun = indexes.every((index, position) => index === indexes[0]! + position);
  if (isRun && indexes.length > 2) return `${names[0]} to ${names.at(-1)}`;
  return `On ${list(names)}`;
}

function describeMonthDay(on: MonthDay): string {
  if ('week' in on) return `the ${on.week} ${capital(on.day)}`;
  return on.dayOfMonth > 28 ? `day ${on.dayOfMonth} (or the last day)` : `day ${on.dayOfMonth}`;
}

function describeMonths(months: readonly number[]): string {
  const chosen = monthNames.filter((_, index) => months.includes(index + 1));
  return chosen.length === 12 ? 'every month' : list(chosen);
}

function describeMinutes(minutes: number): string {
  const [size, unit] = minutes % 1440 === 0 ? [1440, 'day'] : minutes % 60 === 0 ? [60, 'hour'] : [1, 'minute'];
  return minutes === size ? unit : plural(minutes / size, unit);
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}
