import { expect, test } from 'vitest';
import { CliError } from './exit-codes.ts';
import { parseRetry, parseSchedule } from '../../shared/domain/schedule-words.ts';
import { failureOf } from './failures.ts';
import { formatTime, parseSize, parseTime } from './quantities.ts';
import { parseMediaRetention } from './settings-text.ts';
import { didYouMean } from './suggestions.ts';
import { columns, table } from './table.ts';

const jobId = (name: string): Promise<string> => Promise.resolve(`id of ${name}`);
const everyDay = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const allMonths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

test.each<[string, object]>([
  ['manual', { kind: 'manual' }],
  ['continuous', { kind: 'continuous' }],
  ['daily 22:00', { kind: 'daily', at: '22:00', days: everyDay }],
  ['daily 7:05', { kind: 'daily', at: '07:05', days: everyDay }],
  ['weekly mon,wed 22:00', { kind: 'daily', at: '22:00', days: ['monday', 'wednesday'] }],
  ['weekly sunday, monday 22:00', { kind: 'daily', at: '22:00', days: ['monday', 'sunday'] }],
  ['Weekly weekdays 06:30', { kind: 'daily', at: '06:30', days: everyDay.slice(0, 5) }],
  ['weekly weekends 06:30', { kind: 'daily', at: '06:30', days: ['saturday', 'sunday'] }],
  [
    'monthly first sunday 03:00',
    { kind: 'monthly', at: '03:00', on: { week: 'first', day: 'sunday' }, months: allMonths },
  ],
  [
    'monthly last fri 03:00 jan,july',
    { kind: 'monthly', at: '03:00', on: { week: 'last', day: 'friday' }, months: [1, 7] },
  ],
  ['monthly 15 03:00', { kind: 'monthly', at: '03:00', on: { dayOfMonth: 15 }, months: allMonths }],
  ['monthly 31 03:00 12,1,1', { kind: 'monthly', at: '03:00', on: { dayOfMonth: 31 }, months: [1, 12] }],
  ['every 30m', { kind: 'periodic', everyMinutes: 30 }],
  ['every 2 h', { kind: 'periodic', everyMinutes: 120 }],
  ['after nightly of db', { kind: 'after-job', jobId: 'id of nightly of db' }],
])('the schedule "%s"', async (words, expected) => {
  expect(await parseSchedule(words, jobId)).toEqual(expected);
});

test.each([
  '',
  'sometimes',
  'manual now',
  'daily',
  'daily 25:00',
  'daily 22:60',
  'daily mon 22:00',
  'daily 22:00 mon',
  'weekly 22:00',
  'weekly mon,noday 22:00',
  'weekly mo 22:00',
  'monthly 03:00',
  'monthly 0 03:00',
  'monthly 32 03:00',
  'monthly fifth sunday 03:00',
  'monthly first 03:00',
  'monthly first someday 03:00',
  'monthly 1 03:00 13',
  'monthly 1 03:00 nomonth',
  'every',
  'every now and then',
  'after',
])('"%s" is no schedule, and the refusal teaches', async (words) => {
  const error = await parseSchedule(words, jobId).catch((caught: unknown) => caught);
  expect(failureOf(error).exitCode).toBe(2);
  expect(failureOf(error).advice).toBeTruthy();
});

test('sizes, durations, retries and media retention', () => {
  expect(['16 GiB', '1.5G', '512MiB', '1048576', '0'].map(parseSize)).toEqual([
    2 ** 34,
    1.5 * 2 ** 30,
    2 ** 29,
    2 ** 20,
    0,
  ]);
  expect(parseRetry('3/10m')).toEqual({ count: 3, waitMinutes: 10 });
  expect(parseRetry('0')).toEqual({ count: 0, waitMinutes: 10 });
  expect(['1/2h', '1/1d', '1/45'].map((text) => parseRetry(text).waitMinutes)).toEqual([120, 1440, 45]);
  expect(parseMediaRetention('forever')).toEqual({ kind: 'forever' });
  expect(parseMediaRetention('90 days')).toEqual({ kind: 'for', days: 90 });
  for (const wrong of [() => parseSize('-1'), () => parseSize('big')]) {
    expect(wrong).toThrow(CliError);
  }
  for (const wrong of ['x', '3/1w', '3/']) expect(() => parseRetry(wrong)).toThrow(/is not a retry rule/);
  expect(() => parseMediaRetention('long')).toThrow(/not a media retention/);
});

test('times: a day means its end, a minute its end, and nonsense is refused', () => {
  expect(parseTime('2026-11-20')).toBe(new Date(2026, 10, 21).getTime() - 1);
  expect(parseTime('2026-11-20 22:00')).toBe(new Date(2026, 10, 20, 22, 0, 59, 999).getTime());
  expect(parseTime('2026-11-20T21:00:00Z')).toBe(Date.UTC(2026, 10, 20, 21));
  expect(parseTime(formatTime(Date.UTC(2026, 1, 3, 4, 5)))).toBe(Date.UTC(2026, 1, 3, 4, 5, 59, 999));
  for (const wrong of ['yesterday', '2026-02-30', '2026-13-01', '2026-11-20 25:00', '20.11.2026']) {
    expect(() => parseTime(wrong)).toThrow(/is not a time/);
  }
});

test('tables align, numbers to the right, and names cannot forge lines', () => {
  const rows = [
    { name: 'web01', points: 7 },
    { name: 'データ', points: 123 },
    { name: 'evil\n\u001b[2Jfake', points: 0 },
  ];
  const shown = table(
    rows,
    [
      { title: 'name', of: (row) => row.name },
      { title: 'points', of: (row) => row.points, right: true },
    ],
    'nothing',
  );
  expect(shown.split('\n')).toEqual([
    'NAME                POINTS',
    'web01                    7',
    'データ                 123',
    'evil \\u001b[2Jfake       0',
  ]);
  expect(table([], [], 'nothing')).toBe('nothing');
  expect(
    columns([
      ['a', 'long text'],
      ['longer', 'b'],
    ]),
  ).toBe('a       long text\nlonger  b');
});

test('a slip is met with the nearest word, a wild guess with none', () => {
  expect(didYouMean('respository', ['repository', 'restore'])).toBe('Did you mean "repository"? ');
  expect(didYouMean('rep', ['repository', 'restore'])).toBe('Did you mean "repository"? ');
  expect(didYouMean('xyz', ['repository', 'restore'])).toBe('');
});
