/** Time as the engine sees it; tests put their own in its place. Times are milliseconds since 1970 (UTC). */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once at or after `at`; the return value takes it back. */
  callAt(at: number, callback: () => void): () => void;
}

// setTimeout fires at once for anything above 2^31 - 1 ms.
const longestTimerMs = 2_000_000_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  callAt(at, callback) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = Math.max(0, at - Date.now());
      timer = setTimeout(() => (left > longestTimerMs ? arm() : callback()), Math.min(left, longestTimerMs));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

function sleepOn(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const keepAlive = clock === systemClock ? setTimeout(() => {}, Math.min(ms, longestTimerMs)) : undefined;
    const cancelTimer = clock.callAt(clock.now() + ms, () => {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(keepAlive);
      resolve();
    });
    const cancel = (): void => {
      clearTimeout(keepAlive);
      cancelTimer();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A clock that moves only when told to. */
export class TestClock implements Clock {
  #now: number;
  #calls: { at: number; callback: () => void }[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  callAt(at: number, callback: () => void): () => void {
    const call = { at, callback };
    this.#calls.push(call);
    return () => {
      this.#calls = this.#calls.filter((other) => other !== call);
    };
  }

  /** Moves forward, firing what falls due in order, each at its own time, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#calls.filter((call) => call.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#calls = this.#calls.filter((call) => call !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Jumps without firing anything in between: a clock that somebody set. */
  set(now: number): void {
    this.#now = now;
  }
}
