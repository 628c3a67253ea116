/** Schedules and retries as the command line takes and shows them: `daily 22:00`, `3/10m`. */
import type { Retry, Schedule } from './jobs/shapes.ts';
import { UnreadableWords } from './unreadable-words.ts';
import { type Weekday, weekdays } from './zoned-time.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weeks = ['first', 'second', 'third', 'fourth', 'last'] as const;

export const scheduleHelp = `Schedules are written in words; times are the server's:
  manual                              started by hand only
  "daily 22:00"                       every day
  "weekly mon,wed,fri 22:00"          on these days; "weekdays" and "weekends" work too
  "monthly first sunday 03:00"        first, second, third, fourth or last
  "monthly 15 03:00"                  on the 15th
  "monthly last sunday 03:00 jan,jul" in these months only (1,7 works too)
  "every 30m"                         every 30 minutes (m, h, d)
  "after NAME"                        each time the job NAME has ended well
  continuous                          as soon as there is something to do`;

/** A schedule as {@link parseSchedule} reads it; `jobName` gives the name of a job that is waited for. */
export function scheduleWords(schedule: Schedule, jobName: (id: string) => string): string {
  switch (schedule.kind) {
    case 'daily':
      return schedule.days.length === 7 ? `daily ${schedule.at}` : `weekly ${schedule.days.join(',')} ${schedule.at}`;
    case 'monthly': {
      const day =
        'dayOfMonth' in schedule.on ? String(schedule.on.dayOfMonth) : `${schedule.on.week} ${schedule.on.day}`;
      const only = schedule.months.length === 12 ? '' : ` ${schedule.months.join(',')}`;
      return `monthly ${day} ${schedule.at}${only}`;
    }
    case 'periodic':
      return `every ${schedule.everyMinutes}m`;
    case 'after-job':
      return `after ${jobName(schedule.jobId)}`;
    case 'manual':
    case 'continuous':
      return schedule.kind;
  }
}

/**
 * A schedule in words (see {@link scheduleHelp}). `after` names a job; `jobIdOf` turns its name into an id.
 * @throws UnreadableWords
 */
export async function parseSchedule(text: string, jobIdOf: (name: string) => Promise<string>): Promise<Schedule> {
  const words = text.trim().split(/\s+/);
  const kind = words[0]?.toLowerCase();
  const wrong = (what: string): Error => new UnreadableWords(`"${text}" is not a schedule: ${what}.`, scheduleHelp);
  if ((kind === 'manual' || kind === 'continuous') && words.length === 1) return { kind };
  if (kind === 'after') {
    const name = text.trim().slice('after'.length).trim();
    if (!name) throw wrong('name the job after "after"');
    return { kind: 'after-job', jobId: await jobIdOf(name) };
  }
  if (kind === 'every') {
    const everyMinutes = minutesOf(words.slice(1).join(''));
    if (everyMinutes === null) throw wrong('say how often, like "every 30m", "every 2h" or "every 1d"');
    return { kind: 'periodic', everyMinutes };
  }
  if (kind !== 'daily' && kind !== 'weekly' && kind !== 'monthly') {
    throw wrong('it begins with manual, daily, weekly, monthly, every, after or continuous');
  }
  const timeAt = words.findIndex((word) => word.includes(':'));
  const at = clockTime(words[timeAt]);
  if (at === undefined) throw wrong('a time like 22:00 is missing');
  const before = words.slice(1, timeAt).map((word) => word.toLowerCase());
  const after = words
    .slice(timeAt + 1)
    .join('')
    .toLowerCase();

  if (kind !== 'monthly') {
    if (after !== '') throw wrong(`"${after}" after the time is too much`);
    if (kind === 'daily' && before.length > 0) throw wrong('days belong to "weekly"');
    const days = kind === 'daily' ? [...weekdays] : parseDays(before.join(''));
    if (!days) throw wrong('days are mon to sun, "weekdays" or "weekends"');
    return { kind: 'daily', at, days };
  }
  const inMonths = parseMonths(after);
  if (!inMonths) throw wrong('months are jan to dec or 1 to 12');
  const week = weeks.find((name) => name === before[0]);
  if (week && before.length === 2) {
    const day = dayOf(before[1] ?? '');
    if (!day) throw wrong(`"${before[1]}" is not a day of the week`);
    return { kind, at, on: { week, day }, months: inMonths };
  }
  const dayOfMonth = Number(before[0]);
  if (before.length !== 1 || !Number.isInteger(dayOfMonth) || dayOfMonth < 1 || dayOfMonth > 31) {
    throw wrong('name a day like "first sunday" or 15 before the time');
  }
  return { kind, at, on: { dayOfMonth }, months: inMonths };
}

/** `3/10m`, or `0` for never. */
export function retryWords({ count, waitMinutes }: Retry): string {
  return `${count}/${waitMinutes}m`;
}

/**
 * `3`, `3/10m`: how often, and how long to wait before each; `0`: never.
 * @throws UnreadableWords
 */
export function parseRetry(text: string): Retry {
  const match = /^\s*(\d+)\s*(?:\/\s*(.+))?$/.exec(text);
  const waitMinutes = match?.[2] === undefined ? 10 : minutesOf(match[2]);
  if (!match || waitMinutes === null) {
    throw new UnreadableWords(`"${text}" is not a retry rule.`, 'Write it like 3/10m: three times, ten minutes apart.');
  }
  return { count: Number(match[1]), waitMinutes };
}

const minuteUnits: Record<string, number> = { m: 1, min: 1, h: 60, d: 1440 };

/** `30m`, `2h`, `1d`, or plain minutes; null when it is no span of time. */
function minutesOf(text: string): number | null {
  const match = /^\s*(\d{1,9})\s*(m|min|h|d)?\s*$/i.exec(text);
  return match ? Number(match[1]) * (minuteUnits[(match[2] ?? 'm').toLowerCase()] ?? 1) : null;
}

function clockTime(text: string | undefined): string | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text ?? '');
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59) return undefined;
  return `${match[1]?.padStart(2, '0')}:${match[2]}`;
}

function dayOf(text: string): Weekday | undefined {
  return text.length < 3 ? undefined : weekdays.find((day) => day.startsWith(text));
}

function parseDays(text: string): Weekday[] | undefined {
  const named = text.toLowerCase().split(',');
  if (named.length === 1 && named[0] === 'weekdays') return weekdays.slice(0, 5);
  if (named.length === 1 && named[0] === 'weekends') return weekdays.slice(5);
  const chosen = new Set(named.map(dayOf));
  return chosen.has(undefined) ? undefined : weekdays.filter((day) => chosen.has(day));
}

function parseMonths(text: string): number[] | undefined {
  if (text === '') return months.map((_name, index) => index + 1);
  const chosen = text.split(',').map((name) => {
    const number = /^\d{1,2}$/.test(name) ? Number(name) : name.length < 3 ? 0 : months.indexOf(name.slice(0, 3)) + 1;
    return number <= 12 ? number : 0;
  });
  return chosen.includes(0) ? undefined : [...new Set(chosen)].sort((a, b) => a - b);
}
