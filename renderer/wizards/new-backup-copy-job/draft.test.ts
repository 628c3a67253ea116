import { describe, expect, it } from 'vitest';
import { backupCopy } from '../../../shared/domain/jobs/backup-copy.ts';
import { stepOfField } from '../wizard-state.ts';
import {
  type CopyFacts,
  type CopyJobDraft,
  copyDraftOf,
  copyProblems,
  copySettingsOf,
  copySteps,
  newCopyDraft,
} from './draft.ts';

const facts: CopyFacts = {
  takenNames: new Set(),
  repositories: [
    { id: 'r1', name: 'Main' },
    { id: 'r2', name: 'Second' },
  ],
  jobs: [{ id: 'j1', name: 'Nightly', targetName: 'Main' }],
};
const good: CopyJobDraft = { ...newCopyDraft('Copy', '', [{ id: 'j1', name: 'Nightly' }]), repositoryId: 'r2' };
const problemsOf = (draft: CopyJobDraft) => copyProblems(draft, facts);

describe('a backup copy job being edited', () => {
  it('is what the contract takes, in both modes', () => {
    for (const mode of ['immediate', 'periodic'] as const) {
      expect(problemsOf({ ...good, mode })).toEqual([]);
      expect(backupCopy.schema.safeParse(copySettingsOf({ ...good, mode })).success).toBe(true);
    }
  });

  it('runs continuously in immediate mode, and then asks nothing of the schedule', () => {
    const draft = { ...good, schedule: { ...good.schedule, dailyAt: 'x' } };
    expect(copySettingsOf(draft).schedule).toEqual({ kind: 'continuous' });
    expect(problemsOf(draft)).toEqual([]);
    expect(problemsOf({ ...draft, mode: 'periodic' }).map((problem) => problem.field)).toEqual(['schedule.at']);
  });

  it('refuses to copy a repository onto itself', () => {
    const sources = { jobs: [], repositories: [{ id: 'r2', name: 'Second' }], excluded: [] };
    const [problem] = problemsOf({ ...good, sources });
    expect(problem).toMatchObject({ field: 'repositoryId' });
    expect(problem?.message).toContain('Second');
  });

  it('refuses a copy beside the source job’s own backups', () => {
    const [problem] = problemsOf({ ...good, repositoryId: 'r1' });
    expect(problem).toMatchObject({ field: 'repositoryId' });
    expect(problem?.message).toContain('Nightly');
  });

  it('says what is missing in a new one, each on a page of the wizard', () => {
    const draft = newCopyDraft('', '', []);
    const fields = problemsOf(draft).map((problem) => problem.field);
    expect(fields).toEqual(expect.arrayContaining(['name', 'sources', 'repositoryId']));
    for (const field of fields) expect(stepOfField(copySteps(draft), field)).not.toBeNull();
  });
});

it('opens a saved job and saves it unchanged', () => {
  const saved = backupCopy.schema.parse({
    kind: 'backup-copy',
    name: 'Copy',
    schedule: { kind: 'periodic', everyMinutes: 90 },
    sources: { jobIds: ['j1'], repositoryIds: ['r9'], excludedMachineIds: ['m1'] },
    repositoryId: 'r2',
    retention: { kind: 'points', count: 14 },
    codec: 'zstd',
    keyId: 'k1',
  });
  const named = (id: string) => ({ id, name: id });
  const sources = { jobs: [named('j1')], repositories: [named('r9')], excluded: [named('m1')] };
  expect(copySettingsOf(copyDraftOf(saved, sources))).toEqual(saved);
});
