export type ChangeTopic = 'jobs' | 'sessions' | 'backups' | 'repositories' | 'libraries' | 'media' | 'pools' | 'keys';

export type Change = { type: 'changed'; seq: number; topics: ChangeTopic[] } | { type: 'resync'; seq: number };

const kept = 2000;

/**
 * What changed, numbered: the port; {@link ChangesInMemory} is the one of an engine that does all its work itself. A subscriber
 * that comes back with the last number it saw gets what it missed, or `resync`.
 */
export interface Changes {
  publish(...topics: ChangeTopic[]): void;
  /** Ends when the signal is aborted or the engine closes. A slow reader gets several changes as one. */
  follow(since: number | undefined, signal?: AbortSignal): AsyncGenerator<Change>;
  close(): void;
}

export class ChangesInMemory implements Changes {
  // Numbers of another run of the engine must not be taken for ours: each run begins somewhere else.
  #seq: number;
  #history: { seq: number; topics: ChangeTopic[] }[] = [];
  #waiting = new Set<() => void>();
  #closed = false;

  constructor(firstSeq: number) {
    this.#seq = firstSeq;
  }

  publish(...topics: ChangeTopic[]): void {
    this.#seq += 1;
    this.#history.push({ seq: this.#seq, topics });
    if (this.#history.length > kept) this.#history.splice(0, this.#history.length - kept);
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  async *follow(since: number | undefined, signal?: AbortSignal): AsyncGenerator<Change> {
    let seen = since ?? this.#seq;
    const oldest = this.#history[0]?.seq ?? this.#seq + 1;
    if (since !== undefined && (since > this.#seq || since < oldest - 1)) {
      seen = this.#seq;
      yield { type: 'resync', seq: seen };
    } else if (since === undefined) {
      yield { type: 'changed', seq: seen, topics: [] };
    }
    while (!this.#closed && !signal?.aborted) {
      const missed = this.#history.filter((entry) => entry.seq > seen);
      if (missed.length > 0) {
        const first = missed[0]?.seq ?? 0;
        const gap = first > seen + 1;
        seen = this.#seq;
        yield gap
          ? { type: 'resync', seq: seen }
          : { type: 'changed', seq: seen, topics: [...new Set(missed.flatMap((entry) => entry.topics))] };
        continue;
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', wake);
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal?.addEventListener('abort', wake, { once: true });
      });
    }
  }
}
