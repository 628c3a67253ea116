import { describe, expect, it } from 'vitest';
import { backup } from '../../../shared/domain/jobs/backup.ts';
import { stepOfField } from '../wizard-state.ts';
import {
  type BackupJobDraft,
  backupDraftOf,
  backupProblems,
  backupSettingsOf,
  backupSteps,
  newBackupDraft,
  totalSourceBytes,
} from './draft.ts';

const machine = {
  key: 'a',
  name: 'web01',
  platform: 'proxmox-ve',
  disks: [{ path: '/images/web01.raw', sizeBytes: 2 ** 35 }],
};
const good: BackupJobDraft = { ...newBackupDraft('Nightly', ''), machines: [machine], repositoryId: 'r1' };
const none: ReadonlySet<string> = new Set();
const fieldsOf = (draft: BackupJobDraft, taken = none) => backupProblems(draft, taken).map((problem) => problem.field);

describe('a backup job being edited', () => {
  it('is what the contract takes', () => {
    expect(backupProblems(good, none)).toEqual([]);
    expect(backup.schema.safeParse(backupSettingsOf(good)).success).toBe(true);
  });

  it('says what is missing in a new one, each on a page of the wizard', () => {
    const fields = fieldsOf({ ...good, ...newBackupDraft('', '') });
    expect(fields).toEqual(expect.arrayContaining(['name', 'machines', 'repositoryId']));
    for (const field of fields) expect(stepOfField(backupSteps, field)).not.toBeNull();
  });

  it('puts the wrong number of points or days on the one field there is', () => {
    expect(fieldsOf({ ...good, retention: { kind: 'points', amount: '0' } })).toEqual(['retention']);
    expect(fieldsOf({ ...good, retention: { kind: 'days', amount: 'x' } })).toEqual(['retention']);
  });

  it('refuses a name that another job has, whatever its case', () => {
    expect(fieldsOf(good, new Set(['nightly']))).toEqual(['name']);
  });

  it('refuses two machines of one name', () => {
    const twice = { ...good, machines: [machine, { ...machine, key: 'b', name: 'WEB01' }] };
    expect(fieldsOf(twice)).toEqual(['machines.1.name']);
  });

  it('asks for retry numbers only while retries are on', () => {
    expect(fieldsOf({ ...good, retryCount: 'x' })).toEqual(['retry.count']);
    expect(fieldsOf({ ...good, retryOn: false, retryCount: 'x' })).toEqual([]);
  });
});

it('opens a saved job and saves it unchanged', () => {
  const saved = backup.schema.parse({
    kind: 'backup',
    name: 'Nightly',
    description: 'All of them',
    schedule: { kind: 'monthly', at: '03:00', on: { week: 'last', day: 'sunday' }, months: [3, 9] },
    retry: { count: 0, waitMinutes: 10 },
    machines: [{ id: 'm1', name: 'web01', platform: 'agent', disks: [{ path: '/dev/sdb', name: 'system' }] }],
    repositoryId: 'r1',
    retention: { kind: 'days', days: 30 },
    blockSizeBytes: 262_144,
    codec: 'lz4',
    keyId: 'k1',
  });
  expect(backupSettingsOf(backupDraftOf(saved))).toEqual(saved);
});

it('adds up disks only when all are known', () => {
  expect(totalSourceBytes([machine, machine])).toBe(2 ** 36);
  expect(totalSourceBytes([machine, { ...machine, disks: [{ path: '/x', sizeBytes: null }] }])).toBeNull();
});
