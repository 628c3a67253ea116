/** Where a data path spends its time: reading, hashing/compressing/encrypting, writing. */
export type Stage = 'source' | 'processing' | 'target';

/** A snapshot of a run. All counts are bytes since its start and never go back. */
export interface Progress {
  /** Plain bytes dealt with so far, unchanged and zero ones included; ends at `totalBytes`. */
  processedBytes: number;
  totalBytes: number;
  /** Bytes read from the source. */
  readBytes: number;
  /** Bytes written to the target. */
  transferredBytes: number;
  /** The stage that took most of the time since the last report. */
  bottleneck?: Stage;
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
