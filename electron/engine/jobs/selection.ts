import type { BackupSelection } from '../../../shared/domain/jobs/shapes.ts';
import type { JobSight } from '../../../shared/domain/jobs/kind.ts';
import type { BackupStore, ChainRecord, PointRecord } from '../repository/backup-store.ts';
import type { RepositoryContents } from '../repository/repository-contents.ts';
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

/** The machines a copy or tape job reads, each from the place in the selection that holds its newest restore point. */
export function selectMachines(
  backups: BackupStore,
  contents: RepositoryContents,
  selection: BackupSelection,
): SelectedMachine[] {
  const machines = new Map<string, SelectedMachine>();
  for (const chain of backups.chains({ jobIds: selection.jobIds, repositoryIds: selection.repositoryIds })) {
    if (selection.excludedMachineIds.includes(chain.machineId)) continue;
    const points = contents.completePoints(chain.id);
    const newest = points.at(-1);
    if (!newest) continue;
    const other = machines.get(chain.machineId);
    if (other && (other.points.at(-1)?.point.createdAt ?? 0) >= newest.point.createdAt) continue;
    machines.set(chain.machineId, {
      machineId: chain.machineId,
      machineName: chain.machineName,
      platform: chain.platform,
      chain,
      points,
    });
  }
  return [...machines.values()];
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
