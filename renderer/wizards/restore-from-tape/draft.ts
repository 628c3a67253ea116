import type { PointRow } from '../../../shared/contract/backups.ts';
import type { RequiredTape } from '../../../shared/contract/restores.ts';
import { commandWithOptions } from '../../../shared/domain/command-line.ts';
import type { Problem } from '../problems.ts';
import type { StepRule } from '../wizard-state.ts';
import { counted, size } from '../words.ts';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

/** A restore point on tape, as far as the wizard shows it. */
export interface TapePoint {
  id: string;
  pointId: string;
  createdAt: number;
  kind: 'full' | 'increment';
  sizeBytes: number;
  poolName: string;
}

export interface RestoreMachine {
  id: string;
  name: string;
  platform: string;
  /** At least one, newest first. */
  points: readonly TapePoint[];
}

export interface TapeRestoreDraft {
  machines: readonly RestoreMachine[];
  repositoryId: string;
}

/** What the engine says about the tapes; null while it is not known. */
export interface TapePlan {
  tapes: readonly RequiredTape[];
  points: readonly { pointId: string; machineName: string; createdAt: number; restorable: boolean; reason: string }[];
  /** At the destination. */
  bytes: number;
}

export const restoreSteps: readonly StepRule[] = [
  { id: 'source', title: texts.steps.source, intro: texts.intros.source, fields: ['machines', 'pointIds'] },
  { id: 'tapes', title: texts.steps.tapes, intro: texts.intros.tapes, fields: ['plan'] },
  { id: 'destination', title: texts.steps.destination, intro: texts.intros.destination, fields: ['repositoryId'] },
  { id: 'summary', title: texts.steps.summary, fields: [] },
];

export const tapePointOf = (row: PointRow): TapePoint => ({
  id: row.id,
  pointId: row.pointId,
  createdAt: row.createdAt,
  kind: row.kind,
  sizeBytes: row.sizeBytes,
  poolName: row.locationName,
});

const newestFirst = (points: readonly TapePoint[]): TapePoint[] =>
  [...points].sort((a, b) => b.createdAt - a.createdAt);

/** Rows of points, gathered by machine. */
export const machinesOf = (rows: readonly PointRow[]): RestoreMachine[] => {
  const machines = new Map<string, RestoreMachine>();
  for (const row of rows) {
    const known = machines.get(row.machineId);
    machines.set(row.machineId, {
      id: row.machineId,
      name: row.machineName,
      platform: row.platform,
      points: newestFirst([...(known?.points ?? []), tapePointOf(row)]),
    });
  }
  return [...machines.values()].sort((a, b) => a.name.localeCompare(b.name));
};

/** Machines added to those that are there; one that is there keeps its chosen points. */
export const withMachines = (
  machines: readonly RestoreMachine[],
  added: readonly RestoreMachine[],
): readonly RestoreMachine[] => [
  ...machines,
  ...added.filter((machine) => !machines.some((known) => known.id === machine.id)),
];

/** Chosen points of one machine; with none left the machine goes. */
export const withPoints = (
  machines: readonly RestoreMachine[],
  machineId: string,
  points: readonly TapePoint[],
): readonly RestoreMachine[] =>
  machines
    .map((machine) => (machine.id === machineId ? { ...machine, points: newestFirst(points) } : machine))
    .filter((machine) => machine.points.length > 0);

export const pointIdsOf = (draft: TapeRestoreDraft): string[] =>
  draft.machines.flatMap((machine) => machine.points.map((point) => point.id));

/** The chosen points that the plan says can be brought back: only those are asked for. */
export const restorableIds = (draft: TapeRestoreDraft, plan: TapePlan): string[] => {
  const lost = new Set(plan.points.filter((point) => !point.restorable).map((point) => point.pointId));
  return draft.machines
    .flatMap((machine) => machine.points)
    .filter((point) => !lost.has(point.id) && !lost.has(point.pointId))
    .map((point) => point.id);
};

/** `freeBytes`: room in the chosen repository; null where it is not known. */
export const restoreProblems = (
  draft: TapeRestoreDraft,
  plan: TapePlan | null,
  freeBytes: number | null,
): Problem[] => {
  const t = texts.problems;
  const problems: Problem[] = [];
  if (draft.machines.length === 0) problems.push({ field: 'machines', message: t.needed });
  else if (plan === null) problems.push({ field: 'plan', message: t.noPlan });
  else if (restorableIds(draft, plan).length === 0) problems.push({ field: 'plan', message: t.nothingRestorable });
  if (draft.repositoryId === '') problems.push({ field: 'repositoryId', message: t.repository });
  else if (plan !== null && freeBytes !== null && freeBytes < plan.bytes) {
    problems.push({ field: 'repositoryId', message: t.room(size(plan.bytes), size(freeBytes)) });
  }
  return problems;
};

/** What the drives have to read; what it takes at the destination is `plan.bytes`. */
export const bytesToRead = (plan: TapePlan): number => plan.tapes.reduce((total, tape) => total + tape.bytes, 0);

/** What will happen, in sentences. */
export const restoreSentences = (draft: TapeRestoreDraft, plan: TapePlan, repositoryName: string): string[] => {
  const t = texts.summary;
  const missing = plan.tapes.filter((tape) => !tape.available);
  const points = counted(restorableIds(draft, plan).length, say('restore point'));
  return [
    t.read(points, counted(plan.tapes.length, say('tape')), size(bytesToRead(plan))),
    t.order(plan.tapes.map((tape) => tape.barcode).join(', ')),
    ...(missing.length === 0 ? [] : [t.ask(missing.map((tape) => tape.barcode).join(', '))]),
    t.verify,
    t.listed(repositoryName),
    t.starts,
  ];
};

export const restoreCommand = (draft: TapeRestoreDraft, plan: TapePlan, repositoryName: string): string =>
  commandWithOptions('restore from-tape', restorableIds(draft, plan), [['to', repositoryName]]);
