import {
  type Allocation,
  type AllocationRequest,
  allocate,
  nextTapeFor,
} from '../../../../shared/domain/allocation.ts';
import type { Candidate } from '../../../../shared/domain/allocation-types.ts';
import type { MediaSetFacts } from '../../../../shared/domain/media.ts';
import type { Clock } from '../../faults/clock.ts';
import { OperationError } from '../../errors.ts';
import { factsOfPool, type MediaFactsReader } from './media-facts.ts';
import {
  freePoolId,
  type MediaSetRecord,
  type MediumRecord,
  type PoolRecord,
  unrecognizedPoolId,
} from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

export interface NextTape {
  text: string;
  reason: string;
  mediaId: string | null;
}

/** Asks the one allocator, for jobs, lists and "why not this tape?" alike. */
export class TapeChoice {
  readonly #store: TapeStore;
  readonly #facts: MediaFactsReader;
  readonly #clock: Clock;
  readonly #timeZone: string;

  constructor(store: TapeStore, facts: MediaFactsReader, clock: Clock, timeZone: string) {
    this.#store = store;
    this.#facts = facts;
    this.#clock = clock;
    this.#timeZone = timeZone;
  }

  /** What a job on the pool would take if it began now, and why. */
  nextTapeFor(poolId: string): NextTape {
    const pool = this.#custom(poolId);
    const { sessionStart: _, ...request } = this.#request(
      pool,
      this.currentSet(pool.id),
      this.#clock.now(),
      this.#within(pool),
    );
    return nextTapeFor(request);
  }

  /** Every tape with the reason why it would or would not be written next by this pool. */
  explain(poolId: string): Allocation {
    const pool = this.#custom(poolId);
    return allocate(this.#request(pool, this.currentSet(pool.id), this.#clock.now(), this.#store.media.all()));
  }

  /** What every pool of the user's own says of one tape. */
  standingOf(medium: MediumRecord): { pool: PoolRecord; candidate: Candidate; next: NextTape }[] {
    return this.#store.pools
      .all()
      .filter((pool) => pool.kind === 'custom')
      .flatMap((pool) => {
        const within = this.#within(pool);
        const media = within.some((other) => other.id === medium.id) ? within : [...within, medium];
        const { candidates } = allocate(this.#request(pool, this.currentSet(pool.id), this.#clock.now(), media));
        const candidate = candidates.find((other) => other.mediaId === medium.id);
        return candidate === undefined ? [] : [{ pool, candidate, next: this.nextTapeFor(pool.id) }];
      });
  }

  /** Chooses for a running session; `set` is the one this writer has. */
  choose(
    poolId: string,
    of: {
      set: MediaSetRecord | null;
      sessionStart: number;
      lastWrittenMediaId: string | null;
      /** Tapes that this session could not get into a drive. */
      passedOver?: ReadonlySet<string>;
    },
  ): Allocation {
    const pool = this.#custom(poolId);
    const media = this.#within(pool).filter((medium) => !of.passedOver?.has(medium.id));
    return allocate({
      ...this.#request(pool, of.set, of.sessionStart, media),
      lastWrittenMediaId: of.lastWrittenMediaId,
    });
  }

  /** The set of the pool that would be gone on with: the newest open one, or else the newest. */
  currentSet(poolId: string): MediaSetRecord | null {
    const sets = this.#store.pools.sets(poolId);
    return sets.findLast((set) => set.closedAt === null) ?? sets.at(-1) ?? null;
  }

  /** Tapes of other pools are never taken: leaving them out keeps this quick with thousands of tapes. */
  #within(pool: PoolRecord): readonly MediumRecord[] {
    return this.#store.media.inPools([pool.id, freePoolId, unrecognizedPoolId]);
  }

  #request(
    pool: PoolRecord,
    set: MediaSetRecord | null,
    sessionStart: number,
    media: readonly MediumRecord[],
  ): AllocationRequest {
    return {
      pool: factsOfPool(pool),
      set: set && factsOfSet(set),
      media: this.#facts.facts(media),
      libraries: this.#facts.libraryFacts(),
      now: this.#clock.now(),
      sessionStart,
      otherPools: this.#store.pools
        .all()
        .filter((other) => other.kind === 'custom' && other.id !== pool.id)
        .map(factsOfPool),
      timeZone: this.#timeZone,
    };
  }

  #custom(poolId: string): PoolRecord {
    const pool = this.#store.pools.get(poolId);
    if (pool?.kind === 'custom') return pool;
    throw new OperationError(
      pool ? `Jobs do not write to the pool “${pool.name}”.` : 'There is no such media pool.',
      'Choose a media pool of your own.',
      { kind: pool ? 'conflict' : 'not-found' },
    );
  }
}

function factsOfSet(set: MediaSetRecord): MediaSetFacts {
  return { setId: set.id, poolId: set.poolId, startedAt: set.createdAt, closedAt: set.closedAt };
}
