import { describe, expect, test } from 'vitest';
import { compareWithFree, estimateSpace, estimateTapes, guessSizes } from './estimates.ts';
import { type Schedule, weekdays } from './schedule.ts';

const gib = 2 ** 30;
const nightly: Schedule = { kind: 'daily', at: '22:00', days: [...weekdays] };
const machine = { name: 'web01', fullBytes: 100 * gib, incrementBytes: 5 * gib };
const now = Date.parse('2026-03-01T00:00Z');

describe('space', () => {
  test('it is the most within a year', () => {
    const result = estimateSpace([machine], { kind: 'points', count: 7 }, nightly, now);
    expect(result.bytes).toBe((100 + 7 * 5) * gib);
    expect(result.arithmetic.at(-1)).toBe('While a run is at work, before retention: 135 GiB.');
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
