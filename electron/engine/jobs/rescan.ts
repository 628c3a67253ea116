import { posix } from 'node:path';
import { stateOfError } from '../repository/repository-contents.ts';
import type { RunningSession } from '../sessions/running-session.ts';
import { type EngineContext, folderLock } from './engine-context.ts';

/**
 * Reads what is on disk and makes the database say so: new, changed, missing, incomplete, corrupt and foreign files.
 * Folders that a running job writes are left to it. Leftovers of writes that never committed are removed.
 */
export async function runRescan(
  context: EngineContext,
  repositoryId: string,
  session: RunningSession,
): Promise<'success' | 'warning'> {
  const { repositories, backups, locks } = context;
  const repository = await repositories.requireAvailable(repositoryId);
  const storage = repositories.storage(repositoryId);
  const found = await storage.list(session.signal);
  const byFolder = Map.groupBy(found, (file) => posix.dirname(file.path));
  const known = new Map(backups.pointsIn(repositoryId).map((point) => [point.path, point]));
  for (const folder of new Set([...known.keys()].map((path) => posix.dirname(path)))) {
    if (!byFolder.has(folder)) byFolder.set(folder, []);
  }
  const task = session.addTask(repository.name, found.length);
  task.start();
  const counts = { added: 0, unchanged: 0, missing: 0, incomplete: 0, corrupt: 0, leftovers: 0, inUse: 0 };
  let read = 0;
  for (const [folder, files] of byFolder) {
    session.signal.throwIfAborted();
    const lock = locks.tryAcquire([folderLock(repositoryId, folder, 'exclusive')], session.owner);
    if ('heldBy' in lock) {
      counts.inUse += 1;
      task.log('info', `${folder}: left alone, ${lock.heldBy} is working there.`);
      continue;
    }
    try {
      const chainIds = new Set<string>();
      for (const file of files) {
        session.signal.throwIfAborted();
        if (file.partial) {
          if (belongsToRestore(context, repositoryId, file.path)) continue;
          await storage.removeLeftover(file.path);
          counts.leftovers += 1;
          task.log('info', `${file.path}: removed, a write that was never finished.`);
          continue;
        }
        read += 1;
        task.progress({ processedBytes: read });
        const before = known.get(file.path);
        try {
          // A restore from tape that ended between naming a file and saying so, wherever the file's job is configured.
          const options = belongsToRestore(context, repositoryId, file.path) ? { imported: true } : {};
          const [point] = await repositories.contents.register(repositoryId, [file.path], options);
          if (!point) continue;
          chainIds.add(point.chainId);
          if (before && before.fileUuid === point.fileUuid) counts.unchanged += 1;
          else counts.added += 1;
        } catch (error) {
          const { state, reason, keyNeeded } = stateOfError(error);
          counts[state] += 1;
          task.log('warning', `${file.path}: ${reason}`);
          if (keyNeeded) {
            const point = await repositories.contents.registerLocked(repositoryId, file.path, reason);
            chainIds.add(point.chainId);
          } else if (before) {
            context.commits.later((work) => backups.setPointState(work, before.id, state, reason));
            chainIds.add(before.chainId);
          }
        }
      }
      const present = new Set(files.map((file) => file.path));
      for (const point of known.values()) {
        if (posix.dirname(point.path) !== folder || present.has(point.path)) continue;
        chainIds.add(point.chainId);
        // A merge that ended in a crash: the increment went into the full, the file is gone, the row is not needed.
        const absorbed = backups.points(point.chainId).some((other) => other.absorbed.includes(point.fileUuid));
        if (absorbed) {
          context.commits.later((work) => backups.removePoint(work, point.id));
          continue;
        }
        counts.missing += 1;
        task.log('warning', `${point.path}: missing.`);
        const reason = 'The backup file is not in the repository any more.';
        context.commits.later((work) => backups.setPointState(work, point.id, 'missing', reason));
      }
      for (const chainId of chainIds) {
        for (const point of repositories.contents.absorbedLeftovers(chainId)) {
          const message = `${point.path}: an interrupted merge had taken it into the full already`;
          try {
            await repositories.contents.deletePoint(point);
            task.log('info', `${message}; removed.`);
          } catch (error) {
            // It cannot be read any more, removed or not.
            context.commits.later((work) => backups.removePoint(work, point.id));
            task.log('info', `${message}; it could not be removed: ${stateOfError(error).reason}`);
          }
          counts.leftovers += 1;
        }
        await repositories.contents.refreshChain(chainId);
      }
    } finally {
      lock.release();
    }
  }
  await repositories.refresh(repositoryId);
  context.changes.publish('backups', 'repositories');
  const parts = [
    `${counts.added} new`,
    `${counts.unchanged} known`,
    `${counts.missing} missing`,
    `${counts.corrupt} corrupt`,
    `${counts.incomplete} locked by encryption`,
    `${counts.leftovers} leftovers removed`,
  ];
  task.log('info', `${found.length} files read: ${parts.join(', ')}.`);
  const bad = counts.missing + counts.corrupt + counts.incomplete > 0;
  task.finish(bad ? 'done-with-warnings' : 'done', bad ? parts.join(', ') : null);
  return bad ? 'warning' : 'success';
}

/** A restore from tape goes on from what it has verified: files that it has not reported yet belong to an intent. */
function belongsToRestore(context: EngineContext, repositoryId: string, path: string): boolean {
  return context.restoreIntents.names(repositoryId, path.replace(/\.rvb\..*$/, '.rvb'));
}
