import type { Bottleneck, Counters } from '../../../shared/domain/session-types.ts';

/** Where a data path spends its time: reading, hashing/compressing/encrypting, writing. */
export type Stage = 'source' | 'processing' | 'target';

/** A snapshot of a run, counted since its start. */
export interface Progress extends Counters {
  /** The stage that took most of the time since the last report. */
  bottleneck?: Stage;
}

/** A report of a part of some work: what it names stands for everything since the part's start. */
export interface PartReport extends Partial<Counters> {
  bottleneck?: Bottleneck | null | undefined;
}

/**
 * The one meter of a piece of work, from the mechanism that moves the bytes to whoever shows them: the sum of its parts.
 * Each part is counted by the one mechanism that does it; a meter may itself be reported as a part of a larger one.
 */
export class ProgressMeter {
  readonly #parts: MeterPart[] = [];
  readonly #changed: (counters: Counters, bottleneck: Bottleneck | null | undefined) => void;

  constructor(changed: (counters: Counters, bottleneck: Bottleneck | null | undefined) => void = () => {}) {
    this.#changed = changed;
  }

  /** A further part; `totalBytes` as far as it is known. */
  part(totalBytes = 0): MeterPart {
    const part = new MeterPart(totalBytes, (bottleneck) => this.#changed(this.counters, bottleneck));
    this.#parts.push(part);
    if (totalBytes > 0) this.#changed(this.counters, undefined);
    return part;
  }

  get counters(): Counters {
    const sum: Counters = { totalBytes: 0, processedBytes: 0, readBytes: 0, transferredBytes: 0 };
    for (const { counters } of this.#parts) {
      sum.totalBytes += counters.totalBytes;
      sum.processedBytes += counters.processedBytes;
      sum.readBytes += counters.readBytes;
      sum.transferredBytes += counters.transferredBytes;
    }
    return sum;
  }
}

/** What one mechanism does of a piece of work. Reports that come late or out of order never set a counter back. */
export class MeterPart {
  readonly counters: Counters;
  readonly #changed: (bottleneck: Bottleneck | null | undefined) => void;

  constructor(totalBytes: number, changed: (bottleneck: Bottleneck | null | undefined) => void) {
    this.counters = { totalBytes, processedBytes: 0, readBytes: 0, transferredBytes: 0 };
    this.#changed = changed;
  }

  report(report: PartReport): void {
    const { counters } = this;
    for (const name of ['processedBytes', 'readBytes', 'transferredBytes'] as const) {
      counters[name] = Math.max(counters[name], report[name] ?? 0);
    }
    counters.totalBytes = Math.max(report.totalBytes ?? counters.totalBytes, counters.processedBytes);
    this.#changed(report.bottleneck);
  }

  /** All of it is dealt with: an estimate of the total gives way to what it was. */
  done(): void {
    this.report({ totalBytes: this.counters.processedBytes });
  }
}

/** What every long run of the data path takes. */
export interface RunOptions {
  /** Ends the run soon with the signal's reason and leaves nothing half-made behind. */
  signal?: AbortSignal;
  /** Called at most about four times a second and once at the end. */
  onProgress?: (progress: Progress) => void;
  /** Awaited before each portion of work with its size in plain bytes; a bandwidth limit delays here. */
  onThrottle?: (bytes: number, signal?: AbortSignal) => Promise<void> | void;
}
