import type { UnitOfWork } from '../../database/unit-of-work.ts';
import { formatCount } from '../../../../shared/domain/format.ts';
import { randomUUID } from 'node:crypto';
import { protectionEnds } from '../../../../shared/domain/media.ts';
import { OperationError } from '../../errors.ts';
import { factsOfPool, type MediaFactsReader, type MediumView } from './media-facts.ts';
import {
  freePoolId,
  importedPoolId,
  type MediumRecord,
  type PoolRecord,
  type PoolRules,
  retiredPoolId,
  unrecognizedPoolId,
} from '../store/tape-records.ts';
import type { TapeContext } from '../library/tape-context.ts';

export interface PoolInput extends PoolRules {
  name: string;
  description: string;
  /** Tapes put into the pool when it is made. */
  mediaIds: string[];
}

/** Media pools: making, changing and removing them, and what tapes may go into which. */
export class PoolService {
  readonly #parts: TapeContext;
  readonly #facts: MediaFactsReader;

  constructor(parts: TapeContext, facts: MediaFactsReader) {
    this.#parts = parts;
    this.#facts = facts;
  }

  get(id: string): PoolRecord {
    const pool = this.#parts.store.pools.get(id);
    if (!pool)
      throw new OperationError('There is no such media pool.', 'It may have been removed.', { kind: 'not-found' });
    return pool;
  }

  create(input: PoolInput, who: string): string {
    this.#check(input, undefined);
    const { store, clock } = this.#parts;
    const id = randomUUID();
    store.later((work) => {
      store.pools.save(work, { ...recordOf(input), id, kind: 'custom', createdAt: clock.now() });
      if (input.mediaIds.length > 0) this.#move(work, input.mediaIds, this.get(id));
    });
    this.#parts.audit(who, 'pool.add', input.name);
    this.#parts.changes.publish('pools', 'media');
    return id;
  }

  /** `also` happens in the same unit of work, before. */
  update(id: string, input: PoolInput, who: string, also: (work: UnitOfWork) => void): void {
    const pool = this.get(id);
    if (pool.kind !== 'custom') throw new OperationError(`The pool “${pool.name}” cannot be changed.`);
    this.#check(input, id);
    const { store } = this.#parts;
    store.later((work) => {
      also(work);
      store.pools.save(work, { ...pool, ...recordOf(input) });
      const added = input.mediaIds.filter((mediumId) => store.media.get(mediumId)?.poolId !== id);
      if (added.length > 0) this.#move(work, added, this.get(id));
    });
    this.#parts.audit(who, 'pool.update', input.name);
    this.#parts.changes.publish('pools', 'media', 'jobs');
  }

  remove(id: string, who: string): void {
    const pool = this.get(id);
    if (pool.kind !== 'custom') throw new OperationError(`The pool “${pool.name}” is always there.`);
    const { store } = this.#parts;
    const job = store.pools.jobUsing(id);
    if (job !== null) {
      throw new OperationError(
        `The job “${job}” writes to the pool “${pool.name}”.`,
        'Let the job use another pool first. Nothing was removed.',
      );
    }
    const media = store.media.inPools([id]);
    if (media.length > 0) {
      throw new OperationError(
        `The pool “${pool.name}” holds ${formatCount(media.length, 'tape')}.`,
        'Move them to another pool, or erase them, first. Nothing was removed.',
      );
    }
    store.later((work) => {
      store.pools.remove(work, id, importedPoolId);
      store.pools.removeEmptySets(work);
    });
    this.#parts.audit(who, 'pool.remove', pool.name);
    this.#parts.changes.publish('pools');
  }

  /** Moves tapes, all or none. Nothing that is protected becomes overwritable by a move. */
  moveToPool(mediaIds: string[], poolId: string, who: string): void {
    const pool = this.get(poolId);
    const moved = this.#parts.store.later((work) => this.#move(work, mediaIds, pool));
    this.#parts.audit(who, 'media.move-to-pool', `${moved.map((medium) => medium.name).join(', ')} → ${pool.name}`);
    this.#parts.changes.publish('pools', 'media', 'backups');
  }

  #check(input: PoolInput, id: string | undefined): void {
    const { store } = this.#parts;
    const same = store.pools.byName(input.name);
    if (same && same.id !== id) {
      throw new OperationError(`There is already a media pool named “${same.name}”.`, 'Choose another name.', {
        kind: 'invalid',
        field: 'settings.name',
      });
    }
    for (const libraryId of input.libraryIds) {
      if (!store.libraries.get(libraryId)) {
        throw new OperationError('A chosen library is not configured any more.', 'Choose again.', {
          kind: 'invalid',
          field: 'settings.libraryIds',
        });
      }
    }
  }

  #move(work: UnitOfWork, mediaIds: string[], pool: PoolRecord): MediumRecord[] {
    const { store, clock } = this.#parts;
    if (pool.id === importedPoolId || pool.id === unrecognizedPoolId) {
      throw new OperationError(
        `Tapes come into the pool “${pool.name}” automatically.`,
        'Choose Free or a media pool of your own.',
      );
    }
    const asked = mediaIds.map((mediumId) => this.#existing(mediumId));
    // A set is protected, and needed, as one: its tapes go together.
    const sets = new Set(asked.flatMap((medium) => (medium.setId === null ? [] : [medium.setId])));
    const members = [...sets].flatMap((setId) => store.media.inSet(setId));
    const all = [...new Map([...asked, ...members].map((medium) => [medium.id, medium])).values()].filter(
      (medium) => medium.poolId !== pool.id,
    );
    const views = this.#facts.views(all, clock.now());
    for (const view of views) {
      const refusal = this.#refusal(view, pool, clock.now());
      if (refusal)
        throw new OperationError(
          `Tape ${view.medium.name} cannot be moved to “${pool.name}”: ${refusal[0]}`,
          refusal[1],
        );
    }
    for (const { medium } of views) {
      store.media.update(work, medium.id, { poolId: pool.id, retired: pool.id === retiredPoolId });
    }
    for (const setId of sets) {
      const set = store.pools.set(setId);
      if (!set || pool.id === retiredPoolId) continue;
      store.pools.updateSet(work, setId, {
        poolId: pool.id,
        closedAt: set.closedAt ?? clock.now(),
        closedReason: set.closedReason ?? `moved to ${pool.name}`,
      });
    }
    return all;
  }

  /** Why a tape may not go into a pool, and what to do; undefined when it may. */
  #refusal(view: MediumView, pool: PoolRecord, now: number): [string, string] | undefined {
    const { medium, facts, state } = view;
    if (facts.usedBy) return [`${facts.usedBy} uses it.`, 'Wait until that session has ended, or stop it.'];
    if (state === 'cleaning') return ['it is a cleaning cartridge.', 'Cleaning cartridges belong to no pool.'];
    if (pool.id === retiredPoolId) return undefined;
    if (medium.protectedByAdmin) return ['it is protected.', 'Remove the protection first.'];
    if (state === 'foreign' || state === 'unknown') {
      return [view.stateReason, state === 'foreign' ? 'Erase it first.' : 'Inventory and catalogue it first.'];
    }
    const points = medium.tapeUuid === null ? 0 : this.#parts.store.catalogue.countOnTape(medium.tapeUuid);
    const empty = points === 0 && facts.committedFiles === 0;
    if (empty) return undefined;
    if (pool.id === freePoolId) {
      return [`it holds ${formatCount(points, 'restore point')}.`, 'Erase it: an erased tape goes to Free by itself.'];
    }
    const before = protectionEnds(facts, view.pool ? factsOfPool(view.pool) : null).at;
    const after = protectionEnds(facts, factsOfPool(pool)).at;
    const wasProtected = before === null || before > now;
    if (wasProtected && after !== null && after <= now) {
      return [
        `by the retention of that pool its ${formatCount(points, 'restore point')} could be overwritten at once.`,
        'Choose a pool that keeps data longer, or erase the tape.',
      ];
    }
    return undefined;
  }

  #existing(mediumId: string): MediumRecord {
    const medium = this.#parts.store.media.get(mediumId);
    if (!medium) throw new OperationError('This tape is not known any more.', null, { kind: 'not-found' });
    return medium;
  }
}

function recordOf(input: PoolInput): Pick<PoolRecord, 'name' | 'description' | 'rules'> {
  const { allocation, retention, libraryIds, replenishFromFree, takeBlank, maxDrives } = input;
  return {
    name: input.name,
    description: input.description,
    rules: { allocation, retention, libraryIds, replenishFromFree, takeBlank, maxDrives },
  };
}
