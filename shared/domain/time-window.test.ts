import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { alwaysAllowed, allowedUntil, describeWindow, isAllowed, nextAllowed, type TimeWindow } from './time-window.ts';
import { hourMs } from './zoned-time.ts';

const closedFrom8To19OnWorkdays = alwaysAllowed().map((hours, day) =>
  hours.map((_, hour) => day > 4 || hour < 8 || hour >= 19),
);
const never: TimeWindow = alwaysAllowed().map((hours) => hours.map(() => false));
const at = (text: string): number => Date.parse(text);
const iso = (t: number | null): string | null => (t === null ? null : new Date(t).toISOString().slice(0, 16));

test.each([
  // 2026-11-20 is a Friday; Prague is one hour ahead of UTC then.
  ['2026-11-20T06:59Z', true, '2026-11-20T06:59', '2026-11-20T07:00'],
  ['2026-11-20T07:00Z', false, '2026-11-20T18:00', '2026-11-20T07:00'],
  ['2026-11-20T17:59Z', false, '2026-11-20T18:00', '2026-11-20T17:59'],
  ['2026-11-20T18:00Z', true, '2026-11-20T18:00', '2026-11-23T07:00'],
])('at %s', (time, allowed, next, until) => {
  const zone = 'Europe/Prague';
  expect(isAllowed(closedFrom8To19OnWorkdays, at(time), zone)).toBe(allowed);
  expect(iso(nextAllowed(closedFrom8To19OnWorkdays, at(time), zone))).toBe(next);
  expect(iso(allowedUntil(closedFrom8To19OnWorkdays, at(time), zone))).toBe(until);
});

test('windows that never open or never close', () => {
  expect(nextAllowed(never, 0, 'UTC')).toBeNull();
  expect(allowedUntil(alwaysAllowed(), 0, 'UTC')).toBeNull();
  expect(isAllowed([], 0, 'UTC')).toBe(false);
});

test('zones with odd offsets open on their own hour', () => {
  const from10: TimeWindow = alwaysAllowed().map((hours) => hours.map((_, hour) => hour >= 10));
  expect(iso(nextAllowed(from10, at('2026-07-01T01:00Z'), 'Asia/Kathmandu'))).toBe('2026-07-01T04:15');
});

test('in words', () => {
  expect(describeWindow(alwaysAllowed())).toBe('Any time');
  expect(describeWindow(never)).toBe('Never: every hour is closed');
  const tuesday = alwaysAllowed().map((hours, day) => hours.map((_, hour) => day !== 1 || hour < 8 || hour > 18));
  expect(describeWindow(tuesday)).toBe('Closed Tuesday 08:00-19:00');
});

test('property: between now and the next opening it is closed, and open until the closing', () => {
  const grid = fc.array(fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }), { minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(
      grid,
      fc.integer({ min: at('2020-01-01T00:00Z'), max: at('2035-01-01T00:00Z') }),
      fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
      fc.integer({ min: 0, max: 99 }),
      (window, t, zone, percent) => {
        const opens = nextAllowed(window, t, zone);
        fc.pre(opens !== null);
        expect(isAllowed(window, opens, zone)).toBe(true);
        const between = Math.floor(t + ((opens - t) * percent) / 100);
        expect(isAllowed(window, between, zone)).toBe(opens === t);
        const closes = allowedUntil(window, opens, zone) ?? opens + 1000 * hourMs;
        expect(isAllowed(window, Math.floor(opens + ((closes - opens) * percent) / 100), zone)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});
