import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { backup } from '../../../shared/domain/jobs/backup.ts';
import { backupCopy } from '../../../shared/domain/jobs/backup-copy.ts';
import { backupToTape } from '../../../shared/domain/jobs/backup-to-tape.ts';
import { jobKinds, jobSettings, type JobSettings, normalised } from '../../../shared/domain/jobs/job-kinds.ts';
import type { JobKindRules, OtherJob } from '../../../shared/domain/jobs/kind.ts';
import { anyOf, ordered } from '../../../shared/domain/jobs/testing/any-settings.ts';
import { draftProblems } from './job-problems.ts';
import { draftOf, newDraft, settingsOf } from './settings-draft.ts';

const kinds: readonly JobKindRules<JobSettings>[] = jobKinds;
const nightly: OtherJob = { id: 'j1', name: 'Nightly', kind: 'backup', repositoryId: 'r1', runsAfterJobId: null };
const facts = {
  jobs: [nightly],
  repositories: [
    { id: 'r1', name: 'Main' },
    { id: 'r2', name: 'Second' },
  ],
};
const sources = { jobIds: ['j1'], repositoryIds: [], excludedMachineIds: [] };
const machines = [{ name: 'web01', platform: 'proxmox-ve', disks: [{ path: '/images/web01.raw' }] }];
const fieldsOf = (problems: readonly { field: string }[]) => problems.map(({ field }) => field);

test.each(kinds.map((rules) => [rules.kind, rules] as const))(
  '%s: a saved job opens and is saved unchanged',
  (_kind, rules) => {
    fc.assert(
      fc.property(anyOf(rules.schema), (given) => {
        const settings = normalised(jobSettings.parse(given));
        expect(ordered(normalised(settingsOf(rules, draftOf(rules, settings))))).toEqual(ordered(settings));
      }),
      { numRuns: 100 },
    );
  },
);

test.each(kinds.map((rules) => [rules.kind, rules] as const))(
  '%s: a new job is what it is with its required settings only',
  (kind, rules) => {
    const needed = { kind, name: 'New', machines, sources, repositoryId: 'r2', fullPoolId: 'p1' };
    const whole = jobSettings.parse(needed);
    const known = Object.fromEntries(Object.entries(needed).filter(([field]) => field in rules.schema.shape));
    const draft = newDraft(rules, known as Partial<JobSettings>);
    expect(settingsOf(rules, draft)).toEqual(whole);
    expect(draftProblems(rules, draft, facts)).toEqual([]);
  },
);

describe('what is wrong with a draft', () => {
  it('is what is missing in a new one, in words that ask for it', () => {
    expect(draftProblems(backup, newDraft(backup, {}), facts)).toEqual([
      { field: 'name', message: 'Enter a name.' },
      { field: 'machines', message: 'Add at least one machine.' },
      { field: 'repositoryId', message: 'Choose a repository.' },
    ]);
    expect(fieldsOf(draftProblems(backupCopy, newDraft(backupCopy, {}), facts))).toEqual([
      'name',
      'repositoryId',
      'sources',
    ]);
    expect(fieldsOf(draftProblems(backupToTape, newDraft(backupToTape, {}), facts))).toEqual([
      'name',
      'fullPoolId',
      'sources',
    ]);
  });

  it('is on the one field of a retention, and on the parts of a schedule', () => {
    const draft = newDraft(backup, { name: 'New', machines, repositoryId: 'r2' } as never);
    expect(
      fieldsOf(
        draftProblems(
          backup,
          {
            ...draft,
            retention: { kind: 'days', amount: 'x' },
            schedule: { ...draft.schedule, dailyAt: '25:00' },
            retry: { on: true, count: 'x', waitMinutes: '10' },
          },
          facts,
        ),
      ),
    ).toEqual(['retry.count', 'retention', 'schedule.at']);
    expect(draftProblems(backup, { ...draft, retry: { on: false, count: 'x', waitMinutes: '10' } }, facts)).toEqual([]);
  });

  it('is not asked of times that do not count: those of an immediate copy, or of virtual fulls that are off', () => {
    const copy = newDraft(backupCopy, { name: 'Copy', sources, repositoryId: 'r2' });
    expect(draftProblems(backupCopy, { ...copy, schedule: { ...copy.schedule, dailyAt: 'x' } }, facts)).toEqual([]);
    const tape = newDraft(backupToTape, { name: 'Tape', sources, fullPoolId: 'p1' });
    const value = { ...tape.virtualFull.value, days: [] };
    expect(fieldsOf(draftProblems(backupToTape, { ...tape, virtualFull: { on: true, value } }, facts))).toEqual([
      'virtualFull.days',
    ]);
    expect(draftProblems(backupToTape, { ...tape, virtualFull: { on: false, value } }, facts)).toEqual([]);
  });

  it('is a name that is taken in any capitals, two machines of one name, and a copy beside its source', () => {
    const twice = newDraft(backup, {
      name: 'NIGHTLY',
      machines: [...machines, { ...machines[0], name: 'WEB01' }],
      repositoryId: 'r2',
    } as never);
    expect(fieldsOf(draftProblems(backup, twice, facts))).toEqual(['name', 'machines.1.name']);
    const beside = draftProblems(
      backupCopy,
      newDraft(backupCopy, { name: 'Copy', sources, repositoryId: 'r1' }),
      facts,
    );
    expect(beside).toEqual([
      { field: 'repositoryId', message: expect.stringContaining('“Nightly” writes to “Main” itself.') },
    ]);
    const itself = { ...sources, repositoryIds: ['r2'] };
    const same = draftProblems(
      backupCopy,
      newDraft(backupCopy, { name: 'Copy', sources: itself, repositoryId: 'r2' }),
      facts,
    );
    expect(same[0]?.message).toContain('“Second” is one of the sources.');
  });
});
