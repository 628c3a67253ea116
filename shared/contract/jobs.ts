import { z } from 'zod';
import { jobKindNames, jobSettings } from '../domain/jobs/job-kinds.ts';
import { byId, call, done, id, listQuery, page, sizeBytes, started, timeMs, version } from './common.ts';

export const sessionResult = z.enum(['success', 'warning', 'failed', 'stopped']);

export const jobRow = z.object({
  id,
  version,
  kind: z.enum(jobKindNames),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  sourceSummary: z.string(),
  targetName: z.string(),
  repositoryId: id.nullable().describe('where its restore points stand on disk; null: they do not'),
  runsAfterJobId: id.nullable().describe('the job that its schedule waits for'),
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
    .input(z.object({ id, version, settings: jobSettings }))
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
