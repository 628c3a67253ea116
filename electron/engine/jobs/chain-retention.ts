import { formatBytes } from '../../../shared/domain/format.ts';
import { planRetention, type RetentionRule } from '../../../shared/domain/retention.ts';
import { finishInterruptedMerge, mergeIntoFull } from '../backup-file/index.ts';
import { OperationError, type RunningSession, type Task } from '../sessions/running-session.ts';
import type { EngineContext } from './engine-context.ts';

/**
 * Applies retention to everything a job keeps of one machine in one repository. The caller holds the folder exclusively.
 * Chains may be several (active fulls); the plan sees their points as one line and never breaks one that is kept.
 */
export async function applyRetention(
  context: EngineContext,
  target: { repositoryId: string; chainIds: string[]; rule: RetentionRule },
  session: RunningSession,
  task: Task,
): Promise<void> {
  const { backups, repositories } = context;
  await removeAbsorbed(context, target.chainIds, task);
  const points = target.chainIds
    .flatMap((chainId) => backups.points(chainId))
    .sort((a, b) => a.createdAt - b.createdAt);
  const plan = planRetention(
    points
      .filter((point) => point.state === 'complete')
      .map((point) => ({ id: point.id, createdAt: point.createdAt, kind: point.kind })),
    target.rule,
    context.clock.now(),
  );
  for (const step of plan) {
    session.signal.throwIfAborted();
    if (step.kind === 'delete') {
      const point = backups.point(step.pointId);
      if (!point) continue;
      await repositories.contents.deletePoint(point);
      task.log('info', `Deleted ${point.path} (${formatBytes(point.sizeBytes)}): ${step.reason}`);
      continue;
    }
    const full = backups.point(step.fullId);
    const increment = backups.point(step.incrementId);
    if (!full || !increment) throw new OperationError('Retention names a restore point that is not known any more.');
    const began = context.clock.now();
    await mergeIntoFull({
      fullPath: repositories.absolutePath(full.repositoryId, full.path),
      incrementPath: repositories.absolutePath(increment.repositoryId, increment.path),
      keys: repositories.keysFor(full.repositoryId),
      signal: session.signal,
    });
    backups.removePoint(increment.id);
    await repositories.contents.register(full.repositoryId, [full.path]);
    task.log('info', `Merged ${increment.path} into the full: ${step.reason}`, {
      durationMs: context.clock.now() - began,
    });
  }
  for (const chainId of target.chainIds) await repositories.contents.refreshChain(chainId);
  context.changes.publish('backups');
}

/** Increments that a full has absorbed already: a crash came between the merge and their removal. */
async function removeAbsorbed(context: EngineContext, chainIds: string[], task: Task): Promise<void> {
  const { backups, repositories } = context;
  for (const chainId of chainIds) {
    const points = backups.points(chainId);
    const absorbed = new Set(points.flatMap((point) => point.absorbed));
    const leftovers = points.filter((point) => absorbed.has(point.fileUuid));
    for (const full of points.filter((point) => point.kind === 'full' && point.absorbed.length > 0)) {
      await finishInterruptedMerge(
        repositories.absolutePath(full.repositoryId, full.path),
        leftovers.map((point) => repositories.absolutePath(point.repositoryId, point.path)),
        repositories.keysFor(full.repositoryId),
      );
    }
    for (const point of leftovers) {
      await repositories.contents.deletePoint(point);
      task.log('info', `Removed ${point.path}: an interrupted merge had taken it into the full already.`);
    }
  }
}
