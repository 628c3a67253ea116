import { expect, it } from 'vitest';
import { poolSettings } from '../../../shared/contract/tape.ts';
import { stepOfField } from '../wizard-state.ts';
import {
  allocationWords,
  newPoolDraft,
  poolCommand,
  poolDraftOf,
  poolProblems,
  poolSettingsOf,
  poolSteps,
} from './draft.ts';

const none: ReadonlySet<string> = new Set();
const good = newPoolDraft('Weekly', '', [{ id: 't1', name: 'RV0001L8' }]);

it('begins with what the contract takes', () => {
  expect(poolProblems(good, none)).toEqual([]);
  expect(poolSettings.safeParse(poolSettingsOf(good)).success).toBe(true);
});

it('puts what is wrong on pages of the wizard', () => {
  const draft = {
    ...good,
    name: ' ',
    allocation: 'schedule' as const,
    setSchedule: { ...good.setSchedule, days: [] },
    retentionDays: '0',
    maxDrives: '',
  };
  const fields = poolProblems(draft, none).map((problem) => problem.field);
  expect(fields.toSorted()).toEqual(['allocation.schedule.days', 'maxDrives', 'name', 'retention.days']);
  for (const field of fields) expect(stepOfField(poolSteps, field)).not.toBeNull();
  expect(poolProblems(good, new Set(['weekly']))[0]?.field).toBe('name');
});

it('ignores days while tapes are protected for ever', () => {
  expect(poolProblems({ ...good, retention: 'forever', retentionDays: 'x' }, none)).toEqual([]);
});

it('opens a saved pool and saves it unchanged', () => {
  const saved = poolSettings.parse({
    name: 'Archive',
    allocation: { kind: 'schedule', schedule: { kind: 'daily', at: '18:00', days: ['saturday'] } },
    retention: { kind: 'overwrite' },
    libraryIds: ['l2', 'l1'],
    replenishFromFree: false,
    takeBlank: false,
    maxDrives: 3,
  });
  expect(poolSettingsOf(poolDraftOf(saved))).toEqual(saved);
});

it('says the same in words and as a command', () => {
  const draft = { ...good, allocation: 'continue' as const, retention: 'forever' as const, takeBlank: false };
  expect(allocationWords(draft)).toBe('never');
  expect(poolCommand(draft, ['Library 1'])).toBe(
    "reelvault pool create Weekly --new-set never --keep forever --library 'Library 1' --no-blank --tape RV0001L8",
  );
});
