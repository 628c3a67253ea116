/**
 * Grandfather-father-son: which fulls are kept longer, and until when. Pure. A flag is only ever set on a full, one full
 * may carry several, and it is kept until the last of them lapses. Days are calendar days of the job's time zone.
 */
import { dayInMonth, type Weekday, type WeekOfMonth } from './schedule.ts';
import { dateOfDay, dayNumber, dayOfDate, daysInMonth, isoDate, weekdayOf, weekdays } from './zoned-time.ts';

export const gfsCycles = ['weekly', 'monthly', 'yearly'] as const;
export type GfsCycle = (typeof gfsCycles)[number];

/** Absent cycles are off. `keep` counts weeks, months or years. Months count from 1. */
export interface GfsPolicy {
  weekly?: { keep: number; day: Weekday };
  monthly?: { keep: number; week: WeekOfMonth };
  yearly?: { keep: number; month: number };
}

export interface GfsPoint {
  createdAt: number;
  flags?: readonly GfsCycle[];
}

export interface GfsDecision {
  /** Whether the next run has to make a full because a cycle is due. */
  makeFull: boolean;
  flags: readonly GfsCycle[];
  reason: string;
}

/** Whether any cycle is on. */
export function isGfsOn(policy: GfsPolicy | null | undefined): policy is GfsPolicy {
  return policy != null && gfsCycles.some((cycle) => policy[cycle]);
}

/**
 * Flags for the point that a run starting at `now` makes. A cycle is due on its day; where no run took place on that day,
 * at the first run after it. Days before `since` (when the policy was switched on; the oldest point if not given) are
 * not made up for.
 */
export function assignGfsFlags(
  policy: GfsPolicy,
  points: readonly GfsPoint[],
  now: number,
  timeZone: string,
  since?: number,
): GfsDecision {
  const today = dayNumber(now, timeZone);
  const begin = dayNumber(since ?? Math.min(now, ...points.map((point) => point.createdAt)), timeZone);
  const flags: GfsCycle[] = [];
  const why: string[] = [];
  for (const cycle of gfsCycles) {
    if (!policy[cycle]) continue;
    const due = latestDueDay(cycle, policy, today);
    if (due < begin) continue;
    const made = points.some((point) => point.flags?.includes(cycle) && dayNumber(point.createdAt, timeZone) >= due);
    if (made) continue;
    flags.push(cycle);
    why.push(
      due === today ? `today is the day of the ${cycle} full` : `the ${cycle} full of ${isoDate(due)} was not made`,
    );
  }
  return {
    makeFull: flags.length > 0,
    flags,
    reason: flags.length === 0 ? 'No weekly, monthly or yearly full is due.' : `A full is made: ${why.join(', ')}.`,
  };
}

/** The first calendar day (day number) on which the flag no longer keeps a full made at `createdAt`. */
export function flagLapsesOn(cycle: GfsCycle, keep: number, createdAt: number, timeZone: string): number {
  const made = dayNumber(createdAt, timeZone);
  if (cycle === 'weekly') return made + 7 * keep;
  const { year, month, day } = dateOfDay(made);
  // A date that the target month does not have becomes its last day; one day is added to what is counted in months.
  return dayOfDate(cycle === 'monthly' ? year : year + keep, cycle === 'monthly' ? month + keep : month, day) + 1;
}

/** The flags of a point that still keep it. A flag whose cycle has been switched off keeps nothing. */
export function liveFlags(point: GfsPoint, policy: GfsPolicy, now: number, timeZone: string): GfsCycle[] {
  const today = dayNumber(now, timeZone);
  return (point.flags ?? []).filter((cycle) => {
    const keep = policy[cycle]?.keep;
    return keep !== undefined && today < flagLapsesOn(cycle, keep, point.createdAt, timeZone);
  });
}

/** The policy in words, e.g. "4 weekly (Sunday), 12 monthly (first week)". */
export function describeGfs(policy: GfsPolicy | null | undefined): string {
  if (!isGfsOn(policy)) return 'No fulls are kept longer';
  const parts: string[] = [];
  if (policy.weekly) parts.push(`${policy.weekly.keep} weekly (${capital(policy.weekly.day)})`);
  if (policy.monthly) parts.push(`${policy.monthly.keep} monthly (${policy.monthly.week} week)`);
  if (policy.yearly) parts.push(`${policy.yearly.keep} yearly (month ${policy.yearly.month})`);
  return parts.join(', ');
}

function latestDueDay(cycle: GfsCycle, policy: GfsPolicy, today: number): number {
  if (cycle === 'weekly')
    return today - ((weekdays.indexOf(weekdayOf(today)) - weekdays.indexOf(policy.weekly!.day) + 7) % 7);
  const { year, month } = dateOfDay(today);
  if (cycle === 'monthly') {
    const due = monthlyDay(policy, year, month);
    return due <= today ? due : month === 1 ? monthlyDay(policy, year - 1, 12) : monthlyDay(policy, year, month - 1);
  }
  const due = yearlyDay(policy, year);
  return due <= today ? due : yearlyDay(policy, year - 1);
}

/** With weekly fulls the monthly flag goes to the weekly full of that week, otherwise to the first day of the week. */
function monthlyDay(policy: GfsPolicy, year: number, month: number): number {
  const week = policy.monthly!.week;
  if (policy.weekly) return dayInMonth({ week, day: policy.weekly.day }, year, month);
  const firstDays = { first: 1, second: 8, third: 15, fourth: 22, last: daysInMonth(year, month) - 6 };
  return dayOfDate(year, month, firstDays[week]);
}

function yearlyDay(policy: GfsPolicy, year: number): number {
  const month = policy.yearly!.month;
  if (policy.monthly) return monthlyDay(policy, year, month);
  if (policy.weekly) return dayInMonth({ week: 'first', day: policy.weekly.day }, year, month);
  return dayOfDate(year, month, 1);
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}
