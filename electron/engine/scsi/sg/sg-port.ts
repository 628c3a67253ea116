import { Worker } from 'node:worker_threads';
import type { SgRequest, SgWorkerAnswer, SgWorkerData } from './sg-worker.ts';

/** Carries packets to one device and back, one at a time. */
export interface SgPort {
  /**
   * Sends the command that stands in the first `commandBytes` of the memory (none: only opens the device) and waits for
   * the answer, which comes into the same memory. Throws {@link SgPortError}.
   */
  exchange(request: SgRequest): Promise<number>;
  /** Ends what is under way with ETIME. */
  close(): Promise<void>;
}

/** What the system said instead of carrying a command out. */
export class SgPortError extends Error {
  override readonly name = 'SgPortError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The device at a path, opened with the first exchange, on a thread of its own. */
export class SgThread implements SgPort {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  #waiting: { resolve(bytes: number): void; reject(error: Error): void } | undefined;
  #dead: SgPortError | undefined;

  constructor(path: string) {
    this.#worker = new Worker(new URL('./sg-worker.ts', import.meta.url), {
      name: `sg ${path}`,
      workerData: { path, stop: this.#stop.buffer } satisfies SgWorkerData,
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: SgWorkerAnswer) => {
      if ('bytes' in answer) this.#settle((waiting) => waiting.resolve(answer.bytes));
      else this.#settle((waiting) => waiting.reject(new SgPortError(answer.code, answer.message)));
    });
    this.#worker.on('error', (error) => this.#die(String(error)));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#die('its thread has ended');
        resolve();
      });
    });
  }

  exchange(request: SgRequest): Promise<number> {
    if (this.#dead) return Promise.reject(this.#dead);
    if (this.#waiting) return Promise.reject(new SgPortError('EDOM', 'a command is under way'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  /** Waits no longer for what is under way, and lets go of the device. */
  async close(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    Atomics.notify(this.#stop, 0);
    if (!this.#dead) {
      this.#worker.ref();
      this.#worker.postMessage('close');
    }
    await this.#ended;
  }

  #settle(end: (waiting: { resolve(bytes: number): void; reject(error: Error): void }) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#worker.unref();
    if (waiting) end(waiting);
  }

  #die(message: string): void {
    this.#dead ??= new SgPortError('EPIPE', message);
    this.#settle((waiting) => waiting.reject(this.#dead as SgPortError));
  }
}
