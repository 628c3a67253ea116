import type { SQLInputValue } from 'node:sqlite';
import type { Database } from '../database/database.ts';
import type { TapeState } from './archive/documents.ts';
import type { ElementKind, LabelFormat, MediumRecord } from './tape-records.ts';

interface MediumSql {
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
  tape_state_json: string | null;
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
  tapeState: 'tape_state_json',
  createdAt: 'created_at',
};

export type MediumChange = Partial<Omit<MediumRecord, 'id' | 'createdAt'>>;

/** Facts about tapes: one row per cartridge ever seen here and not forgotten. */
export class MediaStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(id: string): MediumRecord | undefined {
    return this.#one('SELECT * FROM media WHERE id = ?', id);
  }

  byUuid(tapeUuid: string): MediumRecord | undefined {
    return this.#one('SELECT * FROM media WHERE tape_uuid = ?', tapeUuid);
  }

  byBarcode(barcode: string): MediumRecord[] {
    return this.#many('SELECT * FROM media WHERE barcode = ? ORDER BY created_at, id', barcode);
  }

  all(): MediumRecord[] {
    return this.#many('SELECT * FROM media ORDER BY barcode, id');
  }

  inPools(poolIds: string[]): MediumRecord[] {
    return this.#many(
      'SELECT * FROM media WHERE pool_id IN (SELECT value FROM json_each(?)) ORDER BY barcode, id',
      JSON.stringify(poolIds),
    );
  }

  inLibrary(libraryId: string): MediumRecord[] {
    return this.#many('SELECT * FROM media WHERE library_id = ? ORDER BY element_address, id', libraryId);
  }

  /** Tapes of a set in the order in which they were written. */
  inSet(setId: string): MediumRecord[] {
    return this.#many('SELECT * FROM media WHERE set_id = ? ORDER BY sequence, id', setId);
  }

  insert(medium: MediumRecord): void {
    this.#database.insert('media', toSql(medium));
  }

  update(id: string, change: MediumChange): void {
    const columns = toSql(change);
    if (Object.keys(columns).length > 0) this.#database.update('media', id, columns);
  }

  remove(id: string): void {
    this.#database.run('DELETE FROM media WHERE id = ?', id);
  }

  countIn(libraryId: string): number {
    return this.#database.get<{ n: number }>('SELECT count(*) AS n FROM media WHERE library_id = ?', libraryId)?.n ?? 0;
  }

  #one(sql: string, ...values: SQLInputValue[]): MediumRecord | undefined {
    const row = this.#database.get<MediumSql>(sql, ...values);
    return row && mediumFromSql(row);
  }

  #many(sql: string, ...values: SQLInputValue[]): MediumRecord[] {
    return this.#database.all<MediumSql>(sql, ...values).map(mediumFromSql);
  }
}

function toSql(change: Partial<MediumRecord>): Record<string, SQLInputValue> {
  const columns: Record<string, SQLInputValue> = {};
  for (const [field, column] of Object.entries(columnOf)) {
    const value = change[field as keyof MediumRecord];
    if (value === undefined) continue;
    if (typeof value === 'boolean') columns[column] = value ? 1 : 0;
    else if (typeof value === 'object' && value !== null) columns[column] = JSON.stringify(value);
    else columns[column] = value;
  }
  return columns;
}

export type { MediumSql };

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
    tapeState: row.tape_state_json === null ? null : (JSON.parse(row.tape_state_json) as TapeState),
    createdAt: row.created_at,
  };
}
