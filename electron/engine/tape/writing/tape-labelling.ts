import { randomUUID } from 'node:crypto';
import type { TapeAction } from '../../../../shared/domain/allocation.ts';
import { formatCount } from '../../../../shared/domain/format.ts';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { OperationError } from '../../errors.ts';
import type { SetIdentity, TapeIdentity } from '../archive/documents.ts';
import { startTape } from '../archive/start-tape.ts';
import { earlierCatalogues } from '../catalogue/catalogue-documents.ts';
import { isDriveError } from '../library/drive-errors.ts';
import { setReadKey } from '../library/drive-leases.ts';
import { markGone } from '../media/label-facts.ts';
import type { MountedTape } from '../mounting/tape-mounts.ts';
import type { MediumRecord, PoolRecord } from '../store/tape-records.ts';
import type { CurrentMediaSet } from './current-media-set.ts';
import type { MountRetries } from './mount-retries.ts';
import type { WritableTape, WritingContext } from './writing-context.ts';

/** Starts tapes: labels a blank one or overwrites one, and makes it the next of the media set. */
export class TapeLabelling {
  readonly #context: WritingContext;
  readonly #set: CurrentMediaSet;
  readonly #retries: MountRetries;

  constructor(context: WritingContext, set: CurrentMediaSet, retries: MountRetries) {
    this.#context = context;
    this.#set = set;
    this.#retries = retries;
  }

  /** Undefined when the tape turned out unfit, which the database now knows. `chosen` is the tape as it was chosen. */
  async start(mounted: MountedTape, chosen: MediumRecord, action: TapeAction): Promise<WritableTape | undefined> {
    const { services, session, requester } = this.#context;
    const { store, locks } = services;
    const medium = store.media.get(chosen.id);
    const same = medium && mounted.medium.id === chosen.id && medium.tapeUuid === chosen.tapeUuid;
    const fits = action === 'label' ? mounted.label.kind === 'blank' : mounted.label.kind !== 'foreign';
    if (!medium || !same || !fits || mounted.label.kind === 'unreadable' || medium.writeProtected) {
      requester.log('warning', `Tape ${chosen.name} is not the tape that was expected; it is left as it is.`);
      return undefined;
    }
    const pool = store.pools.get(this.#context.poolId);
    if (!pool) throw new OperationError('The media pool is gone.', 'Choose another pool for the job.');
    // A set that is being read is not overwritten.
    const oldSet = medium.setId;
    const guard =
      oldSet === null
        ? { release: () => {} }
        : locks.tryAcquire([{ key: setReadKey(oldSet), mode: 'exclusive' }], requester.owner);
    if ('heldBy' in guard) {
      requester.log('info', `Tape ${medium.name} is needed by ${guard.heldBy} and left as it is.`);
      return undefined;
    }
    try {
      return await this.#writeLabel(mounted, medium, pool);
    } catch (error) {
      // How far it got is on the tape only: its label is read before it is used again.
      store.now((work) => store.media.update(work, medium.id, { labelFormat: 'unread' }));
      session.signal.throwIfAborted();
      const giveUp = this.#retries.labelFailed();
      if (!isDriveError(error) || giveUp) throw error;
      this.#markDamaged(medium, error);
      return undefined;
    } finally {
      guard.release();
    }
  }

  async #writeLabel(mounted: MountedTape, medium: MediumRecord, pool: PoolRecord): Promise<WritableTape> {
    const { services, session, requester } = this.#context;
    const { store, clock } = services;
    const now = clock.now();
    const set = this.#set.record ?? this.#set.create(pool, now);
    const members = store.media.inSet(set.id);
    const previous = members.findLast((member) => member.id !== medium.id && member.tapeUuid !== null);
    const sequence = (previous?.sequence ?? 0) + 1;
    const identity: TapeIdentity = {
      uuid: randomUUID(),
      barcode: medium.barcode,
      label: medium.name.slice(0, 200),
      createdAt: now,
    };
    const setIdentity: SetIdentity = {
      uuid: set.id,
      poolName: pool.name,
      poolUuid: pool.id,
      name: set.name,
      createdAt: set.createdAt,
      sequence,
      previousTapeUuid: previous?.tapeUuid ?? undefined,
    };
    const { uuid: newTapeUuid } = identity;
    const overwrite = {
      kind: 'overwrite',
      mediumId: medium.id,
      oldTapeUuid: medium.tapeUuid,
      newTapeUuid,
      setId: set.id,
      sequence,
      poolId: pool.id,
    } as const;
    const intent = await store.durably((work) => store.intents.begin(work, overwrite, session.id, now));
    const lost = medium.tapeUuid === null ? 0 : await markGone(store, medium);
    if (lost > 0) {
      const gone = formatCount(lost, 'restore point');
      requester.log('info', `Tape ${medium.name} is overwritten now. Gone from the catalogue with it: ${gone}.`);
      services.changes.publish('backups');
    }
    const previousCatalogues = earlierCatalogues(store, set.id, sequence);
    const state = await startTape(
      mounted.drive,
      { identity, set: setIdentity, previousCatalogues },
      session.signal,
      clock,
    );
    await store.durably((work) => {
      store.pools.saveSet(work, set);
      store.media.update(work, medium.id, {
        tapeUuid: identity.uuid,
        labelFormat: 'ours',
        labelReadAt: now,
        poolId: pool.id,
        setId: set.id,
        sequence,
        tapeState: state,
        usedBytes: state.bytes,
        cataloguedAt: now,
        lastWrittenAt: now,
        full: false,
        writeCount: medium.writeCount + 1,
      });
      store.intents.settle(work, intent);
    });
    this.#set.begin(set);
    this.#retries.labelled();
    if (medium.tapeUuid !== null) {
      services.audit(
        requester.owner.name,
        'media.overwrite',
        `${medium.name} (${medium.tapeUuid}), ${formatCount(lost, 'restore point')}`,
      );
      await store.flushed();
    }
    requester.log('success', `Started tape ${medium.name}: number ${sequence} of media set “${set.name}”.`);
    services.changes.publish('media', 'pools', 'backups');
    const fresh = store.media.get(medium.id);
    if (!fresh) throw new Error(`The row of tape ${medium.name} vanished.`);
    return { mounted, medium: fresh, state, set };
  }

  /** A tape that cannot be labelled is not used from now on; the job goes on with another. */
  #markDamaged(medium: MediumRecord, error: unknown): void {
    const { services, requester } = this.#context;
    const reason = messageOf(error);
    requester.log('error', `Tape ${medium.name} cannot be used: ${reason}`, {
      advice: 'Inventory it again, in another drive if there is one; erase or retire it if it fails there too.',
    });
    services.store.now((work) => services.store.media.update(work, medium.id, { damagedReason: reason }));
    services.changes.publish('media', 'pools');
  }
}
