import type { Database } from '../../database/database.ts';
import type { Surface, UnitOfWork } from '../../database/unit-of-work.ts';
import type { SliceExtent } from '../archive/slice-extents.ts';
import { type PointLinks, PointCompleteness } from './point-completeness-store.ts';
import { tapePointFromSql, type TapePointSql } from './tape-point-row.ts';
import type { TapePartRecord, TapePointRecord } from './tape-records.ts';

interface PartSql {
  tape_point_id: string;
  tape_uuid: string;
  first_slice: number;
  slice_count: number;
  bytes: number;
  extents_json: string;
}

/** Takes the tape's uuid twice. */
const needsTape = '(id IN (SELECT tape_point_id FROM tape_extents WHERE tape_uuid = ?) OR record_tape_uuid = ?)';

export type TapePartSummary = Omit<TapePartRecord, 'extents'>;

/** One writing of one backup file; the same on tape and in every database that catalogued it. */
export function tapePointId(sessionUuid: string, fileUuid: string): string {
  return `${sessionUuid}.${fileUuid}`;
}

export type CatalogueStore = Surface<SqlCatalogueStore>;

/** The working copy of the catalogues on tape: restore points and where their bytes are. The tapes are the truth. */
export class SqlCatalogueStore {
  readonly #database: Database;
  readonly #completeness: PointCompleteness;

  constructor(database: Database) {
    this.#database = database;
    this.#completeness = new PointCompleteness(database);
  }

  /** Adds or replaces a point with all its parts. */
  savePoint(work: UnitOfWork, point: TapePointRecord, parts: TapePartRecord[]): void {
    const links: PointLinks = {
      chain_uuid: point.chainUuid,
      point_uuid: point.pointUuid,
      file_uuid: point.fileUuid,
      parent_file_uuid: point.parentFileUuid,
      parent_point_uuid: point.parentPointUuid,
    };
    const before = this.#database.get<TapePointSql>('SELECT * FROM tape_points WHERE id = ?', point.id);
    const same =
      before !== undefined &&
      Object.entries(links).every(([name, value]) => before[name as keyof PointLinks] === value);
    this.#database.run(work, 'DELETE FROM tape_points WHERE id = ?', point.id);
    if (before && !same) this.#completeness.pointsRemoved(work, [before]);
    const state = same ? before.state : this.#completeness.isComplete(links) ? 'complete' : 'incomplete';
    this.#database.insert(work, 'tape_points', {
      id: point.id,
      set_id: point.setId,
      pool_id: point.poolId,
      session_uuid: point.sessionUuid,
      job_id: point.jobId,
      job_name: point.jobName,
      machine_id: point.machineId,
      machine_name: point.machineName,
      platform: point.platform,
      point_uuid: point.pointUuid,
      kind: point.kind,
      virtual_full: point.virtualFull ? 1 : 0,
      created_at: point.createdAt,
      written_at: point.writtenAt,
      chain_uuid: point.chainUuid,
      file_uuid: point.fileUuid,
      parent_file_uuid: point.parentFileUuid,
      parent_point_uuid: point.parentPointUuid,
      file_name: point.fileName,
      path_on_tape: point.pathOnTape,
      record_tape_uuid: point.recordTapeUuid,
      size_bytes: point.sizeBytes,
      sha256: point.sha256,
      encrypted: point.encrypted ? 1 : 0,
      objects_json: JSON.stringify(point.objects),
      state,
    });
    if (!same && state === 'complete') this.#completeness.pointAdded(work, links);
    for (const part of parts) {
      this.#database.insert(work, 'tape_extents', {
        tape_point_id: point.id,
        tape_uuid: part.tapeUuid,
        first_slice: part.firstSlice,
        slice_count: part.sliceCount,
        bytes: part.bytes,
        extents_json: JSON.stringify(part.extents),
      });
    }
  }

  has(id: string): boolean {
    return this.#database.get('SELECT 1 FROM tape_points WHERE id = ?', id) !== undefined;
  }

  point(id: string): TapePointRecord | undefined {
    const row = this.#database.get<TapePointSql>('SELECT * FROM tape_points WHERE id = ?', id);
    return row && tapePointFromSql(row);
  }

  /** Points of a set, oldest first; of one machine or of all. */
  pointsInSet(setId: string, machineId?: string): TapePointRecord[] {
    const rows =
      machineId === undefined
        ? this.#database.all<TapePointSql>(
            'SELECT * FROM tape_points WHERE set_id = ? ORDER BY machine_id, created_at, id',
            setId,
          )
        : this.#database.all<TapePointSql>(
            'SELECT * FROM tape_points WHERE set_id = ? AND machine_id = ? ORDER BY created_at, id',
            setId,
            machineId,
          );
    return rows.map(tapePointFromSql);
  }

  /** Points of a machine in any set, oldest first. */
  pointsOfMachine(machineId: string): TapePointRecord[] {
    return this.#database
      .all<TapePointSql>('SELECT * FROM tape_points WHERE machine_id = ? ORDER BY created_at, id', machineId)
      .map(tapePointFromSql);
  }

  /** Every copy of a restore point on tape. */
  pointsByUuid(pointUuid: string): TapePointRecord[] {
    return this.#database
      .all<TapePointSql>('SELECT * FROM tape_points WHERE point_uuid = ? ORDER BY written_at, id', pointUuid)
      .map(tapePointFromSql);
  }

  /** Points that need this tape: at least one slice, or the POINT file, is on it. */
  pointsOnTape(tapeUuid: string): TapePointRecord[] {
    return this.#database
      .all<TapePointSql>(
        `SELECT * FROM tape_points WHERE ${needsTape} ORDER BY machine_name COLLATE NOCASE, created_at, id`,
        tapeUuid,
        tapeUuid,
      )
      .map(tapePointFromSql);
  }

  countOnTape(tapeUuid: string): number {
    const counted = this.#database.get<{ n: number }>(
      `SELECT (SELECT count(*) FROM tape_extents WHERE tape_uuid = ?)
         + (SELECT count(*) FROM tape_points WHERE record_tape_uuid = ?) AS n`,
      tapeUuid,
      tapeUuid,
    );
    return counted?.n ?? 0;
  }

  /** The tape itself told that the POINT file of this point is on it. */
  setRecordTape(work: UnitOfWork, id: string, tapeUuid: string): void {
    this.#database.run(
      work,
      `UPDATE tape_points SET record_tape_uuid = ? WHERE id = ? AND record_tape_uuid IS NOT ?
         AND NOT EXISTS (SELECT 1 FROM tape_extents WHERE tape_point_id = ? AND tape_uuid = ?)`,
      tapeUuid,
      id,
      tapeUuid,
      id,
      tapeUuid,
    );
  }

  /** Where a point's bytes are, in the order of the file, without addresses. */
  partSummaries(tapePointId: string): TapePartSummary[] {
    return this.#database
      .all<Omit<PartSql, 'extents_json'>>(
        `SELECT tape_point_id, tape_uuid, first_slice, slice_count, bytes FROM tape_extents
         WHERE tape_point_id = ? ORDER BY first_slice`,
        tapePointId,
      )
      .map(summaryFromSql);
  }

  parts(tapePointId: string): TapePartRecord[] {
    return this.#database
      .all<PartSql>('SELECT * FROM tape_extents WHERE tape_point_id = ? ORDER BY first_slice', tapePointId)
      .map((row) => ({ ...summaryFromSql(row), extents: JSON.parse(row.extents_json) as SliceExtent[] }));
  }

  /** Whether this tape was overwritten or erased, as far as is known here. */
  isGone(tapeUuid: string): boolean {
    return this.#database.get('SELECT 1 FROM gone_tapes WHERE tape_uuid = ?', tapeUuid) !== undefined;
  }

  /** The tape was in hand after all. */
  isThere(work: UnitOfWork, tapeUuid: string): void {
    this.#database.run(work, 'DELETE FROM gone_tapes WHERE tape_uuid = ?', tapeUuid);
  }

  /**
   * Forgets every point that needs this tape, for good: once the tape is overwritten it cannot be restored any more, or
   * nothing but a database would know of it, whatever later tapes of its set tell. Returns how many there were.
   */
  removeTape(work: UnitOfWork, tapeUuid: string): number {
    const gone = this.#database.all<TapePointSql>(`SELECT * FROM tape_points WHERE ${needsTape}`, tapeUuid, tapeUuid);
    const count = this.#database.run(work, `DELETE FROM tape_points WHERE ${needsTape}`, tapeUuid, tapeUuid);
    this.#completeness.pointsRemoved(work, gone);
    this.#database.insert(work, 'gone_tapes', { tape_uuid: tapeUuid }, 'ignore');
    return count;
  }
}

function summaryFromSql(row: Omit<PartSql, 'extents_json'>): TapePartSummary {
  return {
    tapePointId: row.tape_point_id,
    tapeUuid: row.tape_uuid,
    firstSlice: row.first_slice,
    sliceCount: row.slice_count,
    bytes: row.bytes,
  };
}
