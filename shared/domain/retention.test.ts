import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignGfsFlags, describeGfs, flagLapsesOn, type GfsPolicy } from './gfs.ts';
import {
  decideRetention,
  planRetention,
  type RetentionOptions,
  type RetentionPoint,
  type RetentionRule,
  type RetentionStep,
} from './retention.ts';
import { dayMs, isoDate } from './zoned-time.ts';

const start = Date.UTC(2026, 2, 1, 22);
/** 'FIIF' as points of consecutive days: f0, i1, i2, f3. */
const chainOf = (kinds: string, more: Record<number, Partial<RetentionPoint>> = {}): RetentionPoint[] =>
  [...kinds].map((kind, index) => ({
    id: `${kind.toLowerCase()}${index}`,
    createdAt: start + index * dayMs,
    kind: kind === 'F' ? 'full' : 'increment',
    ...more[index],
  }));
const text = (steps: readonly RetentionStep[]): string =>
  steps.map((s) => (s.kind === 'merge' ? `${s.incrementId}>${s.fullId}` : `-${s.pointId}`)).join(' ');
const onDay = (index: number): number => start + index * dayMs + 1000;
const points = (count: number): RetentionRule => ({ kind: 'points', count });
const days = (count: number): RetentionRule => ({ kind: 'days', days: count });

describe('planRetention', () => {
  test.each<[string, string, RetentionRule, number, string]>([
    ['nothing over the count', 'FIII', points(4), 3, ''],
    ['one over: the full rolls forward', 'FIIII', points(4), 4, 'i1>f0'],
    ['several over', 'FIIIIII', points(4), 6, 'i1>f0 i2>f0 i3>f0'],
    ['one point is always left', 'FII', points(1), 2, 'i1>f0 i2>f0'],
    ['a count of zero still leaves one', 'FII', points(0), 2, 'i1>f0 i2>f0'],
    ['an old sub-chain goes as a whole, newest first', 'FIIFII', points(3), 5, '-i2 -i1 -f0'],
    ['or rolls forward while part of it is wanted', 'FIIFI', points(3), 4, 'i1>f0 i2>f0'],
    ['fulls only', 'FFFF', points(2), 3, '-f0 -f1'],
    ['N days keep N + 1 calendar days', 'FIIIIIII', days(7), 7, ''],
    ['and roll on the next', 'FIIIIIIII', days(7), 8, 'i1>f0'],
    ['three points stay however old', 'FIIII', days(5), 50, 'i1>f0 i2>f0'],
    ['a pause ages points', 'FIIIIIIII', days(5), 18, 'i1>f0 i2>f0 i3>f0 i4>f0 i5>f0 i6>f0'],
    ['two points are left alone', 'FI', days(1), 90, ''],
    ['increments without a full are not touched', 'IIFIII', points(2), 5, 'i3>f2 i4>f2'],
    ['no points', '', points(2), 5, ''],
  ])('%s', (_name, kinds, rule, day, expected) => {
    expect(text(planRetention(chainOf(kinds), rule, onDay(day)))).toBe(expected);
  });

  test('a locked file keeps its whole sub-chain, others go on', () => {
    const locked = chainOf('FIFIII', { 1: { lockedBy: 'it is being written to tape' } });
    expect(text(planRetention(locked, points(1), onDay(5)))).toBe('i3>f2 i4>f2 i5>f2');
    expect(decideRetention(locked, points(1), onDay(5)).kept[0]).toMatchObject({ pointId: 'f0', code: 'locked' });
  });

  test('days are those of the time zone', () => {
    // 23:30 UTC on the 1st is the 2nd in Prague.
    const late = chainOf('FIII').map((p) => ({ ...p, createdAt: p.createdAt + 1.5 * 3_600_000 }));
    const now = Date.UTC(2026, 2, 4, 12);
    expect(text(planRetention(late, days(2), now, { minimumPoints: 1 }))).toBe('i1>f0');
    expect(text(planRetention(late, days(2), now, { minimumPoints: 1, timeZone: 'Europe/Prague' }))).toBe('');
  });

  test('where nothing can be merged, only whole sub-chains go', () => {
    expect(text(planRetention(chainOf('FIIIIIII'), points(3), onDay(7), { neverMerge: true }))).toBe('');
    expect(text(planRetention(chainOf('FIIFI'), points(3), onDay(4), { neverMerge: true }))).toBe('');
    expect(text(planRetention(chainOf('FIIFII'), points(3), onDay(5), { neverMerge: true }))).toBe('-i2 -i1 -f0');
  });

  test('reasons say what the rule is and what it met', () => {
    const [merge] = planRetention(chainOf('FIIII'), points(4), onDay(4));
    expect(merge!.reason).toBe('There are 5 restore points; 4 are kept.');
    const [old] = planRetention(chainOf('FIIIIIIII'), days(7), onDay(8));
    expect(old!.reason).toBe('It is of 2026-03-01; with 7 days of retention the oldest day kept is 2026-03-02.');
    expect(decideRetention(chainOf('FIII'), days(1), onDay(90)).kept.map((k) => k.code)).toEqual([
      'minimum',
      'minimum',
      'minimum',
    ]);
  });
});

describe('long-term fulls', () => {
  const weekly: GfsPolicy = { weekly: { keep: 4, day: 'sunday' } };

  test('increments of an old sub-chain go, its flagged full stays', () => {
    const flagged = chainOf('FIIFII', { 0: { flags: ['weekly'] } });
    expect(text(planRetention(flagged, points(3), onDay(5), { gfs: weekly }))).toBe('-i2 -i1');
    expect(text(planRetention(flagged, points(3), onDay(28), { gfs: weekly }))).toBe('-i2 -i1 -f0');
  });

  test('with long-term fulls nothing is merged', () => {
    expect(text(planRetention(chainOf('FIIIIIII'), points(3), onDay(7), { gfs: weekly }))).toBe('');
  });

  test('a flag without a policy still keeps its full and what it stands for', () => {
    const flagged = chainOf('FIIFII', { 0: { flags: ['yearly'] } });
    expect(text(planRetention(flagged, points(3), onDay(900)))).toBe('-i2 -i1');
    expect(text(planRetention(flagged, points(4), onDay(900)))).toBe('');
  });

  test.each<[string, GfsPolicy, string, string]>([
    ['weekly on its day', weekly, '2026-03-08', 'weekly'],
    ['not on another day', weekly, '2026-03-07', ''],
    [
      'monthly with weekly: the weekly full of that week',
      { ...weekly, monthly: { keep: 3, week: 'second' } },
      '2026-03-08',
      'weekly monthly',
    ],
    ['monthly alone: first day of the week', { monthly: { keep: 3, week: 'second' } }, '2026-03-08', 'monthly'],
    ['last week of a month of 31 days', { monthly: { keep: 3, week: 'last' } }, '2026-03-25', 'monthly'],
    ['yearly alone: day 1', { yearly: { keep: 1, month: 4 } }, '2026-04-01', 'yearly'],
    [
      'yearly with weekly: the first weekly full',
      { ...weekly, yearly: { keep: 1, month: 4 } },
      '2026-04-05',
      'weekly yearly',
    ],
    [
      'yearly with monthly',
      { monthly: { keep: 3, week: 'last' }, yearly: { keep: 1, month: 3 } },
      '2026-03-25',
      'monthly yearly',
    ],
  ])('%s', (_name, policy, date, flags) => {
    const at = Date.parse(`${date}T22:00Z`);
    // Points of the day before exist with every flag, so only what falls on this very day is due.
    const before = [{ createdAt: at - dayMs, flags: ['weekly', 'monthly', 'yearly'] as const }];
    const decision = assignGfsFlags(policy, before, at, 'UTC');
    expect(decision.flags.join(' ')).toBe(flags);
    expect(decision.makeFull).toBe(flags !== '');
    expect(
      assignGfsFlags(policy, [{ createdAt: at, flags: ['weekly', 'monthly', 'yearly'] }], at, 'UTC').flags,
    ).toEqual([]);
  });

  test('a missed day is made up for at the next run, but not one before the policy was on', () => {
    const wednesday = Date.parse('2026-03-11T22:00Z');
    const old = [{ createdAt: Date.parse('2026-03-05T22:00Z') }];
    expect(assignGfsFlags(weekly, old, wednesday, 'UTC').reason).toContain('2026-03-08');
    expect(assignGfsFlags(weekly, old, wednesday, 'UTC', wednesday).makeFull).toBe(false);
    expect(assignGfsFlags(weekly, [], wednesday, 'UTC').makeFull).toBe(false);
  });

  test.each<['weekly' | 'monthly' | 'yearly', number, string, string]>([
    ['weekly', 4, '2026-03-01', '2026-03-29'],
    ['monthly', 3, '2026-03-01', '2026-06-02'],
    ['monthly', 1, '2026-01-31', '2026-03-01'],
    ['monthly', 14, '2026-03-15', '2027-05-16'],
    ['yearly', 1, '2024-02-29', '2025-03-01'],
  ])('%s kept %d made on %s lapses on %s', (cycle, keep, made, lapses) => {
    expect(isoDate(flagLapsesOn(cycle, keep, Date.parse(`${made}T22:00Z`), 'UTC'))).toBe(lapses);
  });

  test('in words', () => {
    expect(describeGfs({ ...weekly, yearly: { keep: 2, month: 1 } })).toBe('4 weekly (Sunday), 2 yearly (month 1)');
    expect(describeGfs({})).toBe('No fulls are kept longer');
  });
});

describe('properties', () => {
  const kinds = fc.array(fc.constantFrom('F', 'I', 'I', 'I'), { maxLength: 30 }).map((k) => k.join(''));
  const rules = fc.oneof(fc.integer({ min: 1, max: 12 }).map(points), fc.integer({ min: 0, max: 12 }).map(days));
  const options = fc.record({
    neverMerge: fc.boolean(),
    minimumPoints: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  });

  /** Carries out steps on a model where each file knows what it depends on; throws where a chain would break. */
  function carryOut(files: RetentionPoint[], steps: readonly RetentionStep[]): { id: string; point: string }[] {
    let left = files.map((f, i) => ({
      id: f.id,
      point: f.id,
      kind: f.kind,
      on: f.kind === 'full' ? null : (files[i - 1]?.id ?? 'none'),
    }));
    for (const step of steps) {
      const goes = step.kind === 'merge' ? step.incrementId : step.pointId;
      if (step.kind === 'merge') {
        const increment = left.find((f) => f.id === step.incrementId)!;
        const full = left.find((f) => f.id === step.fullId)!;
        if (full.kind !== 'full' || increment.on !== full.id) throw new Error(`Not the oldest increment: ${goes}`);
        full.point = increment.point;
        left = left.map((f) => (f.on === increment.id ? { ...f, on: full.id } : f));
      } else if (left.some((f) => f.on === goes)) throw new Error(`Something depends on ${goes}`);
      left = left.filter((f) => f.id !== goes);
    }
    return left;
  }

  test('no step breaks a chain, the minimum stays, the newest stays, and what is left is what was said', () => {
    fc.assert(
      fc.property(kinds, rules, fc.integer({ min: 0, max: 60 }), options, (k, rule, day, opts: RetentionOptions) => {
        const chain = chainOf(k);
        const { steps, kept } = decideRetention(chain, rule, onDay(day), opts);
        const left = carryOut(chain, steps);
        expect(left.map((f) => f.point).toSorted()).toEqual(kept.map((p) => p.pointId).toSorted());
        const minimum = rule.kind === 'points' ? rule.count : (opts.minimumPoints ?? 3);
        expect(left.length).toBeGreaterThanOrEqual(Math.min(minimum, chain.length));
        expect(left.at(-1)?.point).toBe(chain.at(-1)?.id);
        // Whatever is not past the rule is still there.
        const keepFrom = rule.kind === 'points' ? chain.length - rule.count : day - rule.days;
        const within = chain.filter((_, index) => index >= keepFrom).map((point) => point.id);
        expect(left.map((f) => f.point)).toEqual(expect.arrayContaining(within));
      }),
      { numRuns: 500 },
    );
  });

  test('a second run right after finds nothing to do', () => {
    fc.assert(
      fc.property(kinds, rules, fc.integer({ min: 0, max: 60 }), options, (k, rule, day, opts: RetentionOptions) => {
        const chain = chainOf(k);
        const left = carryOut(chain, planRetention(chain, rule, onDay(day), opts));
        const byId = new Map(chain.map((p) => [p.id, p]));
        const again = left.map((f) => ({ ...byId.get(f.id)!, createdAt: byId.get(f.point)!.createdAt }));
        expect(planRetention(again, rule, onDay(day), opts)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('forever-forward without active fulls keeps exactly the count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), (length, count) => {
        const chain = chainOf(`F${'I'.repeat(length - 1)}`);
        expect(carryOut(chain, planRetention(chain, points(count), onDay(length)))).toHaveLength(
          Math.min(length, count),
        );
      }),
    );
  });
});
