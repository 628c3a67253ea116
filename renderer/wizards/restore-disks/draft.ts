import type { PointRow } from '../../../shared/contract/backups.ts';
import { restores } from '../../../shared/contract/restores.ts';
import { isAbsolutePath } from '../absolute-path.ts';
import { commandWithOptions } from '../../../shared/domain/command-line.ts';
import { inputProblems, type Problem } from '../problems.ts';
import type { StepRule } from '../wizard-state.ts';
import { counted, moment } from '../words.ts';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

/** A restore point that disks can be read from. */
export interface DiskPoint {
  id: string;
  machineId: string;
  machineName: string;
  createdAt: number;
  disks: readonly { id: string; name: string; sizeBytes: number }[];
}

export interface DiskRestoreDraft {
  machine: { id: string; name: string } | null;
  point: DiskPoint | null;
  diskIds: readonly string[];
  folder: string;
  overwrite: boolean;
}

export const diskSteps: readonly StepRule[] = [
  { id: 'point', title: texts.steps.point, intro: texts.intros.point, fields: ['pointId', 'machine'] },
  { id: 'disks', title: texts.steps.disks, intro: texts.intros.disks, fields: ['diskIds'] },
  {
    id: 'destination',
    title: texts.steps.destination,
    intro: texts.intros.destination,
    fields: ['folder', 'overwrite'],
  },
  { id: 'summary', title: texts.steps.summary, fields: [] },
];

export const diskPointOf = (row: PointRow): DiskPoint => ({
  id: row.id,
  machineId: row.machineId,
  machineName: row.machineName,
  createdAt: row.createdAt,
  disks: row.disks,
});

/** Choosing a point chooses its machine and all of its disks. */
export const withPoint = (point: DiskPoint): Pick<DiskRestoreDraft, 'machine' | 'point' | 'diskIds'> => ({
  machine: { id: point.machineId, name: point.machineName },
  point,
  diskIds: point.disks.map((disk) => disk.id),
});

export const newDiskDraft = (point: DiskPoint | null): DiskRestoreDraft => ({
  machine: null,
  point: null,
  diskIds: [],
  ...(point === null ? {} : withPoint(point)),
  folder: '',
  overwrite: false,
});

/** Why disks cannot be read from a point; null when they can. */
export const pointRefusal = (row: PointRow): string | null => {
  if (row.origin === 'tape') return texts.point.onlyTape;
  if (row.state !== 'complete') return texts.point.broken(row.stateReason ?? texts.point.states[row.state]);
  return null;
};

export const chosenDisks = (draft: DiskRestoreDraft): DiskPoint['disks'] =>
  draft.point?.disks.filter((disk) => draft.diskIds.includes(disk.id)) ?? [];

export const chosenBytes = (draft: DiskRestoreDraft): number =>
  chosenDisks(draft).reduce((total, disk) => total + disk.sizeBytes, 0);

/** What is sent to the engine; all disks are asked for by leaving them out. */
export const diskRequestOf = (draft: DiskRestoreDraft) => ({
  pointId: draft.point?.id ?? '',
  ...(draft.diskIds.length === draft.point?.disks.length ? {} : { diskIds: [...draft.diskIds] }),
  folder: draft.folder.trim(),
  overwrite: draft.overwrite,
});

export const diskProblems = (draft: DiskRestoreDraft): Problem[] => {
  const t = texts.problems;
  const request = diskRequestOf(draft);
  const problems = inputProblems(restores.disks, request).map((problem) =>
    problem.field === 'pointId' ? { ...problem, message: t.point } : problem,
  );
  if (draft.point !== null && draft.diskIds.length === 0) problems.push({ field: 'diskIds', message: t.disks });
  if (request.folder !== '' && !isAbsolutePath(request.folder)) problems.push({ field: 'folder', message: t.absolute });
  return problems;
};

/** What will happen, in sentences. */
export const diskSentences = (draft: DiskRestoreDraft): string[] => {
  const t = texts.summary;
  const disks = chosenDisks(draft);
  const machine = draft.machine?.name ?? '';
  const when = moment(draft.point?.createdAt ?? 0);
  const folder = draft.folder.trim();
  return [
    disks.length === 1
      ? t.writeOne(machine, when, folder)
      : t.write(counted(disks.length, say('disk')), machine, when, folder),
    t.files(disks.map((disk) => disk.name).join(', ')),
    draft.overwrite ? t.replace : t.keep,
    t.verify,
    t.starts,
  ];
};

export const diskCommand = (draft: DiskRestoreDraft): string => {
  const disks = chosenDisks(draft);
  const some = disks.length === draft.point?.disks.length ? [] : disks;
  return commandWithOptions(
    'restore disk',
    [draft.point?.id ?? ''],
    [
      ['folder', draft.folder.trim()],
      ...some.map((disk) => ['disk', disk.name] as const),
      ['overwrite', draft.overwrite],
    ],
  );
};
