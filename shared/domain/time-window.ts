/** The hours of the week in which a job may move data. Pure. */
import { dayNumber, hourMs, toWallTime, weekdayOf, weekdays } from './zoned-time.ts';

/** Seven days, Monday first, of 24 hours: true where the job may run. */
export type TimeWindow = boolean[][];

// Every zone's offset since the 1980s is a multiple of 15 minutes, and so is every change of it.
const stepMs = hourMs / 4;
const stepsInTwoWeeks = (14 * 24 * hourMs) / stepMs;

/** A window without a closed hour. */
export function alwaysAllowed(): TimeWindow {
  return weekdays.map(() => Array.from({ length: 24 }, () => true));
}

/** Whether the window is open at that instant, by the wall clock of the zone. */
export function isAllowed(window: TimeWindow, at: number, timeZone: string): boolean {
  const { hour } = toWallTime(at, timeZone);
  return window[weekdays.indexOf(weekdayOf(dayNumber(at, timeZone)))]?.[hour] === true;
}

/** `at` itself while the window is open, otherwise when it opens next; null when it never does. */
export function nextAllowed(window: TimeWindow, at: number, timeZone: string): number | null {
  return isAllowed(window, at, timeZone) ? at : nextChange(window, at, timeZone, true);
}

/** When an open window closes; null when it never does. `at` itself while it is closed. */
export function allowedUntil(window: TimeWindow, at: number, timeZone: string): number | null {
  return isAllowed(window, at, timeZone) ? nextChange(window, at, timeZone, false) : at;
}

/** The window in words, e.g. "Closed Monday 08:00-19:00, Tuesday 08:00-19:00". */
export function describeWindow(window: TimeWindow): string {
  const closed = window.flat().filter((open) => !open).length;
  if (closed === 0) return 'Any time';
  if (closed === 7 * 24) return 'Never: every hour is closed';
  const parts = weekdays.flatMap((day, index) => {
    const name = day[0]!.toUpperCase() + day.slice(1);
    const spans = closedSpans(window[index] ?? []);
    return spans.map(([from, to]) => (to - from === 24 ? name : `${name} ${clock(from)}-${clock(to)}`));
  });
  return `Closed ${parts.join(', ')}`;
}

function nextChange(window: TimeWindow, at: number, timeZone: string, wanted: boolean): number | null {
  let t = Math.floor(at / stepMs) * stepMs;
  for (let step = 0; step < stepsInTwoWeeks; step += 1) {
    t += stepMs;
    if (isAllowed(window, t, timeZone) === wanted) return t;
  }
  return null;
}

function closedSpans(hours: readonly boolean[]): [number, number][] {
  const spans: [number, number][] = [];
  for (let hour = 0; hour < 24; hour += 1) {
    if (hours[hour] === true) continue;
    const last = spans.at(-1);
    if (last && last[1] === hour) last[1] = hour + 1;
    else spans.push([hour, hour + 1]);
  }
  return spans;
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}
