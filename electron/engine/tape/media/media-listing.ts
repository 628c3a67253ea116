import type { SQLInputValue } from 'node:sqlite';
import { freeBytes } from '../../../../shared/domain/media.ts';
import type { Clock } from '../../faults/clock.ts';
import type { Database } from '../../database/database.ts';
import { type PageRequest, type PageResult, type PageSource, pageOf, queryPage } from '../../database/page-query.ts';
import type { MediaFactsReader, MediumView } from './media-facts.ts';
import { mediumColumns, mediumFromSql, type MediumSql } from '../store/media-store.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

export interface MediaRequest extends PageRequest {
  poolId?: string | undefined;
  libraryId?: string | undefined;
  online?: boolean | undefined;
}

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

const columns: Record<string, string> = {
  barcode: 'm.barcode',
  name: 'm.name COLLATE NOCASE',
  poolId: 'm.pool_id',
  poolName: 'p.name COLLATE NOCASE',
  setName: 's.name COLLATE NOCASE',
  sequence: 'm.sequence',
  libraryId: 'm.library_id',
  elementAddress: 'm.element_address',
  capacityBytes: 'm.capacity_bytes',
  usedBytes: 'm.used_bytes',
  lastWrittenAt: 'm.last_written_at',
  writeProtected: 'm.write_protected',
  protectedByAdmin: 'm.protected_by_admin',
};

/** Lists of tapes. What SQLite can sort and filter by, it does; states are derived, so those lists are made in memory. */
export class MediaListing {
  readonly #database: Database;
  readonly #store: TapeStore;
  readonly #facts: MediaFactsReader;
  readonly #clock: Clock;
  readonly #onlineLibraries: () => string[];

  constructor(parts: {
    database: Database;
    store: TapeStore;
    facts: MediaFactsReader;
    clock: Clock;
    onlineLibraries: () => string[];
  }) {
    this.#database = parts.database;
    this.#store = parts.store;
    this.#facts = parts.facts;
    this.#clock = parts.clock;
    this.#onlineLibraries = parts.onlineLibraries;
  }

  page(request: MediaRequest): PageResult<MediaListRow> {
    const where = this.#where(request);
    const stored = (name: string): boolean => Object.hasOwn(columns, name);
    const inSql =
      stored(request.sort?.by ?? 'barcode') && Object.keys(request.filters ?? {}).every((name) => stored(name));
    const from = 'media m JOIN pools p ON p.id = m.pool_id LEFT JOIN media_sets s ON s.id = m.set_id';
    const source = {
      from,
      select: mediumColumns,
      columns,
      searched: ['m.barcode', 'm.name', 'p.name', 's.name'],
      defaultSort: { by: 'barcode', direction: 'asc' as const },
      tieBreak: 'm.id',
      where,
    };
    if (inSql) {
      const page = queryPage<MediumSql>(this.#database, source, request);
      return { rows: this.#rows(page.rows), total: page.total };
    }
    const media = request.search ? this.#searched(source, request.search) : this.#within(request);
    const views = this.#facts.views(media, this.#clock.now());
    const page = pageOf(views.map(rowWithoutCount), { ...request, search: undefined }, []);
    return { rows: page.rows.map((row) => this.#counted(row)), total: page.total };
  }

  #searched(source: PageSource, search: string): MediumRecord[] {
    const found = queryPage<MediumSql>(this.#database, source, { offset: 0, limit: -1, search });
    return found.rows.map(mediumFromSql);
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

  #rows(rows: MediumSql[]): MediaListRow[] {
    return this.#views(rows).map((view) => this.#counted(rowWithoutCount(view)));
  }

  #views(rows: MediumSql[]): MediumView[] {
    return this.#facts.views(rows.map(mediumFromSql), this.#clock.now());
  }

  /** Only rows that are shown are counted. */
  #counted({ tapeUuid, ...row }: UncountedRow): MediaListRow {
    return { ...row, pointCount: tapeUuid === null ? 0 : this.#store.catalogue.countOnTape(tapeUuid) };
  }

  #where(request: MediaRequest): { sql: string; values: SQLInputValue[] }[] {
    const where: { sql: string; values: SQLInputValue[] }[] = [];
    if (request.poolId !== undefined) where.push({ sql: 'm.pool_id = ?', values: [request.poolId] });
    if (request.libraryId !== undefined) where.push({ sql: 'm.library_id = ?', values: [request.libraryId] });
    if (request.online !== undefined) {
      const held = 'coalesce(m.library_id IN (SELECT value FROM json_each(?)), 0)';
      where.push({ sql: `${held} = ${request.online ? 1 : 0}`, values: [JSON.stringify(this.#onlineLibraries())] });
    }
    return where;
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
