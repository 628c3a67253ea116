import { expect, it } from 'vitest';
import { commandWithOptions } from './command-line.ts';
import { scheduleWords } from './schedule-words.ts';

it('quotes what a shell would take apart, and leaves out what is not given', () => {
  expect(
    commandWithOptions(
      'pool create',
      ["Bob's pool"],
      [
        ['keep', '90'],
        ['description', null],
        ['no-free', true],
        ['no-blank', false],
        ['new-set', 'weekly saturday 18:00'],
      ],
    ),
  ).toBe(String.raw`reelvault pool create 'Bob'\''s pool' --keep 90 --no-free --new-set 'weekly saturday 18:00'`);
});

it('writes schedules as the command line reads them', () => {
  expect(scheduleWords({ kind: 'daily', at: '22:00', days: ['monday', 'friday'] }, String)).toBe(
    'weekly monday,friday 22:00',
  );
  expect(
    scheduleWords({ kind: 'monthly', at: '03:00', on: { week: 'last', day: 'sunday' }, months: [1, 7] }, String),
  ).toBe('monthly last sunday 03:00 1,7');
  expect(scheduleWords({ kind: 'periodic', everyMinutes: 90 }, String)).toBe('every 90m');
});
