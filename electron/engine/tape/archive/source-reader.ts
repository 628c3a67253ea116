import type { Clock } from '../../faults/clock.ts';
import type { FileToWrite, WriteProgress } from './tape-writer-types.ts';

const progressEveryMs = 250;

/** Reads sources to the last byte asked for, obeys the signal between pieces, and tells the progress now and then. */
export class SourceReader {
  readonly #options: { signal?: AbortSignal; onProgress?(progress: WriteProgress): void };
  readonly #clock: Clock;
  readonly #progress: () => WriteProgress;
  #toldAt = 0;
  bytesRead = 0;

  constructor(
    options: { signal?: AbortSignal; onProgress?(progress: WriteProgress): void },
    clock: Clock,
    progress: () => WriteProgress,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#progress = progress;
  }

  /** Fills `target` from `position`; throws where the source ends before it said it would. */
  async read(of: FileToWrite, target: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < target.length; ) {
      this.#options.signal?.throwIfAborted();
      const length = await of.source.read(done === 0 ? target : target.subarray(done), position + done);
      if (length <= 0) {
        throw new Error(`"${of.name}" ends at byte ${position + done}, before its ${of.source.sizeBytes} bytes.`);
      }
      done += length;
    }
    this.bytesRead += target.length;
    const now = this.#clock.now();
    if (now - this.#toldAt < progressEveryMs) return;
    this.#toldAt = now;
    this.#options.onProgress?.(this.#progress());
  }
}
