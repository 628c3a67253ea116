import { OperationError } from '../errors.ts';
import type { RunningSession, Task } from '../sessions/running-session.ts';
import type { PointRecord } from '../repository/backup-store.ts';
import { eachTask } from './each-task.ts';
import { type EngineContext, folderLock } from './engine-context.ts';
import { handOut } from './tasks/hand-out.ts';
import { runVerifyTask, type VerifyTask } from './tasks/verify-task.ts';

export interface VerifyRun {
  pointIds?: string[] | undefined;
  repositoryId?: string | undefined;
  level: 'checksums' | 'digests';
}

/**
 * Reads every file that the chosen restore points need and checks it: stored bytes by checksum, or content by digest.
 * A damaged file is marked, and so is everything that is read through it.
 */
export async function runVerify(context: EngineContext, run: VerifyRun, session: RunningSession): Promise<void> {
  const { backups, repositories } = context;
  const chosen = run.pointIds
    ? run.pointIds.map((id) => {
        const point = backups.point(id);
        if (!point) throw new OperationError(`There is no restore point ${id} on disk.`, 'Rescan its repository.');
        return point;
      })
    : backups.pointsIn(run.repositoryId ?? '');
  // Files are shared by points of a chain: each is read once, a chain after the other.
  const files = new Map(
    chosen
      .filter((point) => point.state !== 'missing')
      .flatMap((point) => (point.state === 'complete' ? repositories.contents.restorePath(point) : [point]))
      .map((file) => [file.id, file]),
  );
  for (const point of chosen.filter((candidate) => candidate.state === 'missing')) {
    session.log('error', `${point.path}: ${point.stateReason ?? 'missing'}`);
    session.addTask(point.path).finish('cannot', point.stateReason ?? 'missing');
  }
  await eachTask(
    session,
    [...files.values()],
    ({ path, sizeBytes }) => ({ name: path, totalBytes: sizeBytes }),
    (file, task) => verifyFile(context, run, file, session, task),
  );
  for (const chainId of new Set([...files.values()].map((file) => file.chainId))) {
    await repositories.contents.refreshChain(chainId);
  }
  context.changes.publish('backups');
}

async function verifyFile(
  context: EngineContext,
  run: VerifyRun,
  file: PointRecord,
  session: RunningSession,
  task: Task,
): Promise<void> {
  const { backups, repositories } = context;
  const chain = backups.chain(file.chainId);
  const release = await context.locks.acquire(
    [folderLock(file.repositoryId, chain?.folder ?? '', 'shared')],
    session.owner,
    session.signal,
    (holder) => task.log('info', `Waiting: ${holder} uses this machine’s backup files.`),
  );
  try {
    const value: VerifyTask = {
      file: { repositoryId: file.repositoryId, path: file.path },
      level: run.level,
      keys: repositories.keysFor(file.repositoryId),
    };
    const damage = await handOut(runVerifyTask, value, {
      task,
      repositories,
      signal: session.signal,
      now: () => context.clock.now(),
      totalBytes: file.sizeBytes,
      commit: async ({ reason }) => {
        context.commits.later((work) => backups.setPointState(work, file.id, 'corrupt', reason));
        await context.commits.flushed();
      },
    });
    if (damage !== null) task.finish('cannot', damage);
  } finally {
    release();
  }
}
