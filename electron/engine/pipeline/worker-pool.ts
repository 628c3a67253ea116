import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { answerCall, type ThreadCall } from './thread-call.ts';
import type { TaskReply, TaskRequest } from './worker-tasks.ts';

export interface WorkerPool {
  /** Runs one task on whichever worker is free first (first come, first served) and gives what its handler returned. */
  run<Result>(task: unknown): Promise<Result>;
  /** Lets running tasks end, then stops the workers. A closed pool refuses tasks. */
  close(): Promise<void>;
}

/** A task failed inside a worker; `properties` are the own properties of the error thrown there (code, path …). */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';
  readonly properties: Record<string, unknown>;
  constructor(message: string, properties: Record<string, unknown>) {
    super(message);
    this.properties = properties;
  }
}

interface PendingTask {
  task: unknown;
  resolve(result: unknown): void;
  reject(reason: unknown): void;
}

interface PooledWorker {
  thread: Worker;
  pending: Map<number, PendingTask>;
}

// A second task waits inside the worker, so that it does not idle while the main loop is busy elsewhere.
const tasksPerWorker = 2;

/** Two synchronous workers keep up with the fastest disks measured; more gain nothing on two cores and little on more. */
export const defaultWorkerCount = Math.min(2, Math.max(1, availableParallelism()));

/**
 * A fixed number of worker threads, started on first use and kept until `close()`. Idle workers do not keep the process
 * alive. `module` is the URL of a worker entry that calls `serveTasks`; `serve` answers what its code asks for by
 * `callAndWait` meanwhile.
 */
export function createWorkerPool(
  module: URL,
  size: number = defaultWorkerCount,
  serve?: Parameters<typeof answerCall>[1],
): WorkerPool {
  const workers: PooledWorker[] = [];
  const queue: PendingTask[] = [];
  let nextId = 1;
  let closing: Promise<void> | undefined;
  const idleWaiters: (() => void)[] = [];

  function start(): PooledWorker {
    const worker: PooledWorker = { thread: new Worker(module), pending: new Map() };
    worker.thread.unref();
    worker.thread.on('message', (reply: TaskReply | ThreadCall) => {
      if ('call' in reply) {
        void answerCall(reply, serve ?? (() => Promise.reject(new Error('Nobody answers calls of this pool.'))));
        return;
      }
      const pending = worker.pending.get(reply.id);
      if (!pending) return;
      worker.pending.delete(reply.id);
      if (worker.pending.size === 0) worker.thread.unref();
      if (reply.ok) pending.resolve(reply.result);
      else pending.reject(new TaskFailure(reply.message, reply.properties));
      dispatch();
    });
    const lost = (reason: unknown): void => {
      const at = workers.indexOf(worker);
      if (at >= 0) workers.splice(at, 1);
      for (const pending of worker.pending.values()) pending.reject(reason);
      worker.pending.clear();
      dispatch();
    };
    worker.thread.on('error', lost);
    worker.thread.on('exit', (code) => lost(new Error(`A worker thread ended unexpectedly (exit code ${code}).`)));
    workers.push(worker);
    return worker;
  }

  function leastBusy(): PooledWorker | undefined {
    const idle = workers.find((worker) => worker.pending.size === 0);
    if (idle) return idle;
    if (workers.length < size) return start();
    return workers.find((worker) => worker.pending.size < tasksPerWorker);
  }

  function dispatch(): void {
    while (queue.length > 0) {
      const worker = leastBusy();
      if (!worker) return;
      const pending = queue.shift() as PendingTask;
      const id = nextId++;
      worker.pending.set(id, pending);
      worker.thread.ref();
      try {
        worker.thread.postMessage({ id, task: pending.task } satisfies TaskRequest);
      } catch (error) {
        worker.pending.delete(id);
        if (worker.pending.size === 0) worker.thread.unref();
        pending.reject(error);
      }
    }
    if (workers.every((worker) => worker.pending.size === 0)) for (const wake of idleWaiters.splice(0)) wake();
  }

  return {
    run<Result>(task: unknown): Promise<Result> {
      if (closing) return Promise.reject(new Error('The worker pool is closed.'));
      return new Promise<Result>((resolve, reject) => {
        queue.push({ task, resolve: (result) => resolve(result as Result), reject });
        dispatch();
      });
    },
    close() {
      closing ??= (async () => {
        if (queue.length > 0 || workers.some((worker) => worker.pending.size > 0)) {
          await new Promise<void>((resolve) => idleWaiters.push(resolve));
        }
        await Promise.all(workers.map((worker) => worker.thread.terminate()));
      })();
      return closing;
    },
  };
}
