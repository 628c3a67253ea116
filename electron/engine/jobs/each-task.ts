import { failTask } from '../sessions/fail-task.ts';
import type { RunningSession, Task } from '../sessions/running-session.ts';

/**
 * Does a session's items one after the other, each as a task of its own. What fails one item is its task's reason and
 * does not stop the others; a cancel stops them all.
 */
export async function eachTask<T>(
  session: RunningSession,
  items: readonly T[],
  describe: (item: T) => { name: string; totalBytes?: number },
  act: (item: T, task: Task) => Promise<void>,
): Promise<void> {
  const tasks = items.map((item) => {
    const { name, totalBytes } = describe(item);
    return { item, task: session.addTask(name, totalBytes) };
  });
  for (const { item, task } of tasks) {
    session.signal.throwIfAborted();
    task.start();
    try {
      await act(item, task);
      if (task.record.state !== 'done') task.finish('done');
    } catch (error) {
      failTask(session, task, error);
    }
  }
}
