import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatRate, formatUtc, parseBytes } from './format.ts';

const k = 1024;

describe('formatBytes', () => {
  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [8 * k ** 3, '8 GiB'],
    [93.41 * k ** 3, '93.4 GiB'],
    [999 * k, '999 KiB'],
    [1023.9 * k, '1 MiB'],
    [2 ** 63, '8 EiB'],
    [2 ** 80, '1048576 EiB'],
    [-1536, '-1.5 KiB'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test('property: reading it back is within half a percent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
        const back = parseBytes(formatBytes(bytes))!;
        expect(Math.abs(back - bytes)).toBeLessThanOrEqual(bytes / 200);
      }),
    );
  });
});

test.each([
  [0, '0 s'],
  [440, '0.4 s'],
  [9949, '9.9 s'],
  [9950, '10 s'],
  [59_600, '1 min'],
  [245_000, '4 min 5 s'],
  [3_599_400, '59 min 59 s'],
  [3_599_600, '1 h'],
  [7_380_000, '2 h 3 min'],
  [86_399_999, '1 d'],
  [446_400_000, '5 d 4 h'],
  [-5, '0 s'],
  [Number.NaN, '–'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('rates and counts', () => {
  expect(formatRate(93.4 * k * k)).toBe('93.4 MiB/s');
  expect(formatRate(Number.NaN)).toBe('–');
  expect([formatCount(1, 'tape'), formatCount(0, 'tape'), formatCount(2, 'library', 'libraries')]).toEqual([
    '1 tape',
    '0 tapes',
    '2 libraries',
  ]);
});

test.each([
  ['16 MiB', 16 * k * k],
  ['16mb', 16 * k * k],
  ['8G', 8 * k ** 3],
  ['1.5 KiB', 1536],
  ['1,5 kib', 1536],
  [' 1024 ', 1024],
  ['12 bytes', 12],
  ['0', 0],
  ['', null],
  ['-1', null],
  ['MiB', null],
  ['1 ZiB', null],
  ['9999999 EiB', null],
  ['1e9', null],
  ['12 MiB x', null],
])('parseBytes(%j) is %j', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test('moments in log lines say their zone', () => {
  expect(formatUtc(Date.UTC(2026, 10, 21, 8, 22, 17, 531))).toBe('2026-11-21 08:22:17 UTC');
});
