import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../shared/domain/message-of.ts';

/**
 * A call of a worker thread to the thread that started it, waited for without going back to the event loop: so that code
 * which works block by block on descriptors can work on files that have none. Bytes travel in memory that both share.
 */
export interface ThreadCall {
  call: unknown;
  memory: SharedArrayBuffer;
}

const headerBytes = 16;
const stateAt = 0;
const resultAt = 1;
/** Longer than any time limit below: whoever serves the call has limits of its own. */
const answerLimitMs = 15 * 60_000;

let ownMemory: SharedArrayBuffer | undefined;

/** The call failed over there; `details` are what the server told of its error. */
export class ThreadCallFailure extends Error {
  override readonly name = 'ThreadCallFailure';
  readonly details: Record<string, unknown>;
  constructor(message: string, details: Record<string, unknown>) {
    super(message);
    this.details = details;
  }
}

/**
 * Worker side. `bytes` is what goes along (`out`), or what comes back (`in`: as many as the result says). Gives the number
 * that the server answered.
 */
export function callAndWait(call: unknown, direction: 'in' | 'out', bytes: Uint8Array): number {
  if (!parentPort) throw new Error('Only a worker thread can wait for another one.');
  if (!ownMemory || ownMemory.byteLength < headerBytes + bytes.length) {
    ownMemory = new SharedArrayBuffer(headerBytes + Math.max(bytes.length, 64 * 1024));
  }
  const memory = ownMemory;
  const header = new Int32Array(memory, 0, headerBytes / 4);
  const shared = new Uint8Array(memory, headerBytes);
  if (direction === 'out') shared.set(bytes);
  Atomics.store(header, stateAt, 0);
  parentPort.postMessage({ call, memory } satisfies ThreadCall);
  if (Atomics.wait(header, stateAt, 0, answerLimitMs) === 'timed-out') {
    // The answer may still come: it must not fall into the memory of the next call.
    ownMemory = undefined;
    throw new ThreadCallFailure('There was no answer in time.', {});
  }
  const result = Atomics.load(header, resultAt);
  if (result < 0) {
    const text = Buffer.from(shared.slice(0, -result)).toString('utf8');
    const { message, details } = JSON.parse(text) as { message: string; details: Record<string, unknown> };
    throw new ThreadCallFailure(message, details);
  }
  if (direction === 'in') bytes.set(shared.subarray(0, result));
  return result;
}

/** Starting side: answers one call. `serve` reads or fills the bytes and gives a number, 0 or more. Never rejects. */
export async function answerCall(
  { call, memory }: ThreadCall,
  serve: (call: unknown, bytes: Uint8Array) => Promise<number>,
): Promise<void> {
  const header = new Int32Array(memory, 0, headerBytes / 4);
  const shared = new Uint8Array(memory, headerBytes);
  let result: number;
  try {
    result = await serve(call, shared);
  } catch (error) {
    const details: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(error instanceof Error ? error : {})) {
      if (['string', 'number', 'boolean'].includes(typeof value)) details[key] = value;
    }
    const message = messageOf(error).slice(0, 4000);
    const text = Buffer.from(JSON.stringify({ message, details })).subarray(0, shared.length);
    shared.set(text);
    result = -text.length;
  }
  Atomics.store(header, resultAt, result);
  Atomics.store(header, stateAt, 1);
  Atomics.notify(header, stateAt);
}
