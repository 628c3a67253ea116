import type { SQLInputValue } from 'node:sqlite';
import type { BackupOrigin, PointRow } from '../../../shared/contract/backups.ts';
import { type PageRequest, queryPage } from '../database/page-query.ts';
import { originOfChain } from './origin.ts';
import type { Services } from './services.ts';

interface PointSql {
  id: string;
  pointId: string;
  backupId: string;
  origin: BackupOrigin;
  machineId: string;
  machineName: string;
  platform: string;
  jobName: string;
  locationId: string;
  locationName: string;
  kind: 'full' | 'increment';
  createdAt: number;
  sizeBytes: number;
  state: PointRow['state'];
  stateReason: string | null;
  encrypted: number;
  path: string | null;
  objects: string;
}

const pointRows = `(
  SELECT p.id AS id, p.point_uuid AS pointId, c.id AS backupId, ${originOfChain} AS origin, c.machine_id AS machineId,
    c.machine_name AS machineName, c.platform AS platform, coalesce(j.name, c.job_name) AS jobName, r.id AS locationId,
    r.name AS locationName, p.kind AS kind, p.created_at AS createdAt, p.size_bytes AS sizeBytes,
    CASE WHEN p.state = 'complete' AND r.state <> 'available' THEN 'unavailable' ELSE p.state END AS state,
    CASE WHEN p.state = 'complete' AND r.state <> 'available' THEN r.state_text ELSE p.state_reason END AS stateReason, p.encrypted AS encrypted, r.path || '/' || p.path AS path, p.objects_json AS objects
  FROM points p JOIN chains c ON c.id = p.chain_id JOIN repositories r ON r.id = p.repository_id
    LEFT JOIN jobs j ON j.id = c.job_id
  UNION ALL
  SELECT t.id, t.point_uuid, 'tape:' || t.pool_id || ':' || t.machine_id, 'tape', t.machine_id, t.machine_name,
    t.platform, t.job_name, t.pool_id, o.name, t.kind, t.created_at, t.size_bytes, 'complete', NULL, t.encrypted, NULL,
    t.objects_json
  FROM tape_points t JOIN pools o ON o.id = t.pool_id
) q`;

export interface PointsRequest extends PageRequest {
  /** Ids of copies, or of points wherever they are. */
  ids?: string[] | undefined;
  origin?: BackupOrigin | undefined;
  backupId?: string | undefined;
  machineId?: string | undefined;
  locationId?: string | undefined;
}

/** Restore points on disk and on tape as one list. */
export function pagePoints(services: Services, request: PointsRequest): { rows: PointRow[]; total: number } {
  const where: { sql: string; values: SQLInputValue[] }[] = [];
  for (const column of ['origin', 'backupId', 'machineId', 'locationId'] as const) {
    const value = request[column];
    if (value !== undefined) where.push({ sql: `${column} = ?`, values: [value] });
  }
  if (request.ids !== undefined) {
    const marks = request.ids.map(() => '?').join(', ');
    where.push({ sql: `id IN (${marks}) OR pointId IN (${marks})`, values: [...request.ids, ...request.ids] });
  }
  const page = queryPage<PointSql>(
    services.database,
    {
      from: pointRows,
      select: 'q.*',
      columns: {
        createdAt: 'createdAt',
        machineName: 'machineName COLLATE NOCASE',
        jobName: 'jobName COLLATE NOCASE',
        platform: 'platform',
        locationName: 'locationName COLLATE NOCASE',
        kind: 'kind',
        sizeBytes: 'sizeBytes',
        state: 'state',
        origin: 'origin',
      },
      searched: ['machineName', 'jobName', 'locationName'],
      defaultSort: { by: 'createdAt', direction: 'desc' },
      tieBreak: 'id',
      where,
    },
    request,
  );
  const tapeIds = page.rows.filter((row) => row.origin === 'tape').map((row) => row.id);
  const withoutAncestors = services.tape.store.catalogue.withoutAncestors(tapeIds);
  return {
    total: page.total,
    rows: page.rows.map(({ objects, encrypted, ...row }) => ({
      ...row,
      ...(withoutAncestors.has(row.id)
        ? { state: 'incomplete' as const, stateReason: 'No known tape holds the restore point that it builds on.' }
        : {}),
      encrypted: encrypted === 1,
      disks: (JSON.parse(objects) as PointRow['disks']).map((disk) => ({
        id: disk.id,
        name: disk.name,
        sizeBytes: disk.sizeBytes,
      })),
      tapes: row.origin === 'tape' ? services.tape.tapesOf(row.id) : [],
    })),
  };
}
