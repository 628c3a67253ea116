import { describe, expect, it } from 'vitest';
import { backupToTape } from '../../../shared/domain/jobs/backup-to-tape.ts';
import { stepOfField } from '../wizard-state.ts';
import { newTapeDraft, type TapeJobDraft, tapeDraftOf, tapeProblems, tapeSettingsOf, tapeSteps } from './draft.ts';

const none: ReadonlySet<string> = new Set();
const good: TapeJobDraft = newTapeDraft('Weekly', '', [{ id: 'j1', name: 'Nightly' }], 'p1');
const fieldsOf = (draft: TapeJobDraft) => tapeProblems(draft, none).map((problem) => problem.field);

describe('a tape job being edited', () => {
  it('is what the contract takes', () => {
    expect(fieldsOf(good)).toEqual([]);
    expect(backupToTape.schema.safeParse(tapeSettingsOf(good)).success).toBe(true);
  });

  it('says what is missing in a new one, each on a page of the wizard', () => {
    const fields = fieldsOf(newTapeDraft('', '', [], ''));
    expect(fields).toEqual(expect.arrayContaining(['name', 'sources', 'fullPoolId', 'incrementPoolId']));
    for (const field of fields) expect(stepOfField(tapeSteps, field)).not.toBeNull();
  });

  it('leaves the pool for increments out when they are off', () => {
    const draft = { ...good, incrementsOn: false, incrementPoolId: '' };
    expect(fieldsOf(draft)).toEqual([]);
    expect(tapeSettingsOf(draft)).not.toHaveProperty('incrementPoolId');
  });

  it('judges the times of virtual fulls only while they are on', () => {
    const draft = { ...good, virtualFull: { ...good.virtualFull, days: [] } };
    expect(fieldsOf(draft)).toEqual(['virtualFull.days']);
    expect(fieldsOf({ ...draft, virtualFullOn: false })).toEqual([]);
  });

  it('refuses no drives and more than 30 days of waiting', () => {
    expect(fieldsOf({ ...good, parallelDrives: '0', waitForMediaHours: '721' })).toEqual([
      'parallelDrives',
      'waitForMediaHours',
    ]);
  });
});

it('opens a saved job and saves it unchanged', () => {
  const saved = backupToTape.schema.parse({
    kind: 'backup-to-tape',
    name: 'Weekly',
    schedule: { kind: 'after-job', jobId: 'j1' },
    sources: { jobIds: ['j1'] },
    fullPoolId: 'p1',
    incrementPoolId: 'p2',
    virtualFull: { kind: 'monthly', at: '06:00', on: { dayOfMonth: 1 }, months: [1, 2, 3] },
    latestPointOnly: true,
    parallelDrives: 4,
    ejectMedia: true,
    exportMedia: true,
    waitForMediaHours: 0,
  });
  const sources = { jobs: [{ id: 'j1', name: 'Nightly' }], repositories: [], excluded: [] };
  expect(tapeSettingsOf(tapeDraftOf(saved, sources))).toEqual(saved);
});
