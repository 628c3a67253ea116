import { describe, expect, test } from 'vitest';
import { oneYearAfter, pointsAt, previewRetention } from './retention-preview.ts';
import { type Schedule, weekdays } from './schedule.ts';
import { dayMs } from './zoned-time.ts';

const nightly: Schedule = { kind: 'daily', at: '22:00', days: [...weekdays] };
const sizes = { fullBytes: 1000, incrementBytes: 10 };
const start = Date.parse('2026-03-01T00:00Z');

describe('forever-forward', () => {
  const preview = previewRetention({ kind: 'days', days: 7 }, nightly, sizes, start, oneYearAfter(start));

  test('the reference’s plain example: steady at eight points from the second Monday on', () => {
    expect(preview.days.slice(0, 12).map((d) => d.pointCount)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8]);
    expect(preview.days).toHaveLength(366);
    expect(preview.days.at(-1)).toMatchObject({ date: '2027-03-01', pointCount: 8, fullCount: 1, bytes: 1070 });
    expect(preview.peakBytes).toBe(1080);
  });

  test('on any day the oldest point is the full', () => {
    const held = pointsAt(preview, start + 100 * dayMs);
    expect(held.map((p) => p.kind)).toEqual(['full', ...Array.from({ length: 7 }, () => 'increment')]);
  });
});

// Reference, retention with long-term fulls, worked example: 7 days, W 4 on Sunday, M 3 in the first week.
describe('with weekly and monthly fulls', () => {
  const preview = previewRetention({ kind: 'days', days: 7 }, nightly, sizes, start, oneYearAfter(start), {
    gfs: { weekly: { keep: 4, day: 'sunday' }, monthly: { keep: 3, week: 'first' } },
  });
  const on = (date: string): string => {
    const day = preview.days.find((d) => d.date === date)!;
    const held = pointsAt(preview, day.endsAt);
    expect(held).toHaveLength(day.pointCount);
    const fulls = held.filter((p) => p.kind === 'full').map((p) => new Date(p.createdAt).toISOString().slice(5, 10));
    return `${day.pointCount}: ${fulls.join(' ')}`;
  };

  test.each([
    ['2026-03-01', '1: 03-01'],
    ['2026-03-07', '7: 03-01'],
    ['2026-03-08', '8: 03-01 03-08'],
    ['2026-03-14', '14: 03-01 03-08'],
    ['2026-03-15', '9: 03-01 03-08 03-15'],
    ['2026-03-29', '11: 03-01 03-08 03-15 03-22 03-29'],
    ['2026-04-05', '11: 03-01 03-15 03-22 03-29 04-05'],
    ['2026-04-22', '14: 03-01 03-29 04-05 04-12 04-19'],
  ])('on %s there are %s', (date, expected) => {
    expect(on(date)).toBe(expected);
  });

  test('the monthly full of March lapses on 2 June', () => {
    expect(on('2026-06-01')).toContain(' 03-01');
    expect(on('2026-06-02')).not.toContain('03-01');
  });
});

describe('other schedules', () => {
  test('a job without times of its own is shown as daily, and says so', () => {
    const preview = previewRetention(
      { kind: 'points', count: 3 },
      { kind: 'continuous' },
      sizes,
      start,
      start + 10 * dayMs,
    );
    expect(preview.assumptions).toHaveLength(1);
    expect(preview.days.at(-1)!.pointCount).toBe(3);
  });

  test('every minute is cut short instead of taking minutes', () => {
    const often: Schedule = { kind: 'periodic', everyMinutes: 1 };
    const preview = previewRetention({ kind: 'points', count: 10 }, often, sizes, start, oneYearAfter(start));
    expect(preview.days.at(-1)!.pointCount).toBe(10);
    expect(preview.assumptions[0]).toContain('days are shown');
    expect(preview.peakBytes).toBe(1000 + 10 * 10);
  });

  test('what is there already is carried on', () => {
    const existing = [0, 1, 2].map((n) => ({
      id: `x${n}`,
      createdAt: start - (3 - n) * dayMs,
      kind: n === 0 ? ('full' as const) : ('increment' as const),
    }));
    const preview = previewRetention({ kind: 'points', count: 3 }, nightly, sizes, start, start + dayMs, { existing });
    expect(pointsAt(preview, preview.days[0]!.endsAt).map((p) => p.kind)).toEqual(['full', 'increment', 'increment']);
    expect(preview.points[0]!.removedAt).toBe(Date.parse('2026-03-01T22:00Z'));
  });
});
