interface Waiter {
  poolId: string;
  limit: number;
  resolve: (release: () => void) => void;
}

/** How many drives write to a pool at once, over all jobs. Served in the order they came. */
export class PoolLanes {
  readonly #used = new Map<string, number>();
  #waiting: Waiter[] = [];

  /** Takes one of the pool's drives, waiting until fewer than `limit` are in use or the signal is aborted. */
  async acquire(poolId: string, limit: number, signal: AbortSignal, onWait?: () => void): Promise<() => void> {
    signal.throwIfAborted();
    const release = this.tryAcquire(poolId, limit);
    if (release) return release;
    onWait?.();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        poolId,
        limit,
        resolve: (granted) => {
          signal.removeEventListener('abort', onAbort);
          resolve(granted);
        },
      };
      const onAbort = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  tryAcquire(poolId: string, limit: number): (() => void) | undefined {
    const used = this.#used.get(poolId) ?? 0;
    if (used >= limit || this.#waiting.some((waiter) => waiter.poolId === poolId)) return undefined;
    return this.#take(poolId);
  }

  #take(poolId: string): () => void {
    this.#used.set(poolId, (this.#used.get(poolId) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#used.set(poolId, (this.#used.get(poolId) ?? 1) - 1);
      this.#serve();
    };
  }

  #serve(): void {
    const still: Waiter[] = [];
    for (const waiter of this.#waiting) {
      const blocked = (this.#used.get(waiter.poolId) ?? 0) >= waiter.limit;
      if (blocked || still.some((other) => other.poolId === waiter.poolId)) still.push(waiter);
      else waiter.resolve(this.#take(waiter.poolId));
    }
    this.#waiting = still;
  }
}
