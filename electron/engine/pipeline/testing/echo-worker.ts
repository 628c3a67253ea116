/** A worker for the pool's tests. */
import { threadId } from 'node:worker_threads';
import { serveTasks } from '../worker-tasks.ts';

type EchoTask = { kind: 'echo'; number: number } | { kind: 'fail'; message: string; code: string } | { kind: 'exit' };

serveTasks<EchoTask>((task) => {
  if (task.kind === 'exit') process.exit(3);
  if (task.kind === 'fail') throw Object.assign(new Error(task.message), { code: task.code });
  return { value: task.number, threadId };
});
