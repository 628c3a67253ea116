import type { Clock } from '../faults/clock.ts';

/**
 * Calls back when something falls due. It keeps one timer per id, and looks again at least once a minute, so that a
 * clock that was set, a laptop that slept or a change of summer time shifts nothing by more than that.
 */
export class Scheduler {
  readonly #clock: Clock;
  readonly #due: (id: string, at: number) => void;
  readonly #entries = new Map<string, { at: number; cancel: () => void }>();

  constructor(clock: Clock, due: (id: string, at: number) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Replaces what was planned for this id; null plans nothing. */
  set(id: string, at: number | null): void {
    this.#entries.get(id)?.cancel();
    this.#entries.delete(id);
    if (at === null) return;
    const entry = { at, cancel: () => {} };
    this.#entries.set(id, entry);
    this.#arm(id, entry);
  }

  #arm(id: string, entry: { at: number; cancel: () => void }): void {
    const wakeAt = Math.min(entry.at, this.#clock.now() + 60_000);
    entry.cancel = this.#clock.callAt(wakeAt, () => {
      if (this.#entries.get(id) !== entry) return;
      if (this.#clock.now() < entry.at) return this.#arm(id, entry);
      this.#entries.delete(id);
      this.#due(id, entry.at);
    });
  }

  next(id: string): number | null {
    return this.#entries.get(id)?.at ?? null;
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.cancel();
    this.#entries.clear();
  }
}
