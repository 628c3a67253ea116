/**
 * Wall-clock time in a time zone, by Intl alone. Zones are IANA names, e.g. 'Europe/Prague'; times are ms since epoch.
 * A wall-clock time that a change of the clocks skips stands for the instant as far after the change (02:30 becomes
 * 03:30); one that comes twice stands for the first. That is the 'compatible' rule of RFC 5545 and of Temporal.
 */

/** A date and time of day as a clock on the wall shows it. Months and days count from 1. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof weekdays)[number];

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * What a clock on the wall shows at that instant.
 * @throws RangeError when the zone is unknown.
 */
export function toWallTime(at: number, timeZone: string): WallTime {
  const shown = new Date(at + offsetMs(at, timeZone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
  };
}

/** The instant of a wall-clock time; out-of-range fields carry over (day 0 is the last day of the month before). */
export function fromWallTime(wall: WallTime, timeZone: string): number {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  // Offsets are below a day, so the ones a day before and after are those on both sides of any change near here.
  const before = offsetMs(asUtc - dayMs, timeZone);
  const after = offsetMs(asUtc + dayMs, timeZone);
  const candidates = [asUtc - before, asUtc - after].filter((at) => at + offsetMs(at, timeZone) === asUtc);
  return candidates.length > 0 ? Math.min(...candidates) : asUtc - before;
}

/** Days since 1970-01-01 of the calendar day at that instant: consecutive days differ by one, whatever their length. */
export function dayNumber(at: number, timeZone: string): number {
  return Math.floor((at + offsetMs(at, timeZone)) / dayMs);
}

/** The first instant of a calendar day (see `dayNumber`). */
export function startOfDay(day: number, timeZone: string): number {
  return fromWallTime({ ...dateOfDay(day), hour: 0, minute: 0 }, timeZone);
}

/** The calendar date of a day number. */
export function dateOfDay(day: number): { year: number; month: number; day: number } {
  const date = new Date(day * dayMs);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The day number of a date; the day is cut to the length of its month, months beyond 12 carry over. */
export function dayOfDate(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, Math.min(day, daysInMonth(year, month))) / dayMs;
}

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

export function weekdayOf(day: number): Weekday {
  // 1970-01-01 was a Thursday.
  return weekdays[(((day + 3) % 7) + 7) % 7]!;
}

/** `2026-11-21` */
export function isoDate(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/**
 * Formatting by Intl costs microseconds, and calendars ask about the same hours again and again. Offsets change at
 * quarters of an hour only, so each quarter is asked once.
 */
const quarterMs = 15 * minuteMs;
const mostCachedOffsets = 20_000;
const offsets = new Map<string, Map<number, number>>();

function offsetMs(at: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  let ofZone = offsets.get(timeZone);
  if (!ofZone) {
    ofZone = new Map();
    offsets.set(timeZone, ofZone);
  }
  const quarter = Math.floor(at / quarterMs);
  let offset = ofZone.get(quarter);
  if (offset === undefined) {
    offset = askOffset(quarter * quarterMs, timeZone);
    if (ofZone.size >= mostCachedOffsets) ofZone.clear();
    ofZone.set(quarter, offset);
  }
  return offset;
}

function askOffset(at: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatFor(timeZone).formatToParts(at)) parts[type] = Number(value);
  const { year, month, day, hour, minute, second } = parts as Record<keyof WallTime | 'second', number>;
  return Date.UTC(year, month - 1, day, hour, minute, second) - at;
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}
