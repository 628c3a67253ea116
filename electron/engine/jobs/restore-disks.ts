import { isAbsolute, join, resolve } from 'node:path';
import { safePathName } from '../../../shared/domain/names.ts';
import type { DiskRecord, PointRecord } from '../repository/backup-store.ts';
import { isThere } from '../files/durable-file.ts';
import { OperationError } from '../errors.ts';
import type { RunningSession } from '../sessions/running-session.ts';
import { eachTask } from './each-task.ts';
import { type EngineContext, folderLock } from './engine-context.ts';
import { handOut } from './tasks/hand-out.ts';
import { type RestoreDiskTask, runRestoreDiskTask } from './tasks/restore-disk-task.ts';

export interface RestoreDisksRun {
  pointId: string;
  diskIds?: string[] | undefined;
  folder: string;
  overwrite: boolean;
}

/** Where a disk is written: `<folder>/<machine>-<disk>.raw`, names made safe; a document keeps its ending. */
function fileNameOf(machineName: string, object: DiskRecord): string {
  const name = safePathName(`${machineName}-${object.name}`);
  return object.kind === 'document' ? name : `${name}.raw`;
}

/** Checks what can be checked before a session exists; throws OperationError. */
async function checkRestoreDisks(context: EngineContext, run: RestoreDisksRun) {
  const point = context.backups.point(run.pointId);
  if (!point)
    throw new OperationError('This restore point is not on disk.', 'Restore it from tape to a repository first.');
  const chain = context.backups.chain(point.chainId);
  if (!chain)
    throw new OperationError('The backup of this restore point is not known any more.', 'Rescan its repository.');
  if (!isAbsolute(run.folder))
    throw new OperationError(`“${run.folder}” is not an absolute path.`, 'Enter the whole path.');
  const disks = run.diskIds
    ? run.diskIds.map((id) => {
        const disk = point.objects.find((object) => object.id === id);
        if (disk) return disk;
        const names = point.objects.map((object) => object.id).join(', ');
        throw new OperationError(`This restore point has no disk “${id}”.`, `Its disks are: ${names}.`);
      })
    : point.objects;
  const folder = resolve(run.folder);
  if (!run.overwrite) {
    for (const disk of disks) {
      const path = join(folder, fileNameOf(chain.machineName, disk));
      if (await isThere(path)) {
        throw new OperationError(`${path} exists already.`, 'Choose another folder, or allow overwriting.');
      }
    }
  }
  return { point, chain, disks, folder };
}

/** Refuses a point whose repository is away, and says where else the same one is. */
async function requireReachable({ repositories, backups }: EngineContext, point: PointRecord): Promise<void> {
  const { state, stateText, name } = await repositories.refresh(point.repositoryId);
  if (state === 'available') return;
  const elsewhere = backups
    .pointsByUuid(point.pointUuid)
    .filter((other) => other.id !== point.id && other.state === 'complete')
    .map((other) => repositories.get(other.repositoryId))
    .filter((repository) => repository.state === 'available');
  throw new OperationError(
    `The repository “${name}” cannot be reached: ${stateText ?? 'it is away.'}`,
    elsewhere.length > 0
      ? `The same restore point is in “${elsewhere.map((repository) => repository.name).join('”, “')}”: restore it from there.`
      : 'Bring the repository back, or restore the backup from tape to another repository first.',
    { kind: 'unavailable', field: 'pointId' },
  );
}

/** Refuses what cannot work, then starts the session and returns its id. */
export async function startRestoreDisks(context: EngineContext, run: RestoreDisksRun, who: string): Promise<string> {
  const { chain, point } = await checkRestoreDisks(context, run);
  await requireReachable(context, point);
  const name = `Disk restore of ${chain.machineName}`;
  return context.sessions.start({ kind: 'restore-disk', name, who }, (session) =>
    runRestoreDisks(context, run, session),
  ).id;
}

/** Writes disks of one restore point to raw sparse files, each verified. */
async function runRestoreDisks(context: EngineContext, run: RestoreDisksRun, session: RunningSession): Promise<void> {
  const { point, chain, disks, folder } = await checkRestoreDisks(context, run);
  const { repositories } = context;
  const release = await context.locks.acquire(
    [folderLock(point.repositoryId, chain.folder, 'shared')],
    session.owner,
    session.signal,
    (holder) => session.log('info', `Waiting: ${holder} uses this machine’s backup files.`),
  );
  try {
    await repositories.requireAvailable(point.repositoryId);
    const files = repositories.contents.restorePath(point).map(({ repositoryId, path }) => ({ repositoryId, path }));
    await eachTask(
      session,
      disks,
      ({ name, sizeBytes }) => ({ name, totalBytes: sizeBytes }),
      (disk, task) => {
        const value: RestoreDiskTask = {
          files,
          diskId: disk.id,
          targetPath: join(folder, fileNameOf(chain.machineName, disk)),
          overwrite: run.overwrite,
          keys: repositories.keysFor(point.repositoryId),
        };
        return handOut(runRestoreDiskTask, value, {
          task,
          repositories,
          signal: session.signal,
          now: () => context.clock.now(),
          totalBytes: disk.sizeBytes,
          commit: async () => {},
        });
      },
    );
  } finally {
    release();
  }
}
