import type { Clock } from '../engine/faults/clock.ts';

const freeFailures = 3;
const forgetAfterMs = 3_600_000;
const keysKept = 10_000;

/**
 * Slows guessing by whoever a key stands for: after three failures it waits 1 s, then twice as long each time, up to a
 * limit. Success or an hour of peace clears the count.
 */
export class AttemptLimits {
  readonly #clock: Clock;
  readonly #longestWaitMs: number;
  readonly #byKey = new Map<string, { failures: number; lastAt: number }>();

  constructor(clock: Clock, longestWaitMs: number) {
    this.#clock = clock;
    this.#longestWaitMs = longestWaitMs;
  }

  /** Milliseconds until this key may try again; 0 when it may now. */
  waitMs(key: string): number {
    const record = this.#byKey.get(key);
    if (!record || record.failures < freeFailures) return 0;
    const pause = Math.min(1000 * 2 ** (record.failures - freeFailures), this.#longestWaitMs);
    // A clock set back makes nobody wait longer than the pause itself.
    return Math.min(pause, Math.max(0, record.lastAt + pause - this.#clock.now()));
  }

  failed(key: string): void {
    const now = this.#clock.now();
    const record = this.#byKey.get(key);
    const failures = record && now - record.lastAt < forgetAfterMs ? record.failures + 1 : 1;
    // Re-inserted, so that the map's order is the order of last failure.
    this.#byKey.delete(key);
    this.#byKey.set(key, { failures, lastAt: now });
    if (this.#byKey.size > keysKept) {
      const oldest = this.#byKey.keys().next();
      if (!oldest.done) this.#byKey.delete(oldest.value);
    }
  }

  succeeded(key: string): void {
    this.#byKey.delete(key);
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
    this.#earn();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** For what was taken and turned out not to count. */
  giveBack(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1);
  }

  /** Milliseconds until one may be taken; 0 when it may now. */
  waitMs(): number {
    this.#earn();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
  }

  get full(): boolean {
    return this.#tokens >= this.#burst;
  }

  #earn(): void {
    const now = this.#clock.now();
    // A clock set back gives nothing, and takes nothing away.
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    this.#at = now;
  }
}
