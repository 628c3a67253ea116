import type { TapeObject, TapePointRecord } from './tape-records.ts';

/** A row of `tape_points`. */
export interface TapePointSql {
  id: string;
  set_id: string;
  pool_id: string;
  session_uuid: string;
  job_id: string;
  job_name: string;
  machine_id: string;
  machine_name: string;
  platform: string;
  point_uuid: string;
  kind: 'full' | 'increment';
  virtual_full: number;
  created_at: number;
  written_at: number;
  chain_uuid: string;
  file_uuid: string;
  parent_file_uuid: string | null;
  parent_point_uuid: string | null;
  file_name: string;
  path_on_tape: string;
  record_tape_uuid: string | null;
  size_bytes: number;
  sha256: string;
  encrypted: number;
  objects_json: string;
  state: TapePointState;
}

/** Incomplete: no known tape holds a file that it builds on. */
type TapePointState = 'complete' | 'incomplete';

export function tapePointFromSql(row: TapePointSql): TapePointRecord {
  return {
    id: row.id,
    setId: row.set_id,
    poolId: row.pool_id,
    sessionUuid: row.session_uuid,
    jobId: row.job_id,
    jobName: row.job_name,
    machineId: row.machine_id,
    machineName: row.machine_name,
    platform: row.platform,
    pointUuid: row.point_uuid,
    kind: row.kind,
    virtualFull: row.virtual_full === 1,
    createdAt: row.created_at,
    writtenAt: row.written_at,
    chainUuid: row.chain_uuid,
    fileUuid: row.file_uuid,
    parentFileUuid: row.parent_file_uuid,
    parentPointUuid: row.parent_point_uuid,
    fileName: row.file_name,
    pathOnTape: row.path_on_tape,
    recordTapeUuid: row.record_tape_uuid,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    encrypted: row.encrypted === 1,
    objects: JSON.parse(row.objects_json) as TapeObject[],
  };
}
