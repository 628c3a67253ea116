import { serveFileCall } from './worker-files.ts';
import { createWorkerPool, type WorkerPool } from '../pipeline/worker-pool.ts';

let blockPool: WorkerPool | undefined;
let keyPool: WorkerPool | undefined;

/** The threads that read, hash, compress, encrypt and write blocks: one fixed pool for the whole process. */
export function blockWorkers(): WorkerPool {
  blockPool ??= createWorkerPool(new URL('./block-worker.ts', import.meta.url), undefined, serveFileCall);
  return blockPool;
}

/** The thread that wraps and unwraps data keys; it never waits behind blocks. */
export function keyWorker(): WorkerPool {
  keyPool ??= createWorkerPool(new URL('./key-worker.ts', import.meta.url), 1);
  return keyPool;
}

/** Stops all threads once their work is done; the next use starts them again. For tests and an orderly end. */
export async function closeBackupFileWorkers(): Promise<void> {
  const pools = [blockPool, keyPool];
  blockPool = undefined;
  keyPool = undefined;
  await Promise.all(pools.map((pool) => pool?.close()));
}
