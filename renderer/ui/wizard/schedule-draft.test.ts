import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schedule } from '../../../shared/contract/common.ts';
import {
  draftOfSchedule,
  newScheduleDraft,
  type Schedule,
  scheduleOfDraft,
  scheduleProblems,
  weekdays,
  weeks,
  wholeNumber,
} from './schedule-draft.ts';

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const subset = <T>(all: readonly T[]) => fc.subarray([...all], { minLength: 1 });
const months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const anySchedule: fc.Arbitrary<Schedule> = fc.oneof(
  fc.record({ kind: fc.constant('daily' as const), at: time, days: subset(weekdays) }),
  fc.record({
    kind: fc.constant('monthly' as const),
    at: time,
    on: fc.oneof(
      fc.record({ week: fc.constantFrom(...weeks), day: fc.constantFrom(...weekdays) }),
      fc.record({ dayOfMonth: fc.integer({ min: 1, max: 31 }) }),
    ),
    months: subset(months),
  }),
  fc.record({ kind: fc.constant('periodic' as const), everyMinutes: fc.integer({ min: 1, max: 10_080 }) }),
  fc.record({ kind: fc.constant('after-job' as const), jobId: fc.string({ minLength: 1, maxLength: 20 }) }),
  fc.constant({ kind: 'manual' as const }),
  fc.constant({ kind: 'continuous' as const }),
);

describe('a saved schedule', () => {
  it('comes back unchanged from being edited, and is right', () => {
    fc.assert(
      fc.property(anySchedule, (saved) => {
        const draft = draftOfSchedule(saved);
        expect(scheduleOfDraft(draft)).toEqual(saved);
        expect(scheduleProblems(draft)).toEqual([]);
      }),
    );
  });
});

describe('a schedule being edited', () => {
  it('has nothing wrong exactly when the contract takes it', () => {
    const texts = fc.constantFrom('', '0', '1', '7', '31', '32', '168', '169', 'x', '99999');
    fc.assert(
      fc.property(
        fc.constantFrom('daily', 'monthly', 'periodic', 'after-job', 'manual', 'continuous'),
        fc.constantFrom('22:00', '24:00', '', '7:5'),
        fc.subarray([...weekdays]),
        texts,
        texts,
        fc.subarray(months),
        fc.constantFrom('', 'job'),
        (kind, at, days, dayOfMonth, every, chosenMonths, jobId) => {
          const draft = {
            ...newScheduleDraft(kind as Schedule['kind']),
            dailyAt: at,
            monthlyAt: at,
            dayChoice: 'these-days' as const,
            days,
            monthlyOn: 'day' as const,
            dayOfMonth,
            every,
            months: chosenMonths,
            jobId,
          };
          expect(scheduleProblems(draft).length === 0).toBe(schedule.safeParse(scheduleOfDraft(draft)).success);
        },
      ),
    );
  });

  it('keeps the values of the kinds that are not chosen', () => {
    const daily = { ...newScheduleDraft('daily'), dailyAt: '03:15' };
    expect(scheduleOfDraft({ ...daily, kind: 'manual' })).toEqual({ kind: 'manual' });
    expect(scheduleOfDraft({ ...daily, kind: 'daily' })).toMatchObject({ at: '03:15' });
  });
});

it('takes only whole numbers', () => {
  expect(wholeNumber(' 12 ')).toBe(12);
  for (const text of ['', '1.5', '-1', '1e3', 'x', '0x10']) expect(wholeNumber(text)).toBeNaN();
});
