import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeSchedule, nextRun, previousRun, type Schedule, weekdays } from './schedule.ts';
import { dayMs, minuteMs, toWallTime } from './zoned-time.ts';

const all = [...weekdays];
const every = Array.from({ length: 12 }, (_, i) => i + 1);
const berlin = 'Europe/Berlin';
const run = (schedule: Schedule, after: string, zone: string): string | null => {
  const at = nextRun(schedule, Date.parse(after), zone);
  return at === null ? null : new Date(at).toISOString();
};

describe('nextRun', () => {
  test.each<[string, Schedule, string, string, string | null]>([
    ['later today', { kind: 'daily', at: '22:00', days: all }, '2026-11-21T10:00Z', 'UTC', '2026-11-21T22:00:00.000Z'],
    [
      'strictly after',
      { kind: 'daily', at: '22:00', days: all },
      '2026-11-21T22:00Z',
      'UTC',
      '2026-11-22T22:00:00.000Z',
    ],
    [
      'on the next chosen day',
      { kind: 'daily', at: '22:00', days: ['friday'] },
      '2026-11-21T10:00Z',
      'UTC',
      '2026-11-27T22:00:00.000Z',
    ],
    [
      'the same weekday next week',
      { kind: 'daily', at: '09:00', days: ['saturday'] },
      '2026-11-21T10:00Z',
      'UTC',
      '2026-11-28T09:00:00.000Z',
    ],
    ['no day chosen', { kind: 'daily', at: '22:00', days: [] }, '2026-11-21T10:00Z', 'UTC', null],
    [
      'in the zone, not in UTC',
      { kind: 'daily', at: '22:00', days: all },
      '2026-07-01T10:00Z',
      'America/New_York',
      '2026-07-02T02:00:00.000Z',
    ],
    [
      'wall time stays over a change to winter time',
      { kind: 'daily', at: '22:00', days: all },
      '2026-10-24T20:00Z',
      berlin,
      '2026-10-25T21:00:00.000Z',
    ],
    [
      'a time that is skipped moves past the gap',
      { kind: 'daily', at: '02:30', days: all },
      '2026-03-28T12:00Z',
      berlin,
      '2026-03-29T01:30:00.000Z',
    ],
    [
      'a time that comes twice runs at the first',
      { kind: 'daily', at: '02:30', days: all },
      '2026-10-24T12:00Z',
      berlin,
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'and not at the second',
      { kind: 'daily', at: '02:30', days: all },
      '2026-10-25T00:30Z',
      berlin,
      '2026-10-26T01:30:00.000Z',
    ],
    [
      'half-hour change (Lord Howe)',
      { kind: 'daily', at: '02:15', days: all },
      '2026-10-03T00:00Z',
      'Australia/Lord_Howe',
      '2026-10-03T15:45:00.000Z',
    ],
    [
      'midnight that does not exist (Beirut)',
      { kind: 'daily', at: '00:00', days: all },
      '2026-03-28T12:00Z',
      'Asia/Beirut',
      '2026-03-28T22:00:00.000Z',
    ],
    [
      'a skipped time that moves past midnight (Nuuk)',
      { kind: 'daily', at: '23:30', days: all },
      '2024-03-31T01:10Z',
      'America/Nuuk',
      '2024-03-31T01:30:00.000Z',
    ],
    [
      'the last step of a day of 25 hours ends with the day',
      { kind: 'periodic', everyMinutes: 240 },
      '2026-10-25T22:00Z',
      berlin,
      '2026-10-25T23:00:00.000Z',
    ],
    [
      'last Sunday',
      { kind: 'monthly', at: '05:00', on: { week: 'last', day: 'sunday' }, months: every },
      '2026-11-21T00:00Z',
      'UTC',
      '2026-11-29T05:00:00.000Z',
    ],
    [
      'fourth Saturday, passed this month',
      { kind: 'monthly', at: '22:00', on: { week: 'fourth', day: 'saturday' }, months: every },
      '2026-11-29T00:00Z',
      'UTC',
      '2026-12-26T22:00:00.000Z',
    ],
    [
      'first Monday that is day 1',
      { kind: 'monthly', at: '01:00', on: { week: 'first', day: 'monday' }, months: [6] },
      '2026-01-01T00:00Z',
      'UTC',
      '2026-06-01T01:00:00.000Z',
    ],
    [
      'day 31 in a short month',
      { kind: 'monthly', at: '01:00', on: { dayOfMonth: 31 }, months: every },
      '2027-02-01T00:00Z',
      'UTC',
      '2027-02-28T01:00:00.000Z',
    ],
    [
      'next year',
      { kind: 'monthly', at: '01:00', on: { dayOfMonth: 1 }, months: [1] },
      '2026-01-01T01:00Z',
      'UTC',
      '2027-01-01T01:00:00.000Z',
    ],
    [
      'no month chosen',
      { kind: 'monthly', at: '01:00', on: { dayOfMonth: 1 }, months: [] },
      '2026-01-01T01:00Z',
      'UTC',
      null,
    ],
    [
      'every 15 minutes',
      { kind: 'periodic', everyMinutes: 15 },
      '2026-11-21T10:07Z',
      'UTC',
      '2026-11-21T10:15:00.000Z',
    ],
    [
      'every 4 hours from local midnight',
      { kind: 'periodic', everyMinutes: 240 },
      '2026-07-01T10:00Z',
      'Asia/Kolkata',
      '2026-07-01T10:30:00.000Z',
    ],
    [
      'every 4 hours on a day of 25 hours',
      { kind: 'periodic', everyMinutes: 240 },
      '2026-10-25T20:00Z',
      berlin,
      '2026-10-25T22:00:00.000Z',
    ],
    ['every day', { kind: 'periodic', everyMinutes: 1440 }, '2026-07-01T10:00Z', berlin, '2026-07-01T22:00:00.000Z'],
    ['every 7 minutes', { kind: 'periodic', everyMinutes: 7 }, '1970-01-01T00:08Z', 'UTC', '1970-01-01T00:14:00.000Z'],
    ['by hand', { kind: 'manual' }, '2026-11-21T10:00Z', 'UTC', null],
    ['after a job', { kind: 'after-job', jobId: 'a' }, '2026-11-21T10:00Z', 'UTC', null],
    ['continuous', { kind: 'continuous' }, '2026-11-21T10:00Z', 'UTC', null],
  ])('%s', (_name, schedule, after, zone, expected) => {
    expect(run(schedule, after, zone)).toBe(expected);
  });

  test('bad input is refused', () => {
    expect(() => nextRun({ kind: 'daily', at: '24:00', days: all }, 0, 'UTC')).toThrow(RangeError);
    expect(() => nextRun({ kind: 'periodic', everyMinutes: 0 }, 0, 'UTC')).toThrow(RangeError);
    expect(() => nextRun({ kind: 'daily', at: '22:00', days: all }, 0, 'Mars/Olympus')).toThrow(RangeError);
  });

  const zones = fc.constantFrom(
    'UTC',
    berlin,
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/Santiago',
  );
  const instants = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2040, 0) });

  test('property: a daily run is later than asked, within eight days, on a chosen day, at its time unless skipped', () => {
    fc.assert(
      fc.property(
        zones,
        instants,
        fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        (zone, after, days, hour, minute) => {
          const at = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
          const next = nextRun({ kind: 'daily', at, days }, after, zone)!;
          expect(next).toBeGreaterThan(after);
          expect(next - after).toBeLessThan(8.1 * dayMs);
          const shown = toWallTime(next, zone);
          const late = (shown.hour * 60 + shown.minute - hour * 60 - minute + 1440) % 1440;
          expect([0, 30, 60]).toContain(late);
          // Nothing lies between: from one millisecond before, the same run is found.
          expect(nextRun({ kind: 'daily', at, days }, next - 1, zone)).toBe(next);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('property: periodic runs move on and are never further apart than the step', () => {
    fc.assert(
      fc.property(zones, instants, fc.integer({ min: 1, max: 10_080 }), (zone, after, everyMinutes) => {
        const first = nextRun({ kind: 'periodic', everyMinutes }, after, zone)!;
        const second = nextRun({ kind: 'periodic', everyMinutes }, first, zone)!;
        expect(first).toBeGreaterThan(after);
        expect(second).toBeGreaterThan(first);
        // A step of whole days may span a day of 25 hours.
        const longest = everyMinutes * minuteMs + (everyMinutes % 1440 === 0 ? 61 * minuteMs : 0);
        expect(second - first).toBeLessThanOrEqual(longest);
      }),
      { numRuns: 200 },
    );
  });

  test('property: monthly runs in every month come twelve times a year', () => {
    const on = fc.oneof(
      fc.record({ dayOfMonth: fc.integer({ min: 1, max: 31 }) }),
      fc.record({
        week: fc.constantFrom(
          'first' as const,
          'second' as const,
          'third' as const,
          'fourth' as const,
          'last' as const,
        ),
        day: fc.constantFrom(...weekdays),
      }),
    );
    fc.assert(
      fc.property(zones, fc.integer({ min: 2000, max: 2090 }), on, (zone, year, on) => {
        let at = Date.UTC(year, 0, 1) - 3 * dayMs;
        const months: number[] = [];
        for (let i = 0; i < 14; i += 1) {
          at = nextRun({ kind: 'monthly', at: '12:00', on, months: every }, at, zone)!;
          const shown = toWallTime(at, zone);
          if (shown.year === year) months.push(shown.month);
        }
        expect(months).toEqual(every);
      }),
      { numRuns: 60 },
    );
  });
});

describe('previousRun', () => {
  test.each<[string, Schedule, string, string | null]>([
    [
      'earlier today',
      { kind: 'daily', at: '02:00', days: all },
      '2026-11-21T10:00:00.000Z',
      '2026-11-21T02:00:00.000Z',
    ],
    ['right now', { kind: 'daily', at: '10:00', days: all }, '2026-11-21T10:00:00.000Z', '2026-11-21T10:00:00.000Z'],
    [
      'last Saturday',
      { kind: 'daily', at: '12:00', days: ['saturday'] },
      '2026-11-21T10:00:00.000Z',
      '2026-11-14T12:00:00.000Z',
    ],
    [
      'last year',
      { kind: 'monthly', at: '12:00', on: { dayOfMonth: 1 }, months: [12] },
      '2026-11-21T10:00:00.000Z',
      '2025-12-01T12:00:00.000Z',
    ],
    [
      'the latest of many a day',
      { kind: 'periodic', everyMinutes: 30 },
      '2026-11-21T10:20:00.000Z',
      '2026-11-21T10:00:00.000Z',
    ],
    ['never', { kind: 'manual' }, '2026-11-21T10:00:00.000Z', null],
  ])('%s', (_name, schedule, at, expected) => {
    const found = previousRun(schedule, Date.parse(at), 'UTC');
    expect(found === null ? null : new Date(found).toISOString()).toBe(expected);
  });
});

describe('describeSchedule', () => {
  test.each<[Schedule, string]>([
    [{ kind: 'manual' }, 'Not scheduled: started by hand'],
    [{ kind: 'continuous' }, 'Continuously, as new restore points appear'],
    [{ kind: 'after-job', jobId: 'j' }, 'After job Nightly'],
    [{ kind: 'daily', at: '22:00', days: all }, 'Every day at 22:00'],
    [
      { kind: 'daily', at: '22:00', days: ['friday', 'monday', 'tuesday', 'thursday', 'wednesday'] },
      'Monday to Friday at 22:00',
    ],
    [{ kind: 'daily', at: '22:00', days: ['sunday', 'saturday'] }, 'On Saturday and Sunday at 22:00'],
    [
      { kind: 'daily', at: '22:00', days: ['monday', 'wednesday', 'sunday'] },
      'On Monday, Wednesday and Sunday at 22:00',
    ],
    [{ kind: 'daily', at: '22:00', days: [] }, 'Never: no day is chosen'],
    [
      { kind: 'monthly', at: '05:00', on: { week: 'last', day: 'sunday' }, months: every },
      'On the last Sunday of every month at 05:00',
    ],
    [
      { kind: 'monthly', at: '05:00', on: { dayOfMonth: 31 }, months: [1, 4] },
      'On day 31 (or the last day) of January and April at 05:00',
    ],
    [{ kind: 'periodic', everyMinutes: 60 }, 'Every hour'],
    [{ kind: 'periodic', everyMinutes: 240 }, 'Every 4 hours'],
    [{ kind: 'periodic', everyMinutes: 90 }, 'Every 90 minutes'],
    [{ kind: 'periodic', everyMinutes: 2880 }, 'Every 2 days'],
  ])('%j', (schedule, text) => {
    expect(describeSchedule(schedule, { jobName: 'Nightly' })).toBe(text);
  });
});
