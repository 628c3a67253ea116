import { messageOf } from '../../../../shared/domain/message-of.ts';
import { formatCount } from '../../../../shared/domain/format.ts';
import { randomUUID } from 'node:crypto';
import type { AllocationWant, TapeAction } from '../../../../shared/domain/allocation.ts';
import { OperationError } from '../../errors.ts';
import type { RunningSession } from '../../sessions/running-session.ts';
import type { SetIdentity, TapeIdentity, TapeState } from '../archive/documents.ts';
import { positionForAppend } from '../archive/position-for-append.ts';
import { readPreviousCatalogues } from '../archive/scan.ts';
import { startTape } from '../archive/start-tape.ts';
import { DoorOpen } from '../library/attached-library.ts';
import { earlierCatalogues } from '../catalogue/catalogue-documents.ts';
import { knowsSession, registerAll } from '../catalogue/cataloguing.ts';
import { isDriveError } from '../library/drive-errors.ts';
import { setReadKey, setWriteKey } from '../library/drive-leases.ts';
import { markGone } from '../media/label-facts.ts';
import { ChangeWatch } from '../operations/media-wait.ts';
import { importWantedMedia } from '../operations/import-media.ts';
import type { MountRequester } from '../mounting/mount-requester.ts';
import { type MountedTape, WrongTape } from '../mounting/tape-mounts.ts';
import type { MediaSetRecord, MediumRecord, PoolRecord } from '../store/tape-records.ts';
import type { TapeServices } from '../tape-services.ts';

/** A tape in a drive, positioned where the session's next tape file goes. */
export interface WritableTape {
  mounted: MountedTape;
  medium: MediumRecord;
  state: TapeState;
  set: MediaSetRecord;
}

export interface MediaProviderOptions {
  services: TapeServices;
  session: RunningSession;
  poolId: string;
  /** The set to go on with, if the pool's rules let it; already locked for this writer. */
  set: MediaSetRecord | null;
  /** How long a tape is waited for, each time. */
  waitMs: number;
  /** Tells where the writing goes on, for messages. */
  requester: MountRequester;
}

/** How often libraries are looked at while waiting: not all of them report that somebody opened a door. */
const lookEveryMs = 60_000;
/** So many in a row, and the robot or the drives are at fault. */
const mostMountFailures = 3;

/**
 * Brings the next tape to write for one writer of a pool: asks the allocator, mounts, checks label and contents, starts
 * or continues the media set. Waits for somebody where there is no tape, and goes on by itself when one appears.
 */
export class MediaProvider {
  readonly #options: MediaProviderOptions;
  #set: MediaSetRecord | null;
  #releaseSet: () => void = () => {};
  #lastWrittenMediaId: string | null = null;
  #mountFailures = 0;
  /** Failures to bring a tape into a drive, by tape; and tapes that failed so twice. */
  readonly #fetchFailures = new Map<string, number>();
  readonly #passedOver = new Set<string>();
  #labelFailures = 0;

  constructor(options: MediaProviderOptions, releaseSet?: () => void) {
    this.#options = options;
    this.#set = options.set;
    if (releaseSet) this.#releaseSet = releaseSet;
  }

  /** The set that is being written; null before the first tape. */
  get set(): MediaSetRecord | null {
    return this.#set;
  }

  /** Releases the set; call once nothing more is written. */
  release(): void {
    this.#releaseSet();
    this.#releaseSet = () => {};
  }

  async next(): Promise<WritableTape> {
    const { services, session, requester } = this.#options;
    const watch = new ChangeWatch(services, session.signal);
    const taken = new Set<string>();
    const attempts = new Map<string, number>();
    let deadline: number | undefined;
    try {
      for (;;) {
        session.signal.throwIfAborted();
        const { decision, setReason } = services.choice.choose(this.#options.poolId, {
          set: this.#freshSet(),
          sessionStart: session.record.startedAt,
          lastWrittenMediaId: this.#lastWrittenMediaId,
          passedOver: this.#passedOver,
        });
        if (decision.kind === 'use') {
          if (deadline !== undefined) session.setState('working');
          const medium = services.store.media.get(decision.mediaId);
          if (!medium) continue;
          const attempt = (attempts.get(medium.id) ?? 0) + 1;
          attempts.set(medium.id, attempt);
          if (attempt > 3) throw new OperationError(`Tape ${medium.name} cannot be made ready.`, 'Inventory it.');
          requester.log('info', `Next tape: ${medium.name}. ${decision.reason} ${setReason}`);
          if (decision.newSet) this.#leaveSet(setReason);
          const tape = await this.#prepare(medium, decision.action);
          if (tape) return tape;
          continue;
        }
        if (await importWantedMedia(services, decision.wants, taken, requester)) continue;
        deadline ??= services.clock.now() + this.#options.waitMs;
        await this.#wait(decision.wants, decision.reason, deadline, watch);
      }
    } finally {
      watch.stop();
    }
  }

  async #wait(wants: readonly AllocationWant[], reason: string, deadline: number, watch: ChangeWatch): Promise<void> {
    const { services, session, requester } = this.#options;
    const left = deadline - services.clock.now();
    const advice = wants.map((want) => want.text).join(' ');
    if (left <= 0) {
      throw new OperationError(`${reason} Nobody brought a tape within the time allowed.`, advice, {
        kind: 'unavailable',
      });
    }
    const text = wants.map((want) => want.text).join(' ');
    if (session.record.stateText !== text) requester.log('warning', `Waiting for a tape. ${reason}`, { advice });
    session.setState('waiting-tape', text);
    await watch.next(['media', 'pools', 'libraries'], Math.min(left, lookEveryMs));
    for (const library of services.libraries.all()) {
      await services.libraries.refresh(library.id, session.signal).catch(() => session.signal.throwIfAborted());
    }
  }

  /** What the database says of the set now: a tape of it may have been erased, or the set closed by hand. */
  #freshSet(): MediaSetRecord | null {
    return this.#set === null ? null : (this.#options.services.store.pools.set(this.#set.id) ?? null);
  }

  #leaveSet(reason: string): void {
    const { store, clock } = this.#options.services;
    const set = this.#freshSet();
    if (set?.closedAt === null) {
      const closed = { closedAt: clock.now(), closedReason: reason };
      store.now((work) => store.pools.updateSet(work, set.id, closed));
    }
    this.#set = null;
    this.release();
  }

  /** Mounts the tape and makes it ready; undefined when it turned out unfit, which the database now knows. */
  async #prepare(medium: MediumRecord, action: TapeAction): Promise<WritableTape | undefined> {
    const { services, session, requester } = this.#options;
    let mounted: MountedTape;
    try {
      mounted = await services.mounts.mount(medium.id, requester, { expectIdentity: action === 'append' });
    } catch (error) {
      session.signal.throwIfAborted();
      const advice = error instanceof OperationError ? error.advice : null;
      if (error instanceof WrongTape) {
        requester.log('warning', error.message, { advice });
        return undefined;
      }
      if (error instanceof DoorOpen) throw error;
      // A robot or drive that fails is not the tape's fault: once more, with another drive if there is one.
      this.#mountFailures += 1;
      if (this.#mountFailures >= mostMountFailures) throw error;
      requester.log('error', messageOf(error), { advice });
      const failures = (this.#fetchFailures.get(medium.id) ?? 0) + 1;
      this.#fetchFailures.set(medium.id, failures);
      if (failures === 2) {
        // It may be the tape after all: another one gets the last try.
        this.#passedOver.add(medium.id);
        requester.log('warning', `Tape ${medium.name} is passed over in this session: it did not get into a drive.`, {
          advice: 'Look at it, and inventory it.',
        });
      }
      return undefined;
    }
    try {
      const tape =
        action === 'append' ? await this.#continueTape(mounted) : await this.#startTape(mounted, medium, action);
      if (tape) {
        this.#lastWrittenMediaId = tape.medium.id;
        this.#mountFailures = 0;
        return tape;
      }
      await services.mounts.unmount(mounted);
      return undefined;
    } catch (error) {
      if (session.signal.aborted) {
        services.mounts.release(mounted);
        throw error;
      }
      await services.mounts.unmount(mounted).catch((failed: unknown) => requester.log('warning', messageOf(failed)));
      this.#mountFailures += 1;
      if (!isDriveError(error) || this.#mountFailures >= mostMountFailures) throw error;
      services.leases.avoid(mounted.lease.library.id, mounted.lease.address);
      requester.log('error', `Tape ${medium.name} could not be made ready: ${messageOf(error)}`, {
        advice: 'Trying again, in another drive if there is one.',
      });
      return undefined;
    }
  }

  /** A tape that cannot be labelled is passed over from now on; the job goes on with another. */
  #markDamaged(medium: MediumRecord, error: unknown): void {
    const { services, requester } = this.#options;
    const reason = messageOf(error);
    requester.log('error', `Tape ${medium.name} cannot be used: ${reason}`, {
      advice: 'Inventory it again, in another drive if there is one; erase or retire it if it fails there too.',
    });
    services.store.now((work) => services.store.media.update(work, medium.id, { damagedReason: reason }));
    services.changes.publish('media', 'pools');
  }

  async #continueTape(mounted: MountedTape): Promise<WritableTape | undefined> {
    const { services, session, requester } = this.#options;
    const { store } = services;
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const medium = store.media.get(mounted.medium.id) ?? mounted.medium;
      const set = medium.setId === null ? undefined : store.pools.set(medium.setId);
      const state = store.media.tapeState(medium.id);
      if (!state || !set || set.id !== this.#set?.id || medium.writeProtected || medium.full) return undefined;
      const position = await positionForAppend(mounted.drive, state, {
        signal: session.signal,
        worm: medium.worm,
        knowsSession: (uuid) => knowsSession(services, uuid),
      });
      if (position.ok === true) return { mounted, medium, state, set };
      if (position.ok === 'adopt') {
        const previous = await readPreviousCatalogues(mounted.drive, session.signal);
        const found = registerAll(services, position.catalogue, previous, medium);
        requester.log(
          'warning',
          `${position.reason} They were taken over: ${formatCount(found.newPoints, 'restore point')}.`,
        );
        services.changes.publish('backups', 'media');
        continue;
      }
      store.now((work) => store.media.update(work, medium.id, { suspectReason: position.reason }));
      requester.log('error', `${position.reason} Nothing was written on it.`, {
        advice: 'Catalogue the tape to learn what it holds now.',
      });
      services.changes.publish('media', 'pools');
      return undefined;
    }
    return undefined;
  }

  async #startTape(mounted: MountedTape, chosen: MediumRecord, action: TapeAction): Promise<WritableTape | undefined> {
    const { services, session, requester } = this.#options;
    const { store, locks } = services;
    const medium = store.media.get(chosen.id);
    const same = medium && mounted.medium.id === chosen.id && medium.tapeUuid === chosen.tapeUuid;
    const fits = action === 'label' ? mounted.label.kind === 'blank' : mounted.label.kind !== 'foreign';
    if (!medium || !same || !fits || mounted.label.kind === 'unreadable' || medium.writeProtected) {
      requester.log('warning', `Tape ${chosen.name} is not what it was taken for; it is left as it is.`);
      return undefined;
    }
    const pool = store.pools.get(this.#options.poolId);
    if (!pool) throw new OperationError('The media pool is gone.', 'Choose another pool for the job.');
    // Nothing is overwritten that somebody is reading.
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
      this.#labelFailures += 1;
      if (!isDriveError(error) || this.#labelFailures >= mostMountFailures) throw error;
      this.#markDamaged(medium, error);
      return undefined;
    } finally {
      guard.release();
    }
  }

  async #writeLabel(mounted: MountedTape, medium: MediumRecord, pool: PoolRecord): Promise<WritableTape> {
    const { services, session, requester } = this.#options;
    const { store, clock } = services;
    const now = clock.now();
    const set = this.#set ?? this.#newSet(pool, now);
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
    const intent = await store.durably((work) =>
      store.intents.begin(
        work,
        {
          kind: 'overwrite',
          mediumId: medium.id,
          oldTapeUuid: medium.tapeUuid,
          newTapeUuid: identity.uuid,
          setId: set.id,
          sequence,
          poolId: pool.id,
        },
        session.id,
        now,
      ),
    );
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
    this.#set = set;
    this.#labelFailures = 0;
    if (medium.tapeUuid !== null) {
      services.audit(
        requester.owner,
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

  /** Names and locks a new set; its row is written with its first tape. */
  #newSet(pool: PoolRecord, now: number): MediaSetRecord {
    const { locks } = this.#options.services;
    const id = randomUUID();
    const lock = locks.tryAcquire([{ key: setWriteKey(id), mode: 'exclusive' }], this.#options.requester.owner);
    if ('heldBy' in lock) throw new Error('A new media set cannot be in use.');
    this.#releaseSet = lock.release;
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
}
