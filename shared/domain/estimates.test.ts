import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareWithFree, estimateSpace, estimateSpaceBySimulation, estimateTapes, guessSizes } from './estimates.ts';
import type { GfsPolicy } from './gfs.ts';
import { type Schedule, weekdays } from './schedule.ts';

const gib = 2 ** 30;
const nightly: Schedule = { kind: 'daily', at: '22:00', days: [...weekdays] };
const machine = { name: 'web01', fullBytes: 100 * gib, incrementBytes: 5 * gib };
const now = Date.parse('2026-03-01T00:00Z');

describe('space', () => {
  test('forever-forward: a full, one more to work in, and increments', () => {
    const result = estimateSpace([machine, machine], { kind: 'points', count: 7 });
    expect(result.bytes).toBe(2 * 200 * gib + 6 * 10 * gib);
    expect(result.arithmetic).toEqual([
      'One full of 2 machines: 200 GiB; one run’s changes: 10 GiB.',
      'Fulls kept: 1, and room for one more to work in.',
      'Increments: 6.',
      '2 × 200 GiB + 6 × 10 GiB = 460 GiB.',
    ]);
  });

  test('long-term fulls', () => {
    const gfs: GfsPolicy = { weekly: { keep: 4, day: 'sunday' }, monthly: { keep: 3, week: 'first' } };
    const result = estimateSpace([machine], { kind: 'days', days: 7 }, gfs);
    expect(result.arithmetic[1]).toBe('Fulls kept: 1 + 4 weekly + 3 monthly = 8, and room for one more to work in.');
    expect(result.bytes).toBe(9 * 100 * gib + 14 * 5 * gib);
  });

  test('by simulation it is the most within a year', () => {
    const result = estimateSpaceBySimulation([machine], { kind: 'points', count: 7 }, nightly, now);
    expect(result.bytes).toBe((100 + 7 * 5) * gib);
    expect(result.arithmetic.at(-1)).toBe('While a run is at work, before retention: 135 GiB.');
  });

  test('property: the rule of thumb is never below what the simulation finds', () => {
    const gfs = fc.option(
      fc.record({
        weekly: fc.option(fc.record({ keep: fc.integer({ min: 1, max: 8 }), day: fc.constantFrom(...weekdays) }), {
          nil: undefined,
        }),
        yearly: fc.option(fc.record({ keep: fc.constant(1), month: fc.integer({ min: 1, max: 12 }) }), {
          nil: undefined,
        }),
        monthly: fc.option(
          fc.record({ keep: fc.integer({ min: 1, max: 6 }), week: fc.constantFrom('first' as const, 'last' as const) }),
          {
            nil: undefined,
          },
        ),
      }),
    );
    const rule = fc.oneof(
      fc.record({ kind: fc.constant('days' as const), days: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ kind: fc.constant('points' as const), count: fc.integer({ min: 1, max: 30 }) }),
    );
    fc.assert(
      fc.property(rule, gfs, (rule, gfs) => {
        const policy: GfsPolicy | null = gfs;
        const simulated = estimateSpaceBySimulation([machine], rule, nightly, now, { gfs: policy });
        expect(estimateSpace([machine], rule, policy).bytes).toBeGreaterThanOrEqual(simulated.bytes);
      }),
      { numRuns: 25 },
    );
  });

  test('guessed sizes', () => {
    expect(guessSizes('db', 1000)).toEqual({ name: 'db', fullBytes: 500, incrementBytes: 25 });
  });

  test.each([
    [100, null, 'unknown'],
    [100, 99, 'too-small'],
    [100, 105, 'tight'],
    [100, 200, 'fits'],
  ] as const)('%d needed, %s free: %s', (needed, free, verdict) => {
    expect(compareWithFree(needed, free).verdict).toBe(verdict);
  });
});

describe('tapes', () => {
  const request = {
    machines: [machine],
    capacityBytes: 60 * gib,
    fullsPerSet: 1,
    incrementsPerSet: 6,
    protectedSets: 4,
    overhead: 0,
  };
  test('for a set and in rotation', () => {
    expect(estimateTapes(request)).toEqual({
      tapesPerSet: 3,
      tapesInAll: 15,
      arithmetic: [
        'One media set: 1 × 100 GiB + 6 × 5 GiB = 130 GiB.',
        'With 0 % on top, on tapes of 60 GiB: 3 tapes for a set.',
        '4 protected sets and the one being written: 15 tapes in all.',
      ],
    });
  });

  test('kept for ever there is no end', () => {
    const result = estimateTapes({ ...request, protectedSets: null });
    expect(result.tapesInAll).toBeNull();
    expect(result.arithmetic.at(-1)).toContain('for every set');
  });
});
