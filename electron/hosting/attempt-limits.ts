import type { Clock } from '../engine/faults/clock.ts';

const freeFailures = 3;
const longestWaitMs = 5 * 60_000;
const forgetAfterMs = 3_600_000;
const addressLimit = 10_000;

/**
 * Slows guessing: after three failures an address waits 1 s, then twice as long each time, up to five minutes. Success
 * or an hour of peace clears the count.
 */
export class AttemptLimits {
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, { failures: number; lastAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until this address may try again; 0 when it may now. */
  waitMs(address: string): number {
    const record = this.#byAddress.get(address);
    if (!record || record.failures < freeFailures) return 0;
    const pause = Math.min(1000 * 2 ** (record.failures - freeFailures), longestWaitMs);
    return Math.max(0, record.lastAt + pause - this.#clock.now());
  }

  failed(address: string): void {
    const now = this.#clock.now();
    const record = this.#byAddress.get(address);
    const failures = record && now - record.lastAt < forgetAfterMs ? record.failures + 1 : 1;
    // Re-inserted, so that the map's order is the order of last failure.
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { failures, lastAt: now });
    if (this.#byAddress.size > addressLimit) {
      const oldest = this.#byAddress.keys().next();
      if (!oldest.done) this.#byAddress.delete(oldest.value);
    }
  }

  succeeded(address: string): void {
    this.#byAddress.delete(address);
  }
}

/** Token bucket: `burst` at once, then `perSecond`. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(clock: Clock, options: { burst: number; perSecond: number }) {
    this.#clock = clock;
    this.#burst = options.burst;
    this.#perSecond = options.perSecond;
    this.#tokens = options.burst;
    this.#at = clock.now();
  }

  take(): boolean {
    const now = this.#clock.now();
    // A clock set back gives nothing, and takes nothing away.
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  get full(): boolean {
    return this.#tokens >= this.#burst;
  }
}
