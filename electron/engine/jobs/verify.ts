import { checkFile } from '../backup-file/index.ts';
import { formatBytes } from '../../../shared/domain/format.ts';
import { OperationError, type RunningSession } from '../sessions/running-session.ts';
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
  const tasks = [...files.values()].map((file) => ({ file, task: session.addTask(file.path, file.sizeBytes) }));
  for (const { file, task } of tasks) {
    session.signal.throwIfAborted();
    const chain = backups.chain(file.chainId);
    const release = await context.locks.acquire(
      [folderLock(file.repositoryId, chain?.folder ?? '', 'shared')],
      session.record.name,
      session.signal,
      (holder) => task.log('info', `Waiting: ${holder} uses this machine’s backup files.`),
    );
    task.start();
    const began = context.clock.now();
    try {
      const report = await checkFile(repositories.absolutePath(file.repositoryId, file.path), {
        level: run.level,
        keys: repositories.keysFor(file.repositoryId),
        signal: session.signal,
        onProgress: (progress) => task.progress(progress),
      });
      if (report.problems.length === 0) {
        task.log('success', `${report.blocks} blocks, ${formatBytes(report.bytes)}: intact`, {
          durationMs: context.clock.now() - began,
        });
        task.finish('success');
        continue;
      }
      for (const problem of report.problems.slice(0, 100)) {
        task.log('error', problem.message, { advice: 'Restore this point from another copy or from tape.' });
      }
      const reason = `${report.problemCount} problems found: ${report.problems[0]?.message}`;
      backups.setPointState(file.id, 'corrupt', reason);
      task.finish('failed', reason);
    } catch (error) {
      if (session.signal.aborted) throw error;
      // Damage is reported, not thrown: this is a missing key, a disk that cannot be read now, a newer format.
      const reason = error instanceof Error ? error.message : String(error);
      task.log('error', reason, {
        advice: 'The file could not be checked. Mend what stands in the way, then verify again.',
      });
      task.finish('failed', reason);
    } finally {
      release();
    }
  }
  for (const chainId of new Set([...files.values()].map((file) => file.chainId))) {
    await repositories.contents.refreshChain(chainId);
  }
  context.changes.publish('backups');
}
