import type { Clock } from '../../faults/clock.ts';
import type { Change, Changes, ChangeTopic } from '../../sessions/changes.ts';

/** Follows the change feed from its creation on, so that nothing between a look and a wait is missed. */
export class ChangeWatch {
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #feed: AsyncGenerator<Change>;
  #pending: Promise<IteratorResult<Change>>;

  constructor(parts: { changes: Changes; clock: Clock }, signal: AbortSignal) {
    this.#clock = parts.clock;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    this.#feed = parts.changes.follow(undefined, this.#signal);
    this.#pending = this.#feed.next();
  }

  /** Resolves when something of these topics has changed, at most after `limitMs`; rejects when aborted. */
  async next(topics: readonly ChangeTopic[], limitMs: number): Promise<void> {
    const limit = new AbortController();
    const timer = this.#clock.sleep(limitMs, AbortSignal.any([this.#signal, limit.signal])).then(() => undefined);
    timer.catch(() => undefined);
    try {
      for (;;) {
        const change = await Promise.race([this.#pending, timer]);
        this.#signal.throwIfAborted();
        if (change === undefined || change.done) return;
        this.#pending = this.#feed.next();
        if (change.value.type === 'resync' || change.value.topics.some((topic) => topics.includes(topic))) return;
      }
    } finally {
      limit.abort();
    }
  }

  stop(): void {
    this.#over.abort();
    this.#pending.catch(() => undefined);
  }
}

/** Waits until something of these topics changes, at most this long; rejects when the signal is aborted. */
export async function untilChanged(
  parts: { changes: Changes; clock: Clock },
  topics: readonly ChangeTopic[],
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const watch = new ChangeWatch(parts, signal);
  try {
    await watch.next(topics, limitMs);
  } finally {
    watch.stop();
  }
}
