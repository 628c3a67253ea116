export type LockMode = 'shared' | 'exclusive';

export interface LockRequest {
  /** `repository:<id>`, `chain:<id>`, `pool:<id>`, `set:<id>`, `library:<id>`, `drive:<library>:<index>`, `media:<id>`, … */
  key: string;
  mode: LockMode;
}

/** Who holds a lock, in words for whoever waits. */
interface Holder {
  name: string;
}

interface Held {
  mode: LockMode;
  holders: Set<Holder>;
}

interface Waiting {
  requests: LockRequest[];
  holder: Holder;
  grant: () => void;
}

/**
 * Locks between the sessions of one engine. All keys of a request are taken together or not at all, so that two requests
 * never wait for each other in a circle; requests that wait are served in the order they came.
 */
export class ResourceLocks {
  readonly #held = new Map<string, Held>();
  #queue: Waiting[] = [];

  /** Takes the locks, waiting until the signal is aborted; the result gives them back. `onWait` hears who holds them. */
  async acquire(
    requests: LockRequest[],
    owner: string,
    signal: AbortSignal,
    onWait?: (holder: string) => void,
  ): Promise<() => void> {
    signal.throwIfAborted();
    const taken = this.tryAcquire(requests, owner);
    if ('release' in taken) return taken.release;
    onWait?.(taken.heldBy);
    const holder = { name: owner };
    await new Promise<void>((resolve, reject) => {
      const entry: Waiting = { requests, holder, grant: () => {} };
      const onAbort = (): void => {
        this.#queue = this.#queue.filter((other) => other !== entry);
        this.#serve();
        reject(signal.reason);
      };
      entry.grant = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(entry);
    });
    return this.#releaser(requests, holder);
  }

  /** Takes the locks now or says who holds them. */
  tryAcquire(requests: LockRequest[], owner: string): { release: () => void } | { heldBy: string } {
    const heldBy = this.#blocker(requests, this.#queue);
    if (heldBy !== undefined) return { heldBy };
    const holder = { name: owner };
    this.#take(requests, holder);
    return { release: this.#releaser(requests, holder) };
  }

  /** Names of the owners of one key. */
  holders(key: string): string[] {
    return [...(this.#held.get(key)?.holders ?? [])].map((holder) => holder.name);
  }

  /** Who stands in the way: a holder, or an earlier request for the same key that must not be overtaken. */
  #blocker(requests: LockRequest[], earlier: Waiting[]): string | undefined {
    for (const { key, mode } of requests) {
      const held = this.#held.get(key);
      if (held && (mode === 'exclusive' || held.mode === 'exclusive')) return [...held.holders][0]?.name ?? key;
      for (const other of earlier) {
        const conflict = other.requests.some(
          (request) => request.key === key && (mode === 'exclusive' || request.mode === 'exclusive'),
        );
        if (conflict) return other.holder.name;
      }
    }
    return undefined;
  }

  #take(requests: LockRequest[], holder: Holder): void {
    for (const { key, mode } of requests) {
      const held = this.#held.get(key);
      if (held) held.holders.add(holder);
      else this.#held.set(key, { mode, holders: new Set([holder]) });
    }
  }

  #releaser(requests: LockRequest[], holder: Holder): () => void {
    return () => {
      for (const { key } of requests) {
        const held = this.#held.get(key);
        held?.holders.delete(holder);
        if (held?.holders.size === 0) this.#held.delete(key);
      }
      this.#serve();
    };
  }

  #serve(): void {
    const still: Waiting[] = [];
    for (const entry of this.#queue) {
      if (this.#blocker(entry.requests, still) === undefined) {
        this.#take(entry.requests, entry.holder);
        entry.grant();
      } else {
        still.push(entry);
      }
    }
    this.#queue = still;
  }
}
