import type { SQLInputValue } from 'node:sqlite';
import type { Database } from '../../database/database.ts';
import type { Surface, UnitOfWork } from '../../database/unit-of-work.ts';
import type { TapeState } from '../archive/documents.ts';
import type { ElementKind, LabelFormat, MediumRecord } from './tape-records.ts';

export interface MediumSql {
  id: string;
  barcode: string;
  name: string;
  tape_uuid: string | null;
  label_format: LabelFormat;
  label_text: string | null;
  label_read_at: number | null;
  pool_id: string;
  set_id: string | null;
  sequence: number | null;
  library_id: string | null;
  element_type: ElementKind | null;
  element_address: number | null;
  last_place: string | null;
  exported_at: number | null;
  worm: number;
  write_protected: number;
  protected_by_admin: number;
  capacity_bytes: number | null;
  used_bytes: number;
  last_written_at: number | null;
  full: number;
  suspect_reason: string | null;
  damaged_reason: string | null;
  retired: number;
  cleaning: number;
  catalogued_at: number | null;
  write_count: number;
  load_count: number;
  committed_files: number;
  created_at: number;
}

type Column = keyof MediumSql;

const columnOf: Record<keyof MediumRecord, Column> = {
  id: 'id',
  barcode: 'barcode',
  name: 'name',
  tapeUuid: 'tape_uuid',
  labelFormat: 'label_format',
  labelText: 'label_text',
  labelReadAt: 'label_read_at',
  poolId: 'pool_id',
  setId: 'set_id',
  sequence: 'sequence',
  libraryId: 'library_id',
  elementType: 'element_type',
  elementAddress: 'element_address',
  lastPlace: 'last_place',
  exportedAt: 'exported_at',
  worm: 'worm',
  writeProtected: 'write_protected',
  protectedByAdmin: 'protected_by_admin',
  capacityBytes: 'capacity_bytes',
  usedBytes: 'used_bytes',
  lastWrittenAt: 'last_written_at',
  full: 'full',
  suspectReason: 'suspect_reason',
  damagedReason: 'damaged_reason',
  retired: 'retired',
  cleaning: 'cleaning',
  cataloguedAt: 'catalogued_at',
  writeCount: 'write_count',
  loadCount: 'load_count',
  committedFiles: 'committed_files',
  createdAt: 'created_at',
};

/** `tapeState` is what must be known to append; everything in it is durable on the tape. */
export type MediumChange = Partial<Omit<MediumRecord, 'id' | 'createdAt' | 'committedFiles'>> & {
  tapeState?: TapeState | null;
};

/** Everything but the state for appending, which is large and read by itself. */
export const mediumColumns = Object.values(columnOf)
  .map((column) => `m.${column}`)
  .join(', ');

export type MediaStore = Surface<SqlMediaStore>;

/** Facts about tapes: one row per cartridge ever seen here and not forgotten. */
export class SqlMediaStore {
  readonly #database: Database;
  /** All tapes by barcode, as they were at a version: reading thousands of rows takes longer than what is done with them. */
  #known: { version: string; media: readonly MediumRecord[] } | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  get(id: string): MediumRecord | undefined {
    return this.#one('media m WHERE id = ?', id);
  }

  byUuid(tapeUuid: string): MediumRecord | undefined {
    return this.#one('media m WHERE tape_uuid = ?', tapeUuid);
  }

  byBarcode(barcode: string): MediumRecord[] {
    return this.#many('media m WHERE barcode = ? ORDER BY created_at, id', barcode);
  }

  /** By barcode. */
  all(): readonly MediumRecord[] {
    // As text: a random 64-bit value is not a safe number.
    const { version = '' } =
      this.#database.get<{ version: string }>('SELECT CAST(value AS TEXT) AS version FROM media_version') ?? {};
    if (this.#known?.version !== version) this.#known = { version, media: this.#many('media m ORDER BY barcode, id') };
    return this.#known.media;
  }

  /** By barcode. */
  inPools(poolIds: readonly string[]): MediumRecord[] {
    const wanted = new Set(poolIds);
    return this.all().filter((medium) => wanted.has(medium.poolId));
  }

  inLibrary(libraryId: string): MediumRecord[] {
    return this.#many('media m WHERE library_id = ? ORDER BY element_address, id', libraryId);
  }

  /** Tapes of a set in the order in which they were written. */
  inSet(setId: string): MediumRecord[] {
    return this.#many('media m WHERE set_id = ? ORDER BY sequence, id', setId);
  }

  insert(work: UnitOfWork, medium: MediumRecord): void {
    this.#database.insert(work, 'media', toSql(medium));
  }

  update(work: UnitOfWork, id: string, change: MediumChange): void {
    const { tapeState, ...facts } = change;
    const columns = toSql(facts);
    if (tapeState !== undefined) {
      columns.tape_state_json = tapeState === null ? null : JSON.stringify(tapeState);
      columns.committed_files = tapeState === null ? 0 : committedFiles(tapeState);
    }
    if (Object.keys(columns).length > 0) this.#database.update(work, 'media', id, columns);
  }

  /** What must be known to append to the tape; null where it is not known. */
  tapeState(id: string): TapeState | null {
    const row = this.#database.get<{ tape_state_json: string | null }>(
      'SELECT tape_state_json FROM media WHERE id = ?',
      id,
    );
    return row?.tape_state_json == null ? null : (JSON.parse(row.tape_state_json) as TapeState);
  }

  remove(work: UnitOfWork, id: string): void {
    this.#database.run(work, 'DELETE FROM media WHERE id = ?', id);
  }

  countIn(libraryId: string): number {
    return this.#database.get<{ n: number }>('SELECT count(*) AS n FROM media WHERE library_id = ?', libraryId)?.n ?? 0;
  }

  #one(from: string, ...values: SQLInputValue[]): MediumRecord | undefined {
    const row = this.#database.get<MediumSql>(`SELECT ${mediumColumns} FROM ${from}`, ...values);
    return row && mediumFromSql(row);
  }

  #many(from: string, ...values: SQLInputValue[]): MediumRecord[] {
    return this.#database.all<MediumSql>(`SELECT ${mediumColumns} FROM ${from}`, ...values).map(mediumFromSql);
  }
}

/** Tape files that hold data. A tape that was only started holds none. */
function committedFiles(state: TapeState): number {
  const onlyStarted = state.catalogued.lastSessionBlock === null && state.catalogued.toBlock === state.endBlock;
  return onlyStarted ? 0 : Math.max(1, state.tapeFiles - 2);
}

function toSql(change: Partial<MediumRecord>): Record<string, SQLInputValue> {
  const columns: Record<string, SQLInputValue> = {};
  for (const [field, column] of Object.entries(columnOf)) {
    const value = change[field as keyof MediumRecord];
    if (value === undefined) continue;
    if (typeof value === 'boolean') columns[column] = value ? 1 : 0;
    else columns[column] = value;
  }
  return columns;
}

export function mediumFromSql(row: MediumSql): MediumRecord {
  return {
    id: row.id,
    barcode: row.barcode,
    name: row.name,
    tapeUuid: row.tape_uuid,
    labelFormat: row.label_format,
    labelText: row.label_text,
    labelReadAt: row.label_read_at,
    poolId: row.pool_id,
    setId: row.set_id,
    sequence: row.sequence,
    libraryId: row.library_id,
    elementType: row.element_type,
    elementAddress: row.element_address,
    lastPlace: row.last_place,
    exportedAt: row.exported_at,
    worm: row.worm === 1,
    writeProtected: row.write_protected === 1,
    protectedByAdmin: row.protected_by_admin === 1,
    capacityBytes: row.capacity_bytes,
    usedBytes: row.used_bytes,
    lastWrittenAt: row.last_written_at,
    full: row.full === 1,
    suspectReason: row.suspect_reason,
    damagedReason: row.damaged_reason,
    retired: row.retired === 1,
    cleaning: row.cleaning === 1,
    cataloguedAt: row.catalogued_at,
    writeCount: row.write_count,
    loadCount: row.load_count,
    committedFiles: row.committed_files,
    createdAt: row.created_at,
  };
}
