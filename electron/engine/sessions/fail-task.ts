import { messageOf } from '../../../shared/domain/message-of.ts';
import type { RunningSession, Task } from './running-session.ts';

/** Ends a task with what went wrong in it. A cancelled session is not an error of its task: then it throws the error on. */
export function failTask(session: RunningSession, task: Task, error: unknown): void {
  if (session.signal.aborted) throw error;
  const message = messageOf(error);
  const { advice = null } = error as { advice?: string | null };
  task.log('error', message, { advice });
  task.finish('cannot', message);
}
