import { OperationError } from '../errors.ts';
import type { RunningSession } from '../sessions/running-session.ts';
import { type EngineContext, folderLock } from './engine-context.ts';

/** Deletes one machine's backup files from a repository, newest first so that what is left is always whole chains. */
export async function runDeleteBackup(context: EngineContext, chainId: string, session: RunningSession): Promise<void> {
  const { backups, repositories } = context;
  const chain = backups.chain(chainId);
  if (!chain) throw new OperationError('This backup is not known any more.', 'Rescan its repository.');
  await repositories.requireAvailable(chain.repositoryId);
  const release = await context.locks.acquire(
    [folderLock(chain.repositoryId, chain.folder, 'exclusive')],
    session.owner,
    session.signal,
    (holder) => session.log('info', `Waiting: ${holder} uses these files.`),
  );
  try {
    const points = backups.points(chainId).toReversed();
    const task = session.addTask(chain.machineName, points.length);
    task.start();
    for (const [index, point] of points.entries()) {
      session.signal.throwIfAborted();
      await repositories.contents.deletePoint(point);
      task.log('info', `Deleted ${point.path}`);
      task.progress({ processedBytes: index + 1 });
    }
    await repositories.contents.refreshChain(chainId);
    task.finish('done');
    await repositories.refresh(chain.repositoryId);
    context.changes.publish('backups');
  } finally {
    release();
  }
}
