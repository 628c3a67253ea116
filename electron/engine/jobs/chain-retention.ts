import { formatBytes, formatCount } from '../../../shared/domain/format.ts';
import { decideRetention, type RetentionRule } from '../../../shared/domain/retention.ts';
import { compact, finishInterruptedMerge, mergeIntoFull } from '../backup-file/index.ts';
import { OperationError } from '../errors.ts';
import type { RunningSession, Task } from '../sessions/running-session.ts';
import type { EngineContext } from './engine-context.ts';
import { pointsInOrder } from './points-in-order.ts';

/** A full is rewritten when more than this share of it is dead. */
const deadShareLimit = 0.4;

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
  const points = pointsInOrder(target.chainIds.map((chainId) => backups.points(chainId)));
  const worthCompacting = new Set<string>();
  const { can } = repositories.storage(target.repositoryId);
  const plan = decideRetention(
    points
      .filter((point) => point.state === 'complete')
      .map((point) => ({ id: point.id, createdAt: point.createdAt, kind: point.kind })),
    target.rule,
    context.clock.now(),
    { timeZone: context.timeZone, neverMerge: !can.append },
  );
  const needed = plan.kept.filter(({ code }) => code === 'needed').length;
  if (!can.append && needed > 0) {
    task.log(
      'info',
      `${formatCount(needed, 'restore point')} past retention ${needed === 1 ? 'stays' : 'stay'}: files of this repository cannot be added to, so nothing is merged here, and newer restore points build on ${needed === 1 ? 'it' : 'them'}.`,
      { advice: 'Make an active full now and then: a chain is deleted whole once none of its restore points is kept.' },
    );
  }
  for (const step of plan.steps) {
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
    const merged = await mergeIntoFull({
      full: repositories.place(full.repositoryId, full.path),
      increment: repositories.place(increment.repositoryId, increment.path),
      keys: repositories.keysFor(full.repositoryId),
      signal: session.signal,
    }).catch(async (error: unknown) => {
      // It may have got as far as its commit: the rows follow what the file says now.
      await repositories.contents.register(full.repositoryId, [full.path]).catch(() => undefined);
      throw error;
    });
    context.commits.later((work) => backups.removePoint(work, increment.id));
    await repositories.contents.register(full.repositoryId, [full.path]);
    if (merged.deadBytes > merged.fileSizeBytes * deadShareLimit) worthCompacting.add(full.id);
    else worthCompacting.delete(full.id);
    task.log('info', `Merged ${increment.path} into the full: ${step.reason}`, {
      durationMs: context.clock.now() - began,
    });
  }
  if (!can.replace) worthCompacting.clear();
  for (const id of worthCompacting) await compactFull(context, id, session, task);
  for (const chainId of target.chainIds) await repositories.contents.refreshChain(chainId);
  context.changes.publish('backups');
}

/** Rewrites a full without the dead space that merges left, where there is room for the second copy this takes. */
async function compactFull(context: EngineContext, id: string, session: RunningSession, task: Task): Promise<void> {
  const { backups, repositories } = context;
  const full = backups.point(id);
  if (!full) return;
  const place = repositories.place(full.repositoryId, full.path);
  const { freeBytes } = await repositories.storage(full.repositoryId).space();
  if (freeBytes !== null && freeBytes < full.sizeBytes) {
    task.log('info', `${full.path} holds dead space, and there is too little room to rewrite it.`);
    return;
  }
  const began = context.clock.now();
  const info = await compact({ place, keys: repositories.keysFor(full.repositoryId), signal: session.signal });
  await repositories.contents.register(full.repositoryId, [full.path]);
  task.log('info', `Compacted ${full.path}: ${formatBytes(full.sizeBytes)} to ${formatBytes(info.fileSizeBytes)}`, {
    durationMs: context.clock.now() - began,
  });
}

/** Increments that a full has absorbed already: a crash came between the merge and their removal. */
async function removeAbsorbed(context: EngineContext, chainIds: string[], task: Task): Promise<void> {
  const { backups, repositories } = context;
  for (const chainId of chainIds) {
    const points = backups.points(chainId);
    const leftovers = repositories.contents.absorbedLeftovers(chainId);
    for (const full of points.filter((point) => point.kind === 'full' && point.absorbed.length > 0)) {
      await finishInterruptedMerge(
        repositories.place(full.repositoryId, full.path),
        leftovers.map((point) => repositories.place(point.repositoryId, point.path)),
        repositories.keysFor(full.repositoryId),
      );
    }
    for (const point of leftovers) {
      await repositories.contents.deletePoint(point);
      task.log('info', `Removed ${point.path}: an interrupted merge had taken it into the full already.`);
    }
  }
}
