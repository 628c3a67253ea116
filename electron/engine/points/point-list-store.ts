import type { SQLInputValue } from 'node:sqlite';
import type { Database } from '../database/database.ts';
import { conditionsOf, queryPage } from '../database/page-query.ts';
import { type PageRequest, type PageResult, unknownColumn } from '../database/paging.ts';
import type { Surface } from '../database/unit-of-work.ts';
import { type BackupOrigin, originOfChain } from './origin.ts';
import { keysByGroup, keysOfAll, keysOfGroups, type PointGroup, type PointKey } from './point-keys-store.ts';

/** One restore point at one place, as lists show it. */
export interface PointListRow {
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
  /** `unavailable`: whole when last seen, but its repository cannot be reached now. */
  state: 'complete' | 'incomplete' | 'corrupt' | 'missing' | 'unavailable';
  stateReason: string | null;
  encrypted: boolean;
  /** Absolute; null on tape. */
  path: string | null;
  disks: { id: string; name: string; sizeBytes: number }[];
}

type PointSql = Omit<PointListRow, 'encrypted' | 'disks'> & { encrypted: number; objects: string };

/** A sound point in a repository that cannot be reached now is not available. */
function availableState(alias: string): string {
  return `CASE WHEN ${alias}.state = 'complete' AND r.state <> 'available' THEN 'unavailable' ELSE ${alias}.state END`;
}

const pointRows = `(
  SELECT p.id AS id, p.point_uuid AS pointId, c.id AS backupId, ${originOfChain} AS origin, c.machine_id AS machineId,
    c.machine_name AS machineName, c.platform AS platform, coalesce(j.name, c.job_name) AS jobName, r.id AS locationId,
    r.name AS locationName, p.kind AS kind, p.created_at AS createdAt, p.size_bytes AS sizeBytes,
    ${availableState('p')} AS state,
    CASE WHEN p.state = 'complete' AND r.state <> 'available' THEN r.state_text ELSE p.state_reason END AS stateReason, p.encrypted AS encrypted, r.path || '/' || p.path AS path, p.objects_json AS objects
  FROM points p JOIN chains c ON c.id = p.chain_id JOIN repositories r ON r.id = p.repository_id
    LEFT JOIN jobs j ON j.id = c.job_id
  UNION ALL
  SELECT t.id, t.point_uuid, 'tape:' || t.pool_id || ':' || t.machine_id, 'tape', t.machine_id, t.machine_name,
    t.platform, t.job_name, t.pool_id, o.name, t.kind, t.created_at, t.size_bytes, t.state,
    CASE WHEN t.state = 'complete' THEN NULL ELSE 'No known tape holds the restore point that it builds on.' END,
    t.encrypted, NULL, t.objects_json
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

/**
 * Points of one chain, or of one machine in one pool, that are alike in everything but time and size: with these a list
 * of a million points is counted, and sorted by name.
 */
const groupRows = `(
  SELECT 'disk' AS place, c.id AS placeId, c.id AS backupId, ${originOfChain} AS origin, c.machine_id AS machineId,
    c.machine_name AS machineName, c.platform AS platform, coalesce(j.name, c.job_name) AS jobName, r.id AS locationId,
    r.name AS locationName, g.kind AS kind, ${availableState('g')} AS state, g.state AS storedState,
    g.point_count AS pointCount
  FROM chain_groups g JOIN chains c ON c.id = g.chain_id JOIN repositories r ON r.id = c.repository_id
    LEFT JOIN jobs j ON j.id = c.job_id
  UNION ALL
  SELECT 'tape', g.pool_id, 'tape:' || g.pool_id || ':' || g.machine_id, 'tape', g.machine_id, g.machine_name,
    g.platform, g.job_name, g.pool_id, o.name, g.kind, g.state, g.state, g.point_count
  FROM tape_groups g JOIN pools o ON o.id = g.pool_id
) b`;

const groupColumns: Record<string, string> = {
  machineName: 'machineName COLLATE NOCASE',
  jobName: 'jobName COLLATE NOCASE',
  platform: 'platform',
  locationName: 'locationName COLLATE NOCASE',
  kind: 'kind',
  state: 'state',
  origin: 'origin',
};
const searched = ['machineName', 'jobName', 'locationName'];

export type PointListStore = Surface<SqlPointListStore>;

/** Restore points on disk and on tape as one list; where names are equal, the newest come first. */
export class SqlPointListStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  page(request: PointsRequest): PageResult<PointListRow> {
    const pointwise = ['createdAt', 'sizeBytes'].some((column) => (request.filters?.[column]?.length ?? 0) > 0);
    if (request.ids !== undefined || pointwise) return this.#pageOneByOne(request);
    const database = this.#database;
    const sort = request.sort ?? { by: 'createdAt', direction: 'desc' as const };
    const source = { columns: groupColumns, searched, where: placeConditions(request) };
    const { where, values } = conditionsOf(source, request);
    const sums = database.get<{ total: number; groups: number }>(
      `SELECT coalesce(sum(pointCount), 0) AS total, count(*) AS groups FROM ${groupRows}${where}`,
      ...values,
    );
    const total = sums?.total ?? 0;
    const groups = (order: string): PointGroup[] =>
      database.all<PointGroup>(`SELECT * FROM ${groupRows}${where} ORDER BY ${order}`, ...values);
    const direction = sort.direction === 'desc' ? 'DESC' : 'ASC';
    const { offset, limit } = request;
    let keys: PointKey[];
    if (Object.hasOwn(groupColumns, sort.by)) {
      const order = `${groupColumns[sort.by]} ${direction}, backupId, kind, state`;
      keys = keysByGroup(database, groups(order), offset, limit);
    } else if (sort.by === 'createdAt' || sort.by === 'sizeBytes') {
      const order = { by: sort.by === 'createdAt' ? 'created_at' : 'size_bytes', direction, offset, limit } as const;
      const whole = wholeTables(request);
      keys = whole ? keysOfAll(database, whole, order) : keysOfGroups(database, groups('backupId'), total, order);
    } else {
      throw unknownColumn(sort.by, [...Object.keys(groupColumns), 'createdAt', 'sizeBytes']);
    }
    return { total, rows: this.#rowsOf(keys) };
  }

  /** The rows of these points, in their order. */
  #rowsOf(keys: readonly PointKey[]): PointListRow[] {
    const rows = this.#database.all<PointSql>(
      `SELECT q.* FROM ${pointRows} WHERE id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(keys.map(({ id }) => id)),
    );
    const byKey = new Map(rows.map((row) => [`${row.origin === 'tape' ? 'tape' : 'disk'} ${row.id}`, row]));
    return keys.flatMap(({ place, id }) => byKey.get(`${place} ${id}`) ?? []).map(fromSql);
  }

  /** The same for conditions on single points; looks at each of them. */
  #pageOneByOne(request: PointsRequest): PageResult<PointListRow> {
    const where = placeConditions(request);
    if (request.ids !== undefined) {
      const marks = request.ids.map(() => '?').join(', ');
      where.push({ sql: `id IN (${marks}) OR pointId IN (${marks})`, values: [...request.ids, ...request.ids] });
    }
    const page = queryPage<PointSql>(
      this.#database,
      {
        from: pointRows,
        select: 'q.*',
        columns: { ...groupColumns, createdAt: 'createdAt', sizeBytes: 'sizeBytes' },
        searched,
        defaultSort: { by: 'createdAt', direction: 'desc' },
        tieBreak: request.sort?.direction === 'asc' ? 'id' : 'id DESC',
        where,
      },
      request,
    );
    return { total: page.total, rows: page.rows.map(fromSql) };
  }
}

function fromSql({ objects, encrypted, ...row }: PointSql): PointListRow {
  const disks = (JSON.parse(objects) as PointListRow['disks']).map(({ id, name, sizeBytes }) => ({
    id,
    name,
    sizeBytes,
  }));
  return { ...row, encrypted: encrypted === 1, disks };
}

/** The tables that a request wants all of; undefined where it wants a part of one. */
function wholeTables(request: PointsRequest): PointKey['place'][] | undefined {
  const { origin, backupId, machineId, locationId, search } = request;
  const isPart = [backupId, machineId, locationId].some((value) => value !== undefined) || Boolean(search);
  if (isPart || Object.values(request.filters ?? {}).some((accepted) => accepted.length > 0)) return undefined;
  if (origin === 'tape') return ['tape'];
  return origin === undefined ? ['disk', 'tape'] : undefined;
}

function placeConditions(request: PointsRequest): { sql: string; values: SQLInputValue[] }[] {
  return (['origin', 'backupId', 'machineId', 'locationId'] as const).flatMap((column) => {
    const value = request[column];
    return value === undefined ? [] : [{ sql: `${column} = ?`, values: [value] }];
  });
}
