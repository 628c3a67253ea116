import { runnerOf } from './kinds/job-runners.ts';
import { runRescan } from './rescan.ts';
import type { EngineContext } from './engine-context.ts';
import type { JobService } from './job-service.ts';

const weekMs = 7 * 86_400_000;
/** History is kept this long. */
const keepSessionsMs = 53 * weekMs;
/** At one start at most this many old sessions go, so that it never takes long. */
const removedAtOnce = 5000;

/**
 * What a start owes the last engine: sessions it left open are closed as interrupted, jobs learn their outcome, tape
 * libraries are attached, and repositories that an interrupted session may have written to are read again, so that what
 * had been committed on disk but not yet in the database is listed, and leftovers are gone.
 */
export async function recover(context: EngineContext, jobs: JobService): Promise<void> {
  const { sessions, repositories, tape } = context;
  const interrupted = sessions.closeInterrupted();
  sessions.store.removeBefore(context.clock.now() - keepSessionsMs, removedAtOnce);
  const touched = new Set<string>();
  for (const session of interrupted) {
    const job = session.jobId === null ? undefined : jobs.store.find(session.jobId);
    if (job) {
      const run = { sessionId: session.id, result: 'failed', at: session.startedAt } as const;
      context.commits.now((work) => jobs.store.setLastRun(work, job.id, run));
      for (const id of runnerOf(job.kind).rescans(job.settings)) touched.add(id);
    }
    if (['restore-from-tape', 'delete', 'rescan'].includes(session.kind)) {
      for (const repository of repositories.list()) touched.add(repository.id);
    }
  }
  await tape.attachAll();
  await tape.recover();
  for (const repository of repositories.list()) {
    const { state } = await repositories.refresh(repository.id);
    if (state !== 'available' || !touched.has(repository.id)) continue;
    const session = sessions.start(
      { kind: 'rescan', name: `Rescan of ${repository.name} after an interruption`, who: 'engine' },
      (running) => runRescan(context, repository.id, running),
    );
    await sessions.ended(session.id);
  }
}
