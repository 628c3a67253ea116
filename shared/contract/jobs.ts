import { z } from 'zod';
import {
  blockSizeBytes,
  byId,
  call,
  codec,
  done,
  id,
  listQuery,
  objectName,
  page,
  platformId,
  retention,
  retry,
  schedule,
  sizeBytes,
  started,
  timeMs,
} from './common.ts';

const filePath = z.string().min(1, 'Enter a path.').max(4096);

export const sourceMachine = z.object({
  id: id.optional().describe('stable id; given by the engine when absent'),
  name: objectName,
  platform: platformId,
  disks: z
    .array(z.object({ path: filePath, name: z.string().min(1).max(120).optional() }))
    .min(1, 'Add at least one disk.')
    .max(64),
});

/** What a backup copy or tape job takes its restore points from. */
export const backupSelection = z.object({
  jobIds: z.array(id).max(1000).default([]),
  repositoryIds: z.array(id).max(1000).default([]),
  excludedMachineIds: z.array(id).max(100_000).default([]),
});

const common = {
  name: objectName,
  description: z.string().max(1000).default(''),
  schedule: schedule.default({ kind: 'manual' }),
  retry: retry.default({ count: 3, waitMinutes: 10 }),
};

export const backupSettings = z.object({
  kind: z.literal('backup'),
  ...common,
  machines: z.array(sourceMachine).min(1, 'Add at least one machine.').max(10_000),
  repositoryId: id,
  retention: retention.default({ kind: 'points', count: 7 }),
  blockSizeBytes: blockSizeBytes.default(1_048_576),
  codec: codec.default('zstd'),
  keyId: id.optional().describe('encryption key from credentials; none: not encrypted'),
});

export const backupCopySettings = z.object({
  kind: z.literal('backup-copy'),
  ...common,
  mode: z.enum(['immediate', 'periodic']).default('immediate'),
  sources: backupSelection,
  repositoryId: id,
  retention: retention.default({ kind: 'points', count: 7 }),
  codec: z.union([z.literal('keep'), codec]).default('keep'),
  keyId: id.optional(),
});

export const backupToTapeSettings = z.object({
  kind: z.literal('backup-to-tape'),
  ...common,
  sources: backupSelection,
  fullPoolId: id,
  incrementPoolId: id.optional().describe('absent: increments are not written to tape'),
  latestPointOnly: z.boolean().default(false),
  virtualFull: schedule.optional().describe('when a new full is synthesised for tape beside the sets’ first ones'),
  parallelDrives: z.number().int().min(1).max(64).default(1),
  ejectMedia: z.boolean().default(false),
  exportMedia: z.boolean().default(false),
  waitForMediaHours: z.number().int().min(0).max(720).default(72),
});

export const jobSettings = z.discriminatedUnion('kind', [backupSettings, backupCopySettings, backupToTapeSettings]);
export type JobSettings = z.infer<typeof jobSettings>;
export type JobSettingsInput = z.input<typeof jobSettings>;
export type JobKind = JobSettings['kind'];

export const sessionResult = z.enum(['success', 'warning', 'failed', 'stopped']);

export const jobRow = z.object({
  id,
  kind: z.enum(['backup', 'backup-copy', 'backup-to-tape']),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  sourceSummary: z.string(),
  targetName: z.string(),
  scheduleText: z.string(),
  nextRunAt: timeMs.nullable(),
  lastResult: sessionResult.nullable(),
  lastRunAt: timeMs.nullable(),
  lastSessionId: id.nullable(),
  runningSessionId: id.nullable(),
  runningState: z.string().nullable(),
  progressPercent: z.number().nullable(),
  nextTape: z
    .object({ text: z.string(), reason: z.string(), mediaId: id.nullable() })
    .nullable()
    .describe('tape jobs: what the allocator would take now, and why'),
});
export type JobRow = z.infer<typeof jobRow>;

/** What a job with these settings would do, in words, before it is saved. */
export const jobPreview = z.object({
  sentences: z.array(z.string()),
  firstRunAt: timeMs.nullable(),
  estimatedBytes: sizeBytes.nullable(),
  arithmetic: z.array(z.string()),
  command: z.string().describe('the same job as a reelvault command line'),
});

export const jobs = {
  list: call('view')
    .route({ method: 'GET', path: '/jobs', summary: 'List jobs' })
    .input(listQuery)
    .output(page(jobRow)),
  get: call('view')
    .route({ method: 'GET', path: '/jobs/{id}', summary: 'One job with its settings' })
    .input(byId)
    .output(jobRow.extend({ settings: jobSettings })),
  create: call('configure')
    .route({ method: 'POST', path: '/jobs', summary: 'Create a job' })
    .input(z.object({ settings: jobSettings, runNow: z.boolean().default(false) }))
    .output(z.object({ id, sessionId: id.nullable() })),
  clone: call('configure')
    .route({ method: 'POST', path: '/jobs/{id}/clone', summary: 'Make a job with the same settings, disabled' })
    .input(byId)
    .output(z.object({ id, name: z.string().describe('a name that no other job has') })),
  update: call('configure')
    .route({ method: 'PUT', path: '/jobs/{id}', summary: 'Change a job' })
    .input(z.object({ id, settings: jobSettings }))
    .output(done),
  remove: call('configure')
    .route({ method: 'DELETE', path: '/jobs/{id}', summary: 'Remove a job; its backups stay' })
    .input(byId)
    .output(done),
  setEnabled: call('configure')
    .route({ method: 'POST', path: '/jobs/{id}/enabled', summary: 'Enable or disable the schedule' })
    .input(z.object({ id, enabled: z.boolean() }))
    .output(done),
  run: call('operate-jobs')
    .route({ method: 'POST', path: '/jobs/{id}/run', summary: 'Start a job now' })
    .input(z.object({ id, activeFull: z.boolean().default(false) }))
    .output(started),
  preview: call('configure')
    .route({ method: 'POST', path: '/jobs/preview', summary: 'Say what a job would do' })
    .input(z.object({ settings: jobSettings }))
    .output(jobPreview),
};
