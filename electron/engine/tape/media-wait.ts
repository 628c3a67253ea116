import type { Clock } from '../faults/clock.ts';
import type { Changes, ChangeTopic } from '../sessions/changes.ts';

/** Waits until something of these topics changes, at most this long; rejects when the signal is aborted. */
export async function untilChanged(
  parts: { changes: Changes; clock: Clock },
  topics: ChangeTopic[],
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const follow = async (): Promise<void> => {
    for await (const change of parts.changes.follow(undefined, either)) {
      if (change.type === 'resync' || change.topics.some((topic) => topics.includes(topic))) return;
    }
  };
  try {
    await Promise.race([follow(), parts.clock.sleep(limitMs, either)]);
  } finally {
    over.abort();
  }
  signal.throwIfAborted();
}
