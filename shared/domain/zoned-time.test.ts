import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dateOfDay,
  dayMs,
  dayNumber,
  dayOfDate,
  fromWallTime,
  hourMs,
  isoDate,
  minuteMs,
  startOfDay,
  toWallTime,
  type WallTime,
  weekdayOf,
} from './zoned-time.ts';

const zones = Intl.supportedValuesOf('timeZone');
const wallOf = (text: string): WallTime => {
  const [year, month, day, hour, minute] = text.split(/\D/).map(Number) as [number, number, number, number, number];
  return { year, month, day, hour, minute };
};

test.each([
  ['Europe/Berlin', '2026-07-01 12:00', '2026-07-01T10:00Z'],
  ['Europe/Berlin', '2026-03-29 02:30', '2026-03-29T01:30Z'],
  ['Europe/Berlin', '2026-10-25 02:30', '2026-10-25T00:30Z'],
  ['America/New_York', '2026-11-01 01:15', '2026-11-01T05:15Z'],
  ['Australia/Lord_Howe', '2026-04-05 01:45', '2026-04-04T14:45Z'],
  ['Asia/Kathmandu', '2026-04-05 00:00', '2026-04-04T18:15Z'],
  ['Pacific/Apia', '2011-12-30 12:00', '2011-12-30T22:00Z'],
  ['UTC', '2026-02-31 00:00', '2026-03-03T00:00Z'],
])('%s: %s is %s', (zone, wall, instant) => {
  expect(fromWallTime(wallOf(wall), zone)).toBe(Date.parse(instant));
});

describe('properties', () => {
  const instant = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2060, 0) });

  test('a wall time is the first instant that shows it, or lies as far past a gap', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, at) => {
        const wall = toWallTime(at, zone);
        const found = fromWallTime(wall, zone);
        expect(toWallTime(found, zone)).toEqual(wall);
        // An earlier instant that shows the same would lie within three hours (clocks go back one, rarely two).
        for (let back = 15 * minuteMs; back <= 3 * hourMs; back += 15 * minuteMs)
          expect(toWallTime(found - back, zone)).not.toEqual(wall);
      }),
      { numRuns: 150 },
    );
  });

  test('days follow each other, begin where they say, and have the date they say', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, at) => {
        const day = dayNumber(at, zone);
        const begin = startOfDay(day, zone);
        const next = startOfDay(day + 1, zone);
        expect([begin <= at, at < next]).toEqual([true, true]);
        expect(dayNumber(begin, zone)).toBe(day);
        // Samoa left out a day and had none of it; any other day has 22 to 26 hours.
        expect(next - begin).toBeLessThanOrEqual(26 * hourMs);
        const { year, month, day: date } = dateOfDay(day);
        expect(toWallTime(at, zone)).toMatchObject({ year, month, day: date });
        expect(dayOfDate(year, month, date)).toBe(day);
        expect(isoDate(day)).toBe(new Date(day * dayMs).toISOString().slice(0, 10));
      }),
      { numRuns: 150 },
    );
  });
});

test('weekdays and short months', () => {
  expect(weekdayOf(dayOfDate(2026, 11, 21))).toBe('saturday');
  expect(weekdayOf(-1)).toBe('wednesday');
  expect(isoDate(dayOfDate(2027, 2, 31))).toBe('2027-02-28');
  expect(isoDate(dayOfDate(2026, 14, 31))).toBe('2027-02-28');
});
