import type { Clock } from '../faults/clock.ts';
import type { Changes } from '../sessions/changes.ts';
import type { ResourceLocks } from '../sessions/locks.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { type CatalogRun, runCatalog } from './catalogue/cataloguing.ts';
import { DriveLeases } from './library/drive-leases.ts';
import { checkErase, type EraseRun, runErase } from './operations/erasing.ts';
import { type InventoryRun, requireOnlineMedia, runInventory } from './operations/inventory.ts';
import { Libraries } from './library/libraries.ts';
import { MediaFactsReader } from './media/media-facts.ts';
import { MediaListing } from './media/media-listing.ts';
import { MediaService } from './media/media-service.ts';
import { PoolLanes } from './media/pool-lanes.ts';
import { PoolService } from './media/pool-service.ts';
import { type NextTape, TapeChoice } from './media/tape-choice.ts';
import { TapeMounts } from './mounting/tape-mounts.ts';
import type { MountingContext } from './mounting/mounting-context.ts';
import type { PoolKind } from './store/tape-records.ts';
import type { TapeStore } from './store/tape-store.ts';
import { runExport, runImport, runMove } from './operations/transfers.ts';

export interface TapeDependencies {
  store: TapeStore;
  sessions: Sessions;
  locks: ResourceLocks;
  changes: Changes;
  clock: Clock;
  audit(who: string, action: string, object: string): void;
  /** Of schedules of new media sets; the machine's own where it is not given. */
  timeZone?: string;
}

/** Where a restore point on tape is. */
export interface TapeOfPoint {
  mediaId: string;
  barcode: string;
  where: string;
  available: boolean;
}

export interface TapeOverview {
  libraries: { id: string; name: string; online: boolean; drives: number; media: number }[];
  pools: { id: string; name: string; kind: PoolKind; media: number }[];
  offlineMedia: number;
}

/** Everything about tape that the rest of the engine uses. */
export class TapeServices implements MountingContext {
  readonly store: TapeStore;
  readonly libraries: Libraries;
  readonly leases: DriveLeases;
  readonly mounts: TapeMounts;
  readonly facts: MediaFactsReader;
  readonly choice: TapeChoice;
  readonly pools: PoolService;
  readonly media: MediaService;
  readonly mediaList: MediaListing;
  readonly lanes: PoolLanes;
  readonly sessions: Sessions;
  readonly locks: ResourceLocks;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly timeZone: string;
  readonly audit: TapeDependencies['audit'];

  constructor(dependencies: TapeDependencies) {
    const { store, sessions, locks, changes, clock } = dependencies;
    this.sessions = sessions;
    this.locks = locks;
    this.changes = changes;
    this.clock = clock;
    this.timeZone = dependencies.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.audit = (who, action, object) => dependencies.audit(who, action, object);
    const leases = new DriveLeases(locks, clock);
    const libraries = new Libraries({ store, clock, changes, locks, leases });
    const facts = new MediaFactsReader(store, libraries, leases);
    this.store = store;
    this.leases = leases;
    this.libraries = libraries;
    this.facts = facts;
    this.mounts = new TapeMounts({
      store,
      leases,
      clock,
      library: (id) => libraries.find(id),
      onChange: () => changes.publish('libraries', 'media'),
    });
    this.choice = new TapeChoice(store, facts, clock, this.timeZone);
    this.lanes = new PoolLanes();
    this.pools = new PoolService(this, facts);
    this.media = new MediaService(this, facts);
    this.mediaList = new MediaListing({
      store,
      facts,
      clock,
      onlineLibraries: () => libraries.online().map((library) => library.id),
    });
  }

  /** At start of the engine: opens every configured library; one that cannot be opened is offline with the reason. */
  async attachAll(): Promise<void> {
    await this.libraries.attachAll();
  }

  /**
   * After a crash: tapes with which something was begun are not written before their labels were read again. Restore
   * points need no repair, because their rows are written only once the tape has them.
   */
  recover(): void {
    this.store.now((work) => {
      for (const { intent } of this.store.intents.all()) {
        const { mediumId } = intent;
        if (this.store.media.get(mediumId)) this.store.media.update(work, mediumId, { labelFormat: 'unread' });
      }
    });
  }

  async close(): Promise<void> {
    await this.libraries.close();
  }

  /** Counts for trees and the status bar. */
  overview(): TapeOverview {
    const totals = this.store.pools.totals(this.libraries.online().map((library) => library.id));
    let offlineMedia = 0;
    for (const { mediaCount, onlineCount } of totals.values()) offlineMedia += mediaCount - onlineCount;
    return {
      libraries: this.libraries.all().map((library) => ({
        id: library.id,
        name: library.name,
        online: library.online,
        drives: library.driveAddresses.length,
        media: this.store.media.countIn(library.id),
      })),
      pools: this.store.pools.all().map((pool) => ({
        id: pool.id,
        name: pool.name,
        kind: pool.kind,
        media: totals.get(pool.id)?.mediaCount ?? 0,
      })),
      offlineMedia,
    };
  }

  /** What the allocator would take now for a job on this pool, and why. */
  nextTapeFor(poolId: string): NextTape {
    return this.choice.nextTapeFor(poolId);
  }

  /** The tapes that hold a restore point, in the order of its file. */
  tapesOf(tapePointId: string): TapeOfPoint[] {
    return this.store.catalogue.partSummaries(tapePointId).map((part) => {
      const medium = this.store.media.byUuid(part.tapeUuid);
      return {
        mediaId: medium?.id ?? part.tapeUuid,
        barcode: medium?.barcode ?? '',
        where: medium ? this.facts.where(medium) : 'never seen here',
        available: medium !== undefined && this.facts.isOnline(medium),
      };
    });
  }

  startInventory(run: InventoryRun, who: string): string {
    const library = this.libraries.get(run.libraryId);
    return this.sessions.start({ kind: 'inventory', name: `Inventory of ${library.name}`, who }, (session) =>
      runInventory(this, run, session),
    ).id;
  }

  startCatalog(run: CatalogRun, who: string): string {
    const library = this.libraries.get(run.libraryId);
    return this.sessions.start({ kind: 'catalog', name: `Catalogue of ${library.name}`, who }, (session) =>
      runCatalog(this, run, session),
    ).id;
  }

  /** Refuses at once what may not be erased, and what was not confirmed. */
  startErase(run: EraseRun, who: string): string {
    const media = checkErase(this, run);
    const what = media.length === 1 ? (media[0]?.name ?? '') : `${media.length} tapes`;
    return this.sessions.start({ kind: 'erase', name: `Erase of ${what}`, who }, (session) =>
      runErase(this, run, who, session),
    ).id;
  }

  startExport(mediaIds: string[], who: string): string {
    const media = requireOnlineMedia(this, mediaIds);
    const names = media.map((medium) => medium.name).join(', ');
    this.audit(who, 'media.export', names);
    const what = media.length === 1 ? names : `${media.length} tapes`;
    return this.sessions.start({ kind: 'export', name: `Export of ${what}`, who }, (session) =>
      runExport(this, mediaIds, session),
    ).id;
  }

  startImport(libraryId: string, who: string): string {
    const library = this.libraries.get(libraryId);
    this.audit(who, 'media.import', library.name);
    return this.sessions.start({ kind: 'import', name: `Import into ${library.name}`, who }, (session) =>
      runImport(this, libraryId, session),
    ).id;
  }

  startMove(run: { libraryId: string; from: number; to: number }, who: string): string {
    const library = this.libraries.get(run.libraryId);
    const what = `${library.elementName(run.from)} → ${library.elementName(run.to)}`;
    this.audit(who, 'media.move', `${library.name}: ${what}`);
    return this.sessions.start({ kind: 'move', name: `Move in ${library.name}: ${what}`, who }, (session) =>
      runMove(this, run, session),
    ).id;
  }
}
