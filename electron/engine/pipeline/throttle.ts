import type { Clock } from '../faults/clock.ts';

/** Delays its callers so that together they move no more than a given number of bytes per second. */
export interface Throttle {
  /** Resolves when `bytes` more may be moved; rejects with the signal's reason when aborted. */
  take(bytes: number, signal?: AbortSignal): Promise<void>;
  /** A new limit in bytes per second, or `null` for none; it holds from the next call on. */
  setLimit(bytesPerSecond: number | null): void;
}

/** A throttle that lets up to one second's worth through at once and queues callers in order after that. */
export function createThrottle(bytesPerSecond: number | null, clock: Clock): Throttle {
  let limit = bytesPerSecond;
  let freeAt = 0;
  return {
    async take(bytes, signal) {
      if (limit === null) return;
      const now = clock.now();
      freeAt = Math.max(freeAt, now - 1000) + (bytes * 1000) / limit;
      if (freeAt > now) await clock.sleep(freeAt - now, signal);
    },
    setLimit(next) {
      limit = next;
      freeAt = 0;
    },
  };
}
