import { backup, type BackupSettings } from '../../../shared/domain/jobs/backup.ts';
import type { RetentionDraft } from '../../ui/wizard/retention-field.tsx';
import {
  type CommonDraft,
  commonDraftOf,
  commonSettingsOf,
  newCommonDraft,
  retentionDraftOf,
  retentionOf,
  withCommonProblems,
} from '../job-pages/job-draft.ts';
import { type Problem, schemaProblems } from '../problems.ts';
import type { StepRule } from '../wizard-state.ts';
import { texts } from './texts.ts';

export type BackupJobSettings = BackupSettings;

export interface DiskDraft {
  path: string;
  /** A name given earlier; kept as it is. */
  name?: string | undefined;
  /** What the engine saw at that path; null: not looked at yet, or not readable now. */
  sizeBytes: number | null;
}

export interface MachineDraft {
  /** For this wizard only; two new machines have no id yet. */
  key: string;
  id?: string | undefined;
  name: string;
  platform: string;
  disks: readonly DiskDraft[];
}

export interface BackupJobDraft extends CommonDraft {
  machines: readonly MachineDraft[];
  repositoryId: string;
  retention: RetentionDraft;
  blockSizeBytes: string;
  codec: BackupJobSettings['codec'];
  /** Empty: not encrypted. */
  keyId: string;
}

export const backupSteps: readonly StepRule[] = [
  { id: 'name', title: texts.steps.name, intro: texts.intros.name, fields: ['name', 'description'] },
  { id: 'source', title: texts.steps.source, intro: texts.intros.source, fields: ['machines'] },
  {
    id: 'repository',
    title: texts.steps.repository,
    intro: texts.intros.repository,
    fields: ['repositoryId', 'retention', 'blockSizeBytes', 'codec', 'keyId'],
  },
  { id: 'schedule', title: texts.steps.schedule, intro: texts.intros.schedule, fields: ['schedule', 'retry'] },
  { id: 'summary', title: texts.steps.summary, fields: ['runNow'] },
];

export const newBackupDraft = (name: string, description: string): BackupJobDraft => ({
  ...newCommonDraft(name, description, 'daily'),
  machines: [],
  repositoryId: '',
  retention: { kind: 'points', amount: '7' },
  blockSizeBytes: '1048576',
  codec: 'zstd',
  keyId: '',
});

export const backupDraftOf = (settings: BackupJobSettings): BackupJobDraft => ({
  ...commonDraftOf(settings),
  machines: settings.machines.map((machine, index) => ({
    key: machine.id ?? `machine-${index}`,
    id: machine.id,
    name: machine.name,
    platform: machine.platform,
    disks: machine.disks.map((disk) => ({ ...disk, sizeBytes: null })),
  })),
  repositoryId: settings.repositoryId,
  retention: retentionDraftOf(settings.retention),
  blockSizeBytes: String(settings.blockSizeBytes),
  codec: settings.codec,
  keyId: settings.keyId ?? '',
});

const machineOf = (machine: MachineDraft) => ({
  ...(machine.id === undefined ? {} : { id: machine.id }),
  name: machine.name,
  platform: machine.platform,
  disks: machine.disks.map((disk) => ({
    path: disk.path.trim(),
    ...(disk.name === undefined ? {} : { name: disk.name }),
  })),
});

/** What is sent to the engine. Numbers that are none come out as NaN, which the schema refuses. */
export const backupSettingsOf = (draft: BackupJobDraft) => ({
  kind: 'backup' as const,
  ...commonSettingsOf(draft),
  machines: draft.machines.map(machineOf),
  repositoryId: draft.repositoryId,
  retention: retentionOf(draft.retention),
  blockSizeBytes: Number(draft.blockSizeBytes) as BackupJobSettings['blockSizeBytes'],
  codec: draft.codec,
  ...(draft.keyId === '' ? {} : { keyId: draft.keyId }),
});

const sameNameProblems = (machines: readonly MachineDraft[]): Problem[] => {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, machine] of machines.entries()) {
    const name = machine.name.trim().toLowerCase();
    if (seen.has(name))
      problems.push({ field: `machines.${index}.name`, message: texts.problems.sameName(machine.name) });
    seen.add(name);
  }
  return problems;
};

export const backupProblems = (draft: BackupJobDraft, takenNames: ReadonlySet<string>): Problem[] => {
  const schema = schemaProblems(backup.schema, backupSettingsOf(draft)).map((problem) =>
    problem.field === 'repositoryId' ? { ...problem, message: texts.problems.repository } : problem,
  );
  return [...withCommonProblems(draft, schema, takenNames), ...sameNameProblems(draft.machines)];
};

/** Disks of all machines together; null while one of them is not known. */
export const totalSourceBytes = (machines: readonly MachineDraft[]): number | null => {
  let total = 0;
  for (const disk of machines.flatMap((machine) => machine.disks)) {
    if (disk.sizeBytes === null) return null;
    total += disk.sizeBytes;
  }
  return total;
};
