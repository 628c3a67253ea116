import { checkFile } from '../backup-file/index.ts';
import { formatBytes } from '../../../shared/domain/format.ts';
import { OperationError } from '../errors.ts';
import type { RunningSession, Task } from '../sessions/running-session.ts';
import type { PointRecord } from '../repository/backup-store.ts';
import { eachTask } from './each-task.ts';
import { type EngineContext, folderLock } from './engine-context.ts';

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
    session.addTask(point.path).finish('failed', point.stateReason ?? 'missing');
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
    session.record.name,
    session.signal,
    (holder) => task.log('info', `Waiting: ${holder} uses this machine’s backup files.`),
  );
  const began = context.clock.now();
  try {
    // Damage is reported, not thrown: what is thrown is a missing key, a disk that cannot be read now, a newer format.
    const report = await checkFile(repositories.place(file.repositoryId, file.path), {
      level: run.level,
      keys: repositories.keysFor(file.repositoryId),
      signal: session.signal,
      onProgress: (progress) => task.progress(progress),
    });
    if (report.problems.length === 0) {
      task.log('success', `${report.blocks} blocks, ${formatBytes(report.bytes)}: intact`, {
        durationMs: context.clock.now() - began,
      });
      return;
    }
    for (const problem of report.problems.slice(0, 100)) {
      task.log('error', problem.message, { advice: 'Restore this point from another copy or from tape.' });
    }
    const reason = `${report.problemCount} problems found: ${report.problems[0]?.message}`;
    context.commits.later((work) => backups.setPointState(work, file.id, 'corrupt', reason));
    task.finish('failed', reason);
  } finally {
    release();
  }
}
