/**
 * Worker thread of digest-pool.ts: SHA-256 over stretches of shared memory. One message in, one answer out, in order.
 */
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../../shared/domain/message-of.ts';

export type DigestRequest =
  | { op: 'attach'; memory: number; buffer: SharedArrayBuffer }
  | { op: 'detach'; memory: number }
  | { op: 'update'; stream: number; memory: number; offset: number; length: number }
  | { op: 'copy'; stream: number; from: number }
  | { op: 'digest'; stream: number }
  | { op: 'drop'; stream: number };

/** `sha256` for a `digest`, nothing more than an acknowledgement for an `update`, `error` where it failed. */
export interface DigestAnswer {
  sha256?: string;
  error?: string;
}

const memories = new Map<number, Uint8Array>();
const streams = new Map<number, Hash>();

function streamOf(id: number): Hash {
  let hash = streams.get(id);
  if (!hash) {
    hash = createHash('sha256');
    streams.set(id, hash);
  }
  return hash;
}

function answer(request: DigestRequest): DigestAnswer | undefined {
  switch (request.op) {
    case 'attach':
      memories.set(request.memory, new Uint8Array(request.buffer));
      return undefined;
    case 'detach':
      memories.delete(request.memory);
      return undefined;
    case 'update': {
      const memory = memories.get(request.memory);
      if (!memory) throw new Error(`Memory ${request.memory} is not attached.`);
      streamOf(request.stream).update(memory.subarray(request.offset, request.offset + request.length));
      return {};
    }
    case 'copy':
      streams.set(request.stream, streamOf(request.from).copy());
      return undefined;
    case 'digest': {
      const sha256 = streamOf(request.stream).digest('hex');
      streams.delete(request.stream);
      return { sha256 };
    }
    case 'drop':
      streams.delete(request.stream);
      return undefined;
  }
}

parentPort?.on('message', (request: DigestRequest) => {
  try {
    const result = answer(request);
    if (result) parentPort?.postMessage(result);
  } catch (error) {
    // Only these two have somebody waiting; an answer too many would be taken for another request's.
    if (request.op !== 'update' && request.op !== 'digest') return;
    parentPort?.postMessage({ error: messageOf(error) });
  }
});
