/** The thread behind one SCSI generic device: waits for answers, which may take a minute, off the engine's loop. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

export interface SgWorkerData {
  path: string;
  /** One number: not 0 once nothing is waited for any more. */
  stop: SharedArrayBuffer;
}

/** One command in, its answer out, in the same memory. */
export interface SgRequest {
  memory: SharedArrayBuffer;
  commandBytes: number;
  answerBytes: number;
  /** How long to wait for the answer. */
  limitMs: number;
}

/** `code` is that of the system (EBUSY, ENODEV ...), ETIME when no answer came in time. */
export type SgWorkerAnswer = { bytes: number } | { code: string; message: string };

/**
 * Not blocking, so that a device that never answers blocks nothing but one waiting command; exclusive, so that two
 * programs do not move the same tape.
 */
const flags = constants.O_RDWR | constants.O_NONBLOCK | constants.O_EXCL;
const data = workerData as SgWorkerData;
const stop = new Int32Array(data.stop);
let device: number | undefined;

function exchange({ memory, commandBytes, answerBytes, limitMs }: SgRequest): SgWorkerAnswer {
  try {
    device ??= openSync(data.path, flags);
    const bytes = new Uint8Array(memory);
    if (commandBytes === 0) return { bytes: 0 };
    writeSync(device, bytes, 0, commandBytes);
    const began = performance.now();
    for (;;) {
      const read = tryRead(device, bytes, answerBytes);
      if (read !== undefined) return { bytes: read };
      const waitedMs = performance.now() - began;
      if (waitedMs > limitMs || Atomics.load(stop, 0) !== 0) break;
      // Transfers end within a millisecond or two, movements after seconds: look often at first.
      Atomics.wait(stop, 0, 0, waitedMs < 5 ? 0.05 : Math.min(20, waitedMs / 20));
    }
    // The answer may still come: it goes with the descriptor.
    close();
    return { code: 'ETIME', message: 'no answer' };
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    close();
    return { code, message };
  }
}

function tryRead(descriptor: number, bytes: Uint8Array, length: number): number | undefined {
  try {
    return readSync(descriptor, bytes, 0, length, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

function close(): void {
  if (device === undefined) return;
  const descriptor = device;
  device = undefined;
  closeSync(descriptor);
}

parentPort?.on('message', (request: SgRequest | 'close') => {
  if (request !== 'close') {
    parentPort?.postMessage(exchange(request));
    return;
  }
  close();
  parentPort?.close();
});
