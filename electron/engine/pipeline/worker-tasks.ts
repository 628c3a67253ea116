import { parentPort } from 'node:worker_threads';

export interface TaskRequest {
  id: number;
  task: unknown;
}

export type TaskReply =
  | { id: number; ok: true; result: unknown }
  | { id: number; ok: false; message: string; properties: Record<string, unknown> };

/** Worker side of a pool: answers each task with what `handle` returns, in the order the tasks came. */
export function serveTasks<Task>(handle: (task: Task) => unknown): void {
  const port = parentPort;
  if (!port) throw new Error('serveTasks runs only inside a worker thread.');
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: TaskRequest) => {
    last = last.then(async () => {
      let reply: TaskReply;
      try {
        reply = { id: request.id, ok: true, result: await handle(request.task as Task) };
      } catch (error) {
        reply = { id: request.id, ok: false, ...describe(error) };
      }
      port.postMessage(reply);
    });
  });
}

function describe(error: unknown): { message: string; properties: Record<string, unknown> } {
  if (!(error instanceof Error)) return { message: String(error), properties: {} };
  // Only plain values survive the way between threads.
  const properties: Record<string, unknown> = { name: error.name };
  for (const [key, value] of Object.entries(error)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) properties[key] = value;
  }
  return { message: error.message, properties };
}
