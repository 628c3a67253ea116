import { freeBytes } from '../../../../shared/domain/media.ts';
import { type PageResult, pageOf } from '../../database/paging.ts';
import type { Clock } from '../../faults/clock.ts';
import type { MediaRequest } from '../store/media-list-store.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';
import type { MediaFactsReader, MediumView } from './media-facts.ts';

/** One tape as lists show it. */
export interface MediaListRow {
  id: string;
  barcode: string;
  name: string;
  state: MediumView['state'];
  stateReason: string;
  poolId: string;
  poolName: string;
  setName: string | null;
  sequence: number | null;
  libraryId: string | null;
  where: string;
  online: boolean;
  elementAddress: number | null;
  capacityBytes: number | null;
  usedBytes: number;
  freeBytes: number | null;
  writeProtected: boolean;
  protectedByAdmin: boolean;
  lastWrittenAt: number | null;
  expiresAt: number | null;
  catalogued: boolean;
  pointCount: number;
}

/** Lists of tapes. What SQLite can sort and filter by, it does; states are derived, so those lists are made in memory. */
export class MediaListing {
  readonly #store: TapeStore;
  readonly #facts: MediaFactsReader;
  readonly #clock: Clock;
  readonly #onlineLibraries: () => string[];

  constructor(parts: {
    store: TapeStore;
    facts: MediaFactsReader;
    clock: Clock;
    onlineLibraries: () => string[];
  }) {
    this.#store = parts.store;
    this.#facts = parts.facts;
    this.#clock = parts.clock;
    this.#onlineLibraries = parts.onlineLibraries;
  }

  page(request: MediaRequest): PageResult<MediaListRow> {
    const list = this.#store.mediaList;
    const columns = [request.sort?.by ?? 'barcode', ...Object.keys(request.filters ?? {})];
    if (columns.every((name) => list.knows(name))) {
      const page = list.page(request, this.#onlineLibraries());
      const views = this.#facts.views(page.rows, this.#clock.now());
      return { rows: views.map((view) => this.#counted(rowWithoutCount(view))), total: page.total };
    }
    const { search } = request;
    const all = { ...request, sort: undefined, filters: undefined, offset: 0, limit: -1 };
    const media = search ? list.page(all, this.#onlineLibraries()).rows : this.#within(request);
    const views = this.#facts.views(media, this.#clock.now());
    const page = pageOf(views.map(rowWithoutCount), { ...request, search: undefined }, []);
    return { rows: page.rows.map((row) => this.#counted(row)), total: page.total };
  }

  #within({ poolId, libraryId, online }: MediaRequest): readonly MediumRecord[] {
    return this.#store.media
      .all()
      .filter(
        (medium) =>
          (poolId === undefined || medium.poolId === poolId) &&
          (libraryId === undefined || medium.libraryId === libraryId) &&
          (online === undefined || this.#facts.isOnline(medium) === online),
      );
  }

  row(id: string): MediaListRow | undefined {
    const medium = this.#store.media.get(id);
    const [view] = medium ? this.#facts.views([medium], this.#clock.now()) : [];
    return view && this.#counted(rowWithoutCount(view));
  }

  /** Only rows that are shown are counted. */
  #counted({ tapeUuid, ...row }: UncountedRow): MediaListRow {
    return { ...row, pointCount: tapeUuid === null ? 0 : this.#store.catalogue.countOnTape(tapeUuid) };
  }
}

type UncountedRow = Omit<MediaListRow, 'pointCount'> & { tapeUuid: string | null };

function rowWithoutCount(view: MediumView): UncountedRow {
  const { medium } = view;
  return {
    id: medium.id,
    tapeUuid: medium.tapeUuid,
    barcode: medium.barcode,
    name: medium.name,
    state: view.state,
    stateReason: view.stateReason,
    poolId: medium.poolId,
    poolName: view.pool?.name ?? medium.poolId,
    setName: view.set?.name ?? null,
    sequence: medium.sequence,
    libraryId: medium.libraryId,
    where: view.where,
    online: view.online,
    elementAddress: medium.elementAddress,
    capacityBytes: medium.capacityBytes,
    usedBytes: medium.usedBytes,
    freeBytes: freeBytes(view.facts),
    writeProtected: medium.writeProtected,
    protectedByAdmin: medium.protectedByAdmin,
    lastWrittenAt: medium.lastWrittenAt,
    expiresAt: view.expiresAt,
    catalogued: medium.cataloguedAt !== null,
  };
}
