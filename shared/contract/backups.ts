import { z } from 'zod';
import { call, id, listQuery, page, platformId, sizeBytes, started, timeMs } from './common.ts';

/** Where a backup stands in the tree: Disk, Disk (Copy), Disk (Imported), Disk (Orphaned), Tape. */
export const backupOrigin = z.enum(['disk', 'copy', 'imported', 'orphaned', 'tape']);
export type BackupOrigin = z.infer<typeof backupOrigin>;

/** One machine's chain in one repository, or its points on tape in one media pool. */
export const backupRow = z.object({
  id,
  origin: backupOrigin,
  jobName: z.string(),
  machineId: id,
  machineName: z.string(),
  platform: platformId,
  locationId: id.describe('repository, or media pool for tape'),
  locationName: z.string(),
  pointCount: z.number().int(),
  newestPointAt: timeMs.nullable(),
  oldestPointAt: timeMs.nullable(),
  sizeBytes,
  state: z.enum(['complete', 'incomplete', 'unavailable']),
});
export type BackupRow = z.infer<typeof backupRow>;

export const pointRow = z.object({
  id: id.describe('one restore point at one place'),
  pointId: id.describe('the same for every copy of a restore point'),
  backupId: id,
  origin: backupOrigin,
  machineId: id,
  machineName: z.string(),
  platform: platformId,
  jobName: z.string(),
  locationId: id,
  locationName: z.string(),
  kind: z.enum(['full', 'increment']),
  createdAt: timeMs,
  sizeBytes,
  state: z
    .enum(['complete', 'incomplete', 'corrupt', 'missing', 'unavailable'])
    .describe('unavailable: whole when last seen, but its repository cannot be reached now'),
  stateReason: z.string().nullable(),
  encrypted: z.boolean(),
  path: z.string().nullable(),
  disks: z.array(z.object({ id, name: z.string(), sizeBytes })),
  tapes: z.array(z.object({ mediaId: id, barcode: z.string(), where: z.string(), available: z.boolean() })),
});
export type PointRow = z.infer<typeof pointRow>;

/** For each machine, where its points are, and whether three copies on two media, one offline, exist. */
export const machineRow = z.object({
  id,
  name: z.string(),
  platform: platformId,
  primaryPoints: z.number().int(),
  copyPoints: z.number().int(),
  tapePoints: z.number().int(),
  newestPointAt: timeMs.nullable(),
  rule321: z.object({
    holds: z.boolean(),
    reason: z.string(),
    parts: z
      .array(
        z.object({ number: z.union([z.literal(3), z.literal(2), z.literal(1)]), holds: z.boolean(), text: z.string() }),
      )
      .describe('three copies, two kinds of media, one apart'),
  }),
});

export const backups = {
  list: call('view')
    .route({ method: 'GET', path: '/backups', summary: 'List backups: machines by place' })
    .input(listQuery.extend({ origin: backupOrigin.optional(), machineId: id.optional() }))
    .output(page(backupRow)),
  points: call('view')
    .route({ method: 'GET', path: '/points', summary: 'List restore points' })
    .input(
      listQuery.extend({
        ids: z.array(id).max(1000).optional().describe('only these: ids of copies, or of points wherever they are'),
        origin: backupOrigin.optional(),
        backupId: id.optional(),
        machineId: id.optional(),
        locationId: id.optional(),
      }),
    )
    .output(page(pointRow)),
  machines: call('view')
    .route({ method: 'GET', path: '/machines', summary: 'Where each machine’s points are' })
    .input(listQuery)
    .output(page(machineRow)),
  verify: call('operate-jobs')
    .route({ method: 'POST', path: '/points/verify', summary: 'Check restore points by checksum or content digest' })
    .input(
      z.object({
        pointIds: z.array(id).max(10_000).optional(),
        repositoryId: id.optional(),
        level: z.enum(['checksums', 'digests']).default('digests'),
      }),
    )
    .output(started),
  deleteFromDisk: call('configure')
    .route({ method: 'POST', path: '/backups/delete-from-disk', summary: 'Delete a backup’s files' })
    .input(z.object({ backupId: id, confirm: z.string().describe('the machine’s name, typed') }))
    .output(started),
};
