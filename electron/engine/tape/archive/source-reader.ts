import type { Clock } from '../../faults/clock.ts';
import type { FileToWrite } from './tape-writer-types.ts';

const progressEveryMs = 250;

/** Reads sources to the last byte asked for, obeys the signal between pieces, and calls `progressed` now and then. */
export class SourceReader {
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock;
  readonly #progressed: () => void;
  #toldAt = 0;

  constructor(signal: AbortSignal | undefined, clock: Clock, progressed: () => void) {
    this.#signal = signal;
    this.#clock = clock;
    this.#progressed = progressed;
  }

  /** Fills `target` from `position`; throws where the source ends before it said it would. */
  async read(of: FileToWrite, target: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < target.length; ) {
      this.#signal?.throwIfAborted();
      const length = await of.source.read(done === 0 ? target : target.subarray(done), position + done);
      if (length <= 0) {
        throw new Error(`"${of.name}" ends at byte ${position + done}, before its ${of.source.sizeBytes} bytes.`);
      }
      done += length;
      if (of.counters) of.counters.readBytes += length;
    }
    const now = this.#clock.now();
    if (now - this.#toldAt < progressEveryMs) return;
    this.#toldAt = now;
    this.#progressed();
  }
}
