import { formatUtc } from '../../../shared/domain/format.ts';
import type { BackupSelection } from '../../../shared/domain/jobs/shapes.ts';
import type { JobSight } from '../../../shared/domain/jobs/kind.ts';
import type { BackupStore, ChainRecord, PointRecord } from '../repository/backup-store.ts';
import type { RepositoryContents } from '../repository/repository-contents.ts';
import type { RunningSession, Task } from '../sessions/running-session.ts';
import type { EngineContext } from './engine-context.ts';

export interface SelectedMachine {
  machineId: string;
  machineName: string;
  platform: string;
  /** The chain whose newest restore point is the newest of this machine in the selection. */
  chain: ChainRecord;
  /** Complete restore points of that chain, oldest first, each with the files it is read from, newest first. */
  points: { point: PointRecord; path: PointRecord[] }[];
}

/** A machine of the selection that cannot be read as it should be, and why. */
export interface UnreadableMachine {
  machineId: string;
  machineName: string;
  /** Of the newest restore point that cannot be read. */
  pointUuid: string;
  reason: string;
  /** Older restore points of it can be read: it is among the selected machines with those. */
  isPartial: boolean;
}

/** The machines a copy or tape job reads, each from the place in the selection that holds its newest restore point. */
export function selectMachines(
  backups: BackupStore,
  contents: RepositoryContents,
  selection: BackupSelection,
): SelectedMachine[] {
  return surveySelection(backups, contents, selection).machines;
}

/** The same, and those of which nothing, or not the newest restore point, can be read: nobody is left out in silence. */
export function surveySelection(
  backups: BackupStore,
  contents: RepositoryContents,
  selection: BackupSelection,
  /** A copy does not read what it has made itself. */
  exceptJobId?: string,
): { machines: SelectedMachine[]; unreadable: UnreadableMachine[] } {
  const machines = new Map<string, SelectedMachine>();
  const damaged = new Map<string, { machineName: string; point: PointRecord }>();
  for (const chain of backups.chains({ jobIds: selection.jobIds, repositoryIds: selection.repositoryIds })) {
    const { machineId, machineName, platform } = chain;
    if (selection.excludedMachineIds.includes(machineId)) continue;
    if (exceptJobId !== undefined && chain.jobId === exceptJobId) continue;
    const points = contents.completePoints(chain.id);
    const readable = new Set(points.map(({ point }) => point.id));
    const bad = newestOf(backups.points(chain.id).filter((point) => !readable.has(point.id)));
    if (bad && bad.createdAt > (damaged.get(machineId)?.point.createdAt ?? -1)) {
      damaged.set(machineId, { machineName, point: bad });
    }
    const newest = points.at(-1);
    if (!newest) continue;
    const other = machines.get(machineId);
    if (other && (other.points.at(-1)?.point.createdAt ?? 0) >= newest.point.createdAt) continue;
    machines.set(machineId, { machineId, machineName, platform, chain, points });
  }
  const unreadable: UnreadableMachine[] = [];
  for (const [machineId, { machineName, point }] of damaged) {
    const newest = machines.get(machineId)?.points.at(-1)?.point;
    // Where something newer can be read, nothing is missing from a copy.
    if (newest && newest.createdAt >= point.createdAt) continue;
    const which = point.createdAt > 0 ? `The restore point of ${formatUtc(point.createdAt)}` : point.path;
    const why = point.stateReason ?? 'its file is missing or damaged.';
    const reason = `${which} cannot be read (${point.state}): ${why}`;
    unreadable.push({ machineId, machineName, pointUuid: point.pointUuid, reason, isPartial: newest !== undefined });
  }
  return { machines: [...machines.values()], unreadable };
}

function newestOf(points: readonly PointRecord[]): PointRecord | undefined {
  return points.toSorted((a, b) => a.createdAt - b.createdAt).at(-1);
}

const unreadableAdvice = 'Verify or rescan its repository; a new full of its backup job makes it whole again.';

/** How many of the source jobs are gone. */
export function removedSources(context: EngineContext, { jobIds }: BackupSelection): number {
  return jobIds.filter((id) => !context.isConfigured(id)).length;
}

/**
 * What of a selection cannot be done at all, each as a task of its own that says why: machines without a readable restore
 * point, and source jobs that were removed. Returns why machines that can be read are read in part only.
 */
export function tellUnreadable(
  session: RunningSession,
  unreadable: readonly UnreadableMachine[],
  removedJobs: number,
): Map<string, UnreadableMachine> {
  for (let count = 0; count < removedJobs; count += 1) {
    const reason = 'A source job of this job was removed: no new restore points come from it.';
    const task = session.addTask('A removed job');
    task.start();
    task.log('error', reason, { advice: 'Edit the job: take the removed job out, or choose what takes its place.' });
    task.finish('cannot', reason);
  }
  for (const { machineName, reason } of unreadable.filter((machine) => !machine.isPartial)) {
    const task = session.addTask(machineName);
    task.start();
    task.log('error', reason, { advice: unreadableAdvice });
    task.finish('cannot', reason);
  }
  return new Map(unreadable.filter(({ isPartial }) => isPartial).map((machine) => [machine.machineId, machine]));
}

/** A task of a machine whose newest restore point cannot be read has done what could be done, and says what is missing. */
export function tellPartial(task: Task, { reason }: UnreadableMachine): void {
  task.log('warning', reason, { advice: unreadableAdvice });
  task.finish('partial', reason);
}

/** What a job that reads these backups would find: each machine with what its newest restore point is read from. */
export function lookAtSources(context: EngineContext, { sources }: { sources: BackupSelection }): Promise<JobSight> {
  const parts = selectMachines(context.backups, context.repositories.contents, sources).map((machine) => {
    const path = machine.points.at(-1)?.path ?? [];
    return {
      name: machine.machineName,
      bytes: path.reduce((sum, file) => sum + file.sizeBytes, 0),
      points: machine.points.length,
      files: path.length,
      encrypted: path.some((file) => file.encrypted),
    };
  });
  return Promise.resolve({ parts, nextTape: null });
}
