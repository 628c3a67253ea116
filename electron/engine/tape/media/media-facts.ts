import {
  describeLocation,
  type MediaFacts,
  type MediaLocation,
  type MediaState,
  mediaState,
  type PoolFacts,
  protectionEnds,
  servicePool,
} from '../../../../shared/domain/media.ts';
import type { LibraryFacts } from '../../../../shared/domain/allocation.ts';
import { type DriveLeases, setReadKey } from '../library/drive-leases.ts';
import type { Libraries } from '../library/libraries.ts';
import type { MediaSetRecord, MediumRecord, PoolRecord } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

/** A tape with what follows from its facts at one moment. */
export interface MediumView {
  medium: MediumRecord;
  facts: MediaFacts;
  pool: PoolRecord | undefined;
  set: MediaSetRecord | undefined;
  state: MediaState;
  stateReason: string;
  /** When it may be overwritten; null: never, or it holds nothing. */
  expiresAt: number | null;
  /** In words. */
  where: string;
  online: boolean;
}

/** Turns stored records into the facts that policy takes, and derives states from them. */
export class MediaFactsReader {
  readonly #store: TapeStore;
  readonly #libraries: Libraries;
  readonly #leases: DriveLeases;

  constructor(store: TapeStore, libraries: Libraries, leases: DriveLeases) {
    this.#store = store;
    this.#libraries = libraries;
    this.#leases = leases;
  }

  /** Views of these tapes; pools and sets are read once for all of them. */
  views(media: readonly MediumRecord[], now: number): MediumView[] {
    const pools = new Map(this.#store.pools.all().map((pool) => [pool.id, pool]));
    const poolFacts = new Map([...pools.values()].map((pool) => [pool.id, factsOfPool(pool)]));
    const sets = this.#setsOf(media);
    const libraries = this.#libraryNames();
    return media.map((medium) => {
      const set = medium.setId === null ? undefined : sets.get(medium.setId);
      const facts = this.#facts(medium, set);
      const pool = poolFacts.get(medium.poolId) ?? null;
      const { state, reason } = mediaState(facts, pool, now);
      const holdsData = facts.committedFiles > 0 || medium.usedBytes > 0;
      return {
        medium,
        facts,
        pool: pools.get(medium.poolId),
        set,
        state,
        stateReason: reason,
        expiresAt: holdsData && (state === 'closed' || state === 'expired') ? protectionEnds(facts, pool).at : null,
        where: describeLocation(facts.location, { libraries }),
        online: this.isOnline(medium),
      };
    });
  }

  facts(media: readonly MediumRecord[]): MediaFacts[] {
    const sets = this.#setsOf(media);
    return media.map((medium) => this.#facts(medium, medium.setId === null ? undefined : sets.get(medium.setId)));
  }

  libraryFacts(): LibraryFacts[] {
    return this.#libraries.all().map((library) => ({
      libraryId: library.id,
      name: library.name,
      online: library.online,
      usableDrives: library.driveAddresses.length,
    }));
  }

  /** Whether a library that can be reached holds it now. */
  isOnline(medium: MediumRecord): boolean {
    return medium.libraryId !== null && (this.#libraries.find(medium.libraryId)?.online ?? false);
  }

  /** Where a tape is, in words. */
  where(medium: MediumRecord): string {
    return describeLocation(this.#location(medium), { libraries: this.#libraryNames() });
  }

  #setsOf(media: readonly MediumRecord[]): Map<string, MediaSetRecord> {
    return this.#store.pools.setsByIds(new Set(media.flatMap((medium) => medium.setId ?? [])));
  }

  #facts(medium: MediumRecord, set: MediaSetRecord | undefined): MediaFacts {
    return {
      mediaId: medium.id,
      uuid: medium.tapeUuid,
      barcode: medium.barcode || null,
      name: medium.name,
      labelFormat: medium.labelFormat,
      labelText: medium.labelText,
      poolId: medium.poolId,
      setId: medium.setId,
      sequence: medium.sequence,
      setClosedAt: set?.closedAt ?? null,
      setLastWrittenAt: set?.lastWrittenAt ?? null,
      location: this.#location(medium),
      worm: medium.worm,
      writeProtected: medium.writeProtected,
      protectedByAdmin: medium.protectedByAdmin,
      bytesUsed: medium.usedBytes,
      capacityBytes: medium.capacityBytes,
      lastWrittenAt: medium.lastWrittenAt,
      full: medium.full,
      expiresAt: null,
      committedFiles: medium.committedFiles,
      suspectReason: medium.suspectReason ?? uncatalogued(medium),
      damagedReason: medium.damagedReason,
      retired: medium.retired,
      cleaning: medium.cleaning,
      exported: medium.exportedAt !== null && medium.elementType === 'import-export',
      usedBy: this.#userOf(medium, set),
      writeCount: medium.writeCount,
    };
  }

  #userOf(medium: MediumRecord, set: MediaSetRecord | undefined): string | null {
    // A closed set that is being read must not lose a tape meanwhile; an open one is only appended to.
    const reader = set && set.closedAt !== null ? this.#leases.holderOf(setReadKey(set.id)) : null;
    return this.#leases.userOfMedium(medium.id) ?? reader;
  }

  #location(medium: MediumRecord): MediaLocation {
    const { libraryId, elementAddress: address, elementType } = medium;
    if (libraryId === null || address === null || elementType === null || elementType === 'transport') {
      return { kind: 'offline', lastPlace: medium.lastPlace };
    }
    const library = this.#libraries.find(libraryId);
    const name = library?.online ? library.elementName(address) : medium.lastPlace?.split(' in ')[0];
    return { kind: elementType, libraryId, address, name };
  }

  #libraryNames(): Map<string, string> {
    return new Map(this.#libraries.all().map((library) => [library.id, library.name]));
  }
}

/** A tape with our label whose contents are not known here must be neither appended to nor overwritten. */
function uncatalogued(medium: MediumRecord): string | null {
  const unknown = medium.labelFormat === 'ours' && medium.setId !== null && medium.cataloguedAt === null;
  return unknown ? 'its contents are not known here: catalogue it.' : null;
}

export function factsOfPool(pool: PoolRecord): PoolFacts {
  if (pool.kind !== 'custom' || !pool.rules) {
    return pool.kind === 'custom'
      ? { ...servicePool('imported'), poolId: pool.id, name: pool.name }
      : { ...servicePool(pool.kind), name: pool.name };
  }
  return { poolId: pool.id, name: pool.name, kind: 'custom', ...pool.rules };
}
