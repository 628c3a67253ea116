import type { Database } from '../database/database.ts';
import { queryPage } from '../database/page-query.ts';
import type { PageRequest, PageResult } from '../database/paging.ts';
import type { Surface } from '../database/unit-of-work.ts';
import { type BackupOrigin, originOfChain } from './origin.ts';

/** One machine's chain in one repository, or its points on tape in one media pool. */
export interface BackupListRow {
  id: string;
  origin: BackupOrigin;
  jobName: string;
  machineId: string;
  machineName: string;
  platform: string;
  locationId: string;
  locationName: string;
  pointCount: number;
  newestPointAt: number | null;
  oldestPointAt: number | null;
  sizeBytes: number;
  state: 'complete' | 'incomplete' | 'unavailable';
}

/** Where the points of a machine are. Only points that can be restored count: a missing or damaged copy is none. */
export interface MachineListRow {
  id: string;
  name: string;
  platform: string;
  primaryPoints: number;
  copyPoints: number;
  tapePoints: number;
  newestPointAt: number | null;
  repositories: number;
  awayRepositories: number;
  mediaPools: number;
}

export interface BackupsRequest extends PageRequest {
  origin?: BackupOrigin | undefined;
  machineId?: string | undefined;
}

/** `bad`: points that are not whole. `away`: its repository cannot be reached now. */
type BackupSql = Omit<BackupListRow, 'state'> & { goodCount: number; bad: number; away: number };

// One row per chain in a repository and per machine in a media pool, as one table to page through.
const backupRows = `(
  SELECT c.id AS id, ${originOfChain} AS origin, coalesce(j.name, c.job_name) AS jobName, c.machine_id AS machineId,
    c.machine_name AS machineName, c.platform AS platform, r.id AS locationId, r.name AS locationName,
    coalesce(sum(g.point_count), 0) AS pointCount,
    coalesce(sum(CASE WHEN g.state = 'complete' AND r.state = 'available' THEN g.point_count END), 0) AS goodCount,
    max(g.newest_at) AS newestPointAt, min(g.oldest_at) AS oldestPointAt, coalesce(sum(g.size_bytes), 0) AS sizeBytes,
    sum(CASE WHEN g.state <> 'complete' THEN g.point_count ELSE 0 END) AS bad, r.state <> 'available' AS away
  FROM chains c JOIN repositories r ON r.id = c.repository_id LEFT JOIN jobs j ON j.id = c.job_id
    LEFT JOIN chain_groups g ON g.chain_id = c.id
  GROUP BY c.id
  UNION ALL
  SELECT 'tape:' || g.pool_id || ':' || g.machine_id, 'tape', max(g.job_name), g.machine_id, max(g.machine_name),
    max(g.platform), g.pool_id, o.name, sum(g.point_count),
    sum(CASE WHEN g.state = 'complete' THEN g.point_count ELSE 0 END), max(g.newest_at), min(g.oldest_at),
    sum(g.size_bytes), sum(CASE WHEN g.state <> 'complete' THEN g.point_count ELSE 0 END), 0
  FROM tape_groups g JOIN pools o ON o.id = g.pool_id GROUP BY g.pool_id, g.machine_id
) b`;

export type BackupListStore = Surface<SqlBackupListStore>;

/** Backups in repositories and on tape as one list. */
export class SqlBackupListStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  page(request: BackupsRequest): PageResult<BackupListRow> {
    const page = queryPage<BackupSql>(
      this.#database,
      {
        from: backupRows,
        select: 'b.*',
        columns: {
          machineName: 'machineName COLLATE NOCASE',
          jobName: 'jobName COLLATE NOCASE',
          platform: 'platform',
          locationName: 'locationName COLLATE NOCASE',
          locationId: 'locationId',
          origin: 'origin',
          pointCount: 'pointCount',
          newestPointAt: 'newestPointAt',
          oldestPointAt: 'oldestPointAt',
          sizeBytes: 'sizeBytes',
          state: "CASE WHEN away THEN 'unavailable' WHEN bad > 0 THEN 'incomplete' ELSE 'complete' END",
        },
        searched: ['machineName', 'jobName', 'locationName'],
        defaultSort: { by: 'machineName', direction: 'asc' },
        tieBreak: 'id',
        where: [
          ...(request.origin ? [{ sql: 'origin = ?', values: [request.origin] }] : []),
          ...(request.machineId ? [{ sql: 'machineId = ?', values: [request.machineId] }] : []),
        ],
      },
      request,
    );
    return {
      total: page.total,
      rows: page.rows.map(({ goodCount: _good, bad, away, ...row }) => ({
        ...row,
        state: away ? 'unavailable' : bad > 0 ? 'incomplete' : 'complete',
      })),
    };
  }

  machines(request: PageRequest): PageResult<MachineListRow> {
    return queryPage(
      this.#database,
      {
        from: `(SELECT machineId AS id, max(machineName) AS name, max(platform) AS platform,
            sum(CASE WHEN origin = 'disk' THEN goodCount ELSE 0 END) AS primaryPoints,
            sum(CASE WHEN origin IN ('copy', 'imported', 'orphaned') THEN goodCount ELSE 0 END) AS copyPoints,
            sum(CASE WHEN origin = 'tape' THEN goodCount ELSE 0 END) AS tapePoints,
            max(newestPointAt) AS newestPointAt,
            count(DISTINCT CASE WHEN origin <> 'tape' AND goodCount > 0 THEN locationId END) AS repositories,
            count(DISTINCT CASE WHEN away AND pointCount > bad THEN locationId END) AS awayRepositories,
            count(DISTINCT CASE WHEN origin = 'tape' AND goodCount > 0 THEN locationId END) AS mediaPools
          FROM ${backupRows} GROUP BY machineId) m`,
        select: '*',
        columns: {
          name: 'name COLLATE NOCASE',
          platform: 'platform',
          primaryPoints: 'primaryPoints',
          copyPoints: 'copyPoints',
          tapePoints: 'tapePoints',
          newestPointAt: 'newestPointAt',
          // The same as judge321 says, where SQLite has to choose and sort.
          rule321: "CASE WHEN mediaPools > 0 AND repositories + mediaPools >= 2 THEN 'holds' ELSE 'missing' END",
        },
        searched: ['name', 'platform'],
        defaultSort: { by: 'name', direction: 'asc' },
        tieBreak: 'id',
      },
      request,
    );
  }

  /** How many backups stand at each place of the tree, and how many machines they are of. */
  counts(): { backups: Record<BackupOrigin, number>; machines: number } {
    const backups = { disk: 0, copy: 0, imported: 0, orphaned: 0, tape: 0 };
    const onDisk = this.#database.all<{ origin: BackupOrigin; n: number }>(
      `SELECT ${originOfChain} AS origin, count(*) AS n FROM chains c LEFT JOIN jobs j ON j.id = c.job_id GROUP BY 1`,
    );
    for (const { origin, n } of onDisk) backups[origin] = n;
    backups.tape = this.#count('SELECT DISTINCT pool_id, machine_id FROM tape_groups');
    return { backups, machines: this.#count('SELECT machine_id FROM chains UNION SELECT machine_id FROM tape_groups') };
  }

  #count(rows: string): number {
    return this.#database.get<{ n: number }>(`SELECT count(*) AS n FROM (${rows})`)?.n ?? 0;
  }
}
