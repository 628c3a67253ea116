import type { Task } from '../../sessions/running-session.ts';
import type { RepositoryReach, RunTask, Serialisable } from './task-ports.ts';

/**
 * Has a task done in this process. It goes through JSON on its way all the same, as it would to another host: what cannot
 * is found out here and not on the day there is one.
 */
export function handOut<Value, Commit, Result>(
  run: RunTask<Value, Commit, Result>,
  value: Serialisable<Value>,
  of: {
    /** Of the session: gets progress and log. */
    task: Task;
    repositories: RepositoryReach;
    signal: AbortSignal;
    /** Brings into the catalogue what the task says is durable on its medium. */
    commit: (commit: Commit) => Promise<void>;
    now: () => number;
    totalBytes?: number;
  },
): Promise<Result> {
  const { task, repositories, signal, commit, now } = of;
  const part = task.part(of.totalBytes);
  return run(
    JSON.parse(JSON.stringify(value)) as Serialisable<Value>,
    {
      progress: (report) => part.report(report),
      log: (level, text, more) => task.log(level, text, more),
      commit,
      now,
      repositories,
    },
    signal,
  );
}
