const firstDelayMs = 1000;
const longestDelayMs = 60_000;
const healthyAfterMs = 300_000;

/**
 * How long to wait before an engine that has gone is started again: 1 s, then twice as long each time, at most a minute;
 * from the beginning when the last one had run for five minutes.
 */
export class RestartDelay {
  #failures = 0;

  nextMs(ranForMs: number): number {
    if (ranForMs >= healthyAfterMs) this.#failures = 0;
    const delay = Math.min(firstDelayMs * 2 ** this.#failures, longestDelayMs);
    this.#failures += 1;
    return delay;
  }
}
