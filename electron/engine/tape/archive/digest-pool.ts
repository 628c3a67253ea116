import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DigestAnswer, DigestRequest } from './digest-worker.ts';

/** A running SHA-256 on a worker thread. Calls take effect in the order they are made. */
export interface DigestStream {
  /** Resolves when the worker has taken the bytes in and they may be overwritten. */
  update(memory: DigestMemory, offset: number, length: number): Promise<void>;
  /** An independent digest of the same bytes so far. */
  fork(): DigestStream;
  /** Ends the stream; 64 hexadecimal digits. */
  sha256(): Promise<string>;
  /** Forgets the stream. */
  drop(): void;
}

/** Shared memory that worker threads may read; give it back with `release()`, once. */
export interface DigestMemory {
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
  /** `clean`: nothing reads or writes it any more, so that it can be reused at once. */
  release(clean: boolean): void;
}

interface Pending {
  resolve(answer: DigestAnswer): void;
  reject(error: Error): void;
}

class DigestThread {
  readonly #worker: Worker;
  readonly #pending: Pending[] = [];
  #dead: Error | undefined;

  constructor(onDeath: (thread: DigestThread) => void) {
    this.#worker = new Worker(new URL('./digest-worker.ts', import.meta.url), { name: 'tape-digest' });
    this.#worker.unref();
    this.#worker.on('message', (answer: DigestAnswer) => {
      const pending = this.#pending.shift();
      if (this.#pending.length === 0) this.#worker.unref();
      if (answer.error === undefined) pending?.resolve(answer);
      else pending?.reject(new Error(`Digest thread: ${answer.error}`));
    });
    const die = (error: Error): void => {
      this.#dead ??= error;
      for (const pending of this.#pending.splice(0)) pending.reject(this.#dead);
      onDeath(this);
    };
    this.#worker.on('error', (error) => die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => die(new Error('The digest thread has ended.')));
  }

  /** For requests without an answer. */
  tell(request: DigestRequest): void {
    if (!this.#dead) this.#worker.postMessage(request);
  }

  ask(request: DigestRequest): Promise<DigestAnswer> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }
}

const threads: DigestThread[] = [];
const memories = new Map<number, SharedArrayBuffer>();
const threadLimit = Math.max(1, Math.min(4, availableParallelism()));
let nextThread = 0;
let nextId = 1;

/** Threads are made on first use, kept for the life of the process and never block its end. */
function takeThread(): DigestThread {
  const index = nextThread % threadLimit;
  nextThread += 1;
  const made = threads[index];
  if (made) return made;
  const thread = new DigestThread((dead) => {
    const at = threads.indexOf(dead);
    if (at >= 0) delete threads[at];
  });
  threads[index] = thread;
  for (const [memory, buffer] of memories) thread.tell({ op: 'attach', memory, buffer });
  return thread;
}

/**
 * Memory that was given back. Threads let go of shared memory when they collect garbage, which they hardly make any of:
 * without this every session would leave its ring behind for good.
 */
const spare: DigestMemory[] = [];
const mostSpareBytes = 256 * 2 ** 20;

/** Memory that digests can be fed from: some that was given back, or new. Its content is anything. */
export function allocateDigestMemory(sizeBytes: number): DigestMemory {
  const at = spare.findIndex(({ buffer }) => buffer.byteLength === sizeBytes);
  const [found] = at < 0 ? [] : spare.splice(at, 1);
  return found ?? newMemory(sizeBytes);
}

function newMemory(sizeBytes: number): DigestMemory {
  const buffer = new SharedArrayBuffer(sizeBytes);
  const id = nextId;
  nextId += 1;
  memories.set(id, buffer);
  for (const thread of threads) thread?.tell({ op: 'attach', memory: id, buffer });
  const memory: DigestMemory = {
    id,
    buffer,
    release(clean) {
      if (clean) spare.push(memory);
      else forget(memory);
      const sum = (): number => spare.reduce((bytes, one) => bytes + one.buffer.byteLength, 0);
      for (let oldest = spare[0]; oldest && sum() > mostSpareBytes; oldest = spare[0]) {
        spare.shift();
        forget(oldest);
      }
    },
  };
  return memory;
}

function forget({ id }: DigestMemory): void {
  memories.delete(id);
  for (const thread of threads) thread?.tell({ op: 'detach', memory: id });
}

/** A source of digests that all run on one thread: two lanes run in parallel where there are two cores. */
export interface DigestLane {
  start(): DigestStream;
}

export function openDigestLane(): DigestLane {
  return laneOn(takeThread());
}

/** A lane per thread: streams that overlap run faster when each has its own. */
export function openDigestLanes(): DigestLane[] {
  return Array.from({ length: threadLimit }, openDigestLane);
}

/**
 * One lane for a digest that takes all of the bytes, and lanes for others that take turns with them. The others keep off
 * the first one's thread where there is more than one: it is busy all the time, and would fall behind with a second.
 */
export function openDigestLanesBeside(): { whole: DigestLane; turns: DigestLane[] } {
  const whole = openDigestLane();
  const others = Array.from({ length: Math.max(1, threadLimit - 1) }, openDigestLane);
  return { whole, turns: others };
}

function laneOn(thread: DigestThread): DigestLane {
  return { start: () => streamOn(thread, newId()) };
}

function newId(): number {
  const id = nextId;
  nextId += 1;
  return id;
}

function streamOn(thread: DigestThread, stream: number): DigestStream {
  return {
    async update(memory, offset, length) {
      await thread.ask({ op: 'update', stream, memory: memory.id, offset, length });
    },
    fork() {
      const copy = newId();
      thread.tell({ op: 'copy', stream: copy, from: stream });
      return streamOn(thread, copy);
    },
    async sha256() {
      const { sha256 } = await thread.ask({ op: 'digest', stream });
      if (sha256 === undefined) throw new Error('The digest thread gave no digest.');
      return sha256;
    },
    drop() {
      thread.tell({ op: 'drop', stream });
    },
  };
}
