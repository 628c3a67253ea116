import { OperationError } from '../errors.ts';
import { type Clock, systemClock } from '../faults/clock.ts';

export type LockMode = 'shared' | 'exclusive';

export interface LockRequest {
  /** `repository:<id>`, `chain:<id>`, `pool:<id>`, `set:<id>`, `library:<id>`, `drive:<library>:<index>`, `media:<id>`, … */
  key: string;
  mode: LockMode;
}

/**
 * Who holds leases, and shows by its heartbeat that it still works. A mere name is for what one call holds while it is
 * answered: it has no heartbeat, and lives as long as the process.
 */
export interface LeaseOwner {
  /** In words, for whoever waits: the console and the command line show it. */
  readonly name: string;
  /**
   * Its leases are taken from it because its heartbeat stopped: it must not touch any more what they guarded. Called before
   * anybody else gets them.
   */
  lost(reason: string, keys: readonly string[]): void;
}

/**
 * Who may use what: the port; {@link LocksInMemory} is the one of an engine that does all its work itself. All keys of a
 * request are taken together or not at all, so that two requests never wait for each other in a circle; requests that wait are
 * served in the order they came. What is taken is a lease: it lasts until it is given back, or until its owner has not been
 * heard of for {@link leaseLifetimeMs}.
 */
export interface ResourceLocks {
  /** Takes the locks, waiting until the signal is aborted; the result gives them back. `onWait` hears who holds them. */
  acquire(
    requests: LockRequest[],
    owner: LeaseOwner | string,
    signal: AbortSignal,
    onWait?: (holder: string) => void,
  ): Promise<() => void>;
  /** Takes the locks now or says who holds them. */
  tryAcquire(requests: LockRequest[], owner: LeaseOwner | string): { release: () => void } | { heldBy: string };
  /** Names of the owners of one key. */
  holders(key: string): string[];
  /** The owner still works; due every {@link heartbeatEveryMs}. */
  heartbeat(owner: LeaseOwner): void;
  close(): void;
}

/** Why a session ends whose leases were taken from it. */
export class LeaseLost extends OperationError {}

export const heartbeatEveryMs = 15_000;
/** A lease whose owner has shown nothing for this long is freed. */
export const leaseLifetimeMs = 60_000;

/** One who holds locks, or waits for them. */
interface Holder {
  name: string;
  owner: LeaseOwner | null;
  keys: readonly string[];
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

export class LocksInMemory implements ResourceLocks {
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  #queue: Waiting[] = [];
  /** When each owner of a lease was heard of last. */
  readonly #heard = new Map<LeaseOwner, number>();
  #lookedAt = 0;
  #stopLooking: (() => void) | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async acquire(
    requests: LockRequest[],
    owner: LeaseOwner | string,
    signal: AbortSignal,
    onWait?: (holder: string) => void,
  ): Promise<() => void> {
    signal.throwIfAborted();
    const taken = this.tryAcquire(requests, owner);
    if ('release' in taken) return taken.release;
    onWait?.(taken.heldBy);
    const holder = holderOf(owner, requests);
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
    return this.#releaser(holder);
  }

  tryAcquire(requests: LockRequest[], owner: LeaseOwner | string): { release: () => void } | { heldBy: string } {
    const heldBy = this.#blocker(requests, this.#queue);
    if (heldBy !== undefined) return { heldBy };
    const holder = holderOf(owner, requests);
    this.#take(requests, holder);
    return { release: this.#releaser(holder) };
  }

  holders(key: string): string[] {
    return [...(this.#held.get(key)?.holders ?? [])].map((holder) => holder.name);
  }

  heartbeat(owner: LeaseOwner): void {
    if (this.#heard.has(owner)) this.#heard.set(owner, this.#clock.now());
  }

  close(): void {
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }

  /** Looks after the heartbeats while there is anything to look after. */
  #look(): void {
    if (this.#stopLooking || this.#heard.size === 0) return;
    this.#lookedAt = this.#clock.now();
    this.#stopLooking = this.#clock.callAt(this.#lookedAt + heartbeatEveryMs, () => {
      this.#stopLooking = undefined;
      this.#freeSilent();
      this.#look();
    });
  }

  #freeSilent(): void {
    const now = this.#clock.now();
    // The computer slept, or its clock was set: nobody could be heard of meanwhile, and that is nobody's fault.
    const wasAway = now < this.#lookedAt || now - this.#lookedAt > 2 * heartbeatEveryMs;
    for (const [owner, heardAt] of this.#heard) {
      if (wasAway) this.#heard.set(owner, now);
      else if (now - heardAt >= leaseLifetimeMs) this.#free(owner, now - heardAt);
    }
  }

  #free(owner: LeaseOwner, silentMs: number): void {
    this.#heard.delete(owner);
    const holders = new Set([...this.#held.values()].flatMap((held) => [...held.holders]));
    const mine = [...holders].filter((holder) => holder.owner === owner);
    const keys = mine.flatMap((holder) => holder.keys);
    const seconds = Math.round(silentMs / 1000);
    owner.lost(`“${owner.name}” gave no sign of life for ${seconds} seconds: what it had locked is freed.`, keys);
    for (const holder of mine) this.#giveBack(holder);
    this.#serve();
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
    if (!holder.owner) return;
    // Whoever takes something is there.
    this.#heard.set(holder.owner, this.#clock.now());
    this.#look();
  }

  #giveBack(holder: Holder): void {
    for (const key of holder.keys) {
      const held = this.#held.get(key);
      held?.holders.delete(holder);
      if (held?.holders.size === 0) this.#held.delete(key);
    }
  }

  #releaser(holder: Holder): () => void {
    return () => {
      this.#giveBack(holder);
      const { owner } = holder;
      const holdsMore = [...this.#held.values()].some((held) =>
        [...held.holders].some((other) => other.owner === owner),
      );
      if (owner && !holdsMore) this.#heard.delete(owner);
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

function holderOf(owner: LeaseOwner | string, requests: readonly LockRequest[]): Holder {
  const keys = requests.map(({ key }) => key);
  return typeof owner === 'string' ? { name: owner, owner: null, keys } : { name: owner.name, owner, keys };
}
