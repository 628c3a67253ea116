import type { Clock } from '../../faults/clock.ts';

/**
 * How long the machinery of a library takes. Zero, the default of every field, is no time at all. The figures of a real
 * library are in {@link realisticTimes}; with an accelerated clock whole days of jobs pass in seconds.
 */
export interface TimeModel {
  /** Robot: from one element to another. */
  moveMs: number;
  /** Drive: from the cartridge's arrival until it is ready. */
  loadMs: number;
  unloadMs: number;
  /** Rewind or locate over the whole length of the tape; shorter ways take their part of it. */
  fullLengthMs: number;
  /** Added to every rewind or locate that moves at all. */
  startMs: number;
  /** Speed at which the drive writes and reads; 0 is unlimited. */
  nativeBytesPerSecond: number;
}

export const noTime: TimeModel = {
  moveMs: 0,
  loadMs: 0,
  unloadMs: 0,
  fullLengthMs: 0,
  startMs: 0,
  nativeBytesPerSecond: 0,
};

/** About an LTO-8 drive in a mid-range library. */
export const realisticTimes: TimeModel = {
  moveMs: 12_000,
  loadMs: 15_000,
  unloadMs: 17_000,
  fullLengthMs: 100_000,
  startMs: 2_000,
  nativeBytesPerSecond: 360_000_000,
};

/** What the drive's buffer evens out: data this far ahead of the tape does not make the writer wait. */
const bufferedMs = 250;

/** Lets one device take its time. */
export class Pace {
  readonly #clock: Clock;
  readonly #model: TimeModel;
  /** When the tape has taken (or given) everything so far. */
  #busyUntil = 0;

  readonly #stopped: AbortSignal;

  /** The model is read at each use, so that it can be changed under way. Once stopped, nothing takes time any more. */
  constructor(clock: Clock, model: TimeModel, stopped: AbortSignal) {
    this.#clock = clock;
    this.#model = model;
    this.#stopped = stopped;
  }

  get clock(): Clock {
    return this.#clock;
  }

  async takes(what: 'moveMs' | 'unloadMs'): Promise<void> {
    await this.delay(this.#model[what]);
  }

  /** When a cartridge that arrives now will be ready. */
  readyAt(): number {
    return this.#clock.now() + this.#model.loadMs;
  }

  async until(time: number): Promise<void> {
    await this.delay(time - this.#clock.now());
  }

  /** Winding over a part (0 to 1) of the tape's length. */
  async winds(part: number): Promise<void> {
    if (part > 0) await this.delay(this.#model.startMs + Math.min(1, part) * this.#model.fullLengthMs);
  }

  async transfers(bytes: number): Promise<void> {
    const speed = this.#model.nativeBytesPerSecond;
    if (speed <= 0) return;
    const now = this.#clock.now();
    this.#busyUntil = Math.max(this.#busyUntil, now) + (bytes / speed) * 1000;
    if (this.#busyUntil - now > bufferedMs) await this.delay(this.#busyUntil - now - bufferedMs);
  }

  /** Until the buffer is on the tape. */
  async settles(): Promise<void> {
    await this.until(this.#busyUntil);
  }

  async delay(ms: number): Promise<void> {
    if (ms <= 0) return;
    await this.#clock.sleep(ms, this.#stopped).catch((error: unknown) => {
      if (!this.#stopped.aborted) throw error;
    });
  }
}
