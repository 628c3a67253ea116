import { randomUUID } from 'node:crypto';
import { setWriteKey } from '../library/drive-leases.ts';
import type { MediaSetRecord, PoolRecord } from '../store/tape-records.ts';
import type { TapeServices } from '../tape-services.ts';
import type { LeaseOwner } from '../../sessions/locks.ts';

/** The media set that a writer writes, locked for it: the one it continues, or a new one once there is a tape for it. */
export class CurrentMediaSet {
  readonly #services: TapeServices;
  readonly #owner: LeaseOwner;
  #set: MediaSetRecord | null;
  #release: () => void;

  /** `set` is locked already; `release` gives that lock back. */
  constructor(services: TapeServices, owner: LeaseOwner, set: MediaSetRecord | null, release?: () => void) {
    this.#services = services;
    this.#owner = owner;
    this.#set = set;
    this.#release = release ?? (() => {});
  }

  /** Null before the first tape. */
  get record(): MediaSetRecord | null {
    return this.#set;
  }

  /** What the database says of the set now: a tape of it may have been erased, or the set closed by hand. */
  fresh(): MediaSetRecord | null {
    return this.#set === null ? null : (this.#services.store.pools.set(this.#set.id) ?? null);
  }

  /** Closes the set: another one follows it. */
  close(reason: string): void {
    const { store, clock } = this.#services;
    const set = this.fresh();
    if (set?.closedAt === null) {
      const closed = { closedAt: clock.now(), closedReason: reason };
      store.now((work) => store.pools.updateSet(work, set.id, closed));
    }
    this.#set = null;
    this.release();
  }

  /** Names and locks a new set; its row is written with its first tape, and {@link begin} makes it the current one. */
  create(pool: PoolRecord, now: number): MediaSetRecord {
    const id = randomUUID();
    const lock = this.#services.locks.tryAcquire([{ key: setWriteKey(id), mode: 'exclusive' }], this.#owner);
    if ('heldBy' in lock) throw new Error('A new media set cannot be in use.');
    this.#release = lock.release;
    const stamp = new Date(now).toISOString().slice(0, 16).replace('T', ' ');
    return {
      id,
      poolId: pool.id,
      name: `${pool.name} ${stamp} #${id.slice(0, 4)}`,
      createdAt: now,
      lastWrittenAt: now,
      closedAt: null,
      closedReason: null,
    };
  }

  begin(set: MediaSetRecord): void {
    this.#set = set;
  }

  /** Gives the lock back; call once nothing more is written. */
  release(): void {
    this.#release();
    this.#release = () => {};
  }
}
