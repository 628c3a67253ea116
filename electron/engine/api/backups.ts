import { judge321 } from '../../../shared/domain/rule-321.ts';
import { queryPage } from '../database/page-query.ts';
import { runDeleteBackup } from '../jobs/delete-backup.ts';
import { runVerify } from '../jobs/verify.ts';
import { OperationError } from '../errors.ts';
import { os } from './implement.ts';
import { pagePoints } from './points.ts';
import { responder } from './respond.ts';
import type { Services } from './services.ts';
import { originOfChain } from './origin.ts';

interface BackupSql {
  id: string;
  origin: 'disk' | 'copy' | 'imported' | 'orphaned' | 'tape';
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
  bad: number;
  /** 1: its repository cannot be reached now. */
  away: number;
}

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

export const backupsApi = (services: Services) => {
  const respond = responder(services.database);
  // Only points that can be restored count: a missing or damaged copy is none.
  const { database, sessions, backups, audit, repositories } = services;
  return {
    list: os.backups.list.handler(({ input }) =>
      respond(() => {
        const page = queryPage<BackupSql>(
          database,
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
              ...(input.origin ? [{ sql: 'origin = ?', values: [input.origin] }] : []),
              ...(input.machineId ? [{ sql: 'machineId = ?', values: [input.machineId] }] : []),
            ],
          },
          input,
        );
        return {
          total: page.total,
          rows: page.rows.map(({ bad, away, ...row }) => ({
            ...row,
            state: away ? ('unavailable' as const) : bad > 0 ? ('incomplete' as const) : ('complete' as const),
          })),
        };
      }),
    ),
    points: os.backups.points.handler(({ input }) => respond(() => pagePoints(services, input))),
    machines: os.backups.machines.handler(({ input }) =>
      respond(() => {
        const page = queryPage<{
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
        }>(
          database,
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
          input,
        );
        return {
          total: page.total,
          rows: page.rows.map(({ repositories, awayRepositories, mediaPools, ...row }) => ({
            ...row,
            rule321: judge321({ repositories, awayRepositories, mediaPools }),
          })),
        };
      }),
    ),
    verify: os.backups.verify.handler(({ input, context }) =>
      respond(() => {
        if (!input.pointIds && !input.repositoryId) {
          throw new OperationError('Nothing is selected.', 'Choose restore points or a repository.', {
            kind: 'invalid',
          });
        }
        if (input.repositoryId) repositories.get(input.repositoryId);
        const name = input.repositoryId
          ? `Verification of ${repositories.get(input.repositoryId).name}`
          : `Verification of ${input.pointIds?.length} restore points`;
        const session = sessions.start({ kind: 'verify', name, who: context.who }, (running) =>
          runVerify(services, input, running),
        );
        return { sessionId: session.id };
      }),
    ),
    deleteFromDisk: os.backups.deleteFromDisk.handler(({ input, context }) =>
      respond(() => {
        const chain = backups.chain(input.backupId);
        if (!chain) throw new OperationError('There is no such backup on disk.', null, { kind: 'not-found' });
        if (input.confirm !== chain.machineName) {
          throw new OperationError(
            `This deletes every restore point of “${chain.machineName}” in this backup.`,
            'Type the machine’s name to confirm.',
            { kind: 'confirm', field: 'confirm' },
          );
        }
        audit(context.who, 'backup.delete-from-disk', `${chain.machineName} (${chain.jobName})`);
        const session = sessions.start(
          { kind: 'delete', name: `Deletion of ${chain.machineName}`, who: context.who },
          (running) => runDeleteBackup(services, chain.id, running),
        );
        return { sessionId: session.id };
      }),
    ),
  };
};
