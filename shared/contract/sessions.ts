import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { sessionKinds } from '../domain/session-types.ts';
import { byId, call, done, id, listQuery, page, sizeBytes, timeMs } from './common.ts';
import { outcomeKinds } from '../domain/outcomes.ts';
import { sessionResult } from './jobs.ts';

export const sessionState = z.enum([
  'starting',
  'working',
  'waiting-tape',
  'waiting-repository',
  'waiting-window',
  'postprocessing',
  'stopping',
  'idle',
]);
export const sessionKind = z.enum(sessionKinds);
const bottleneck = z.enum(['source', 'processing', 'network', 'target', 'tape']);

export const progress = z.object({
  totalBytes: sizeBytes.describe('all there is to deal with; an estimate at first'),
  processedBytes: sizeBytes.describe('of totalBytes, what is dealt with'),
  readBytes: sizeBytes.describe('taken from the source medium'),
  transferredBytes: sizeBytes.describe('written to the target medium'),
  readRateBps: z.number().describe('bytes per second over the last seconds'),
  writeRateBps: z.number(),
  meanRateBps: z.number(),
  bottleneck: bottleneck.nullable(),
});
export type ProgressReport = z.infer<typeof progress>;

export const taskRow = progress.extend({
  id,
  name: z.string(),
  state: z.enum(['pending', 'working', 'done']),
  outcome: z.enum(outcomeKinds).nullable().describe('what became of it; null until it is over'),
  reason: z.string().nullable(),
  startedAt: timeMs.nullable(),
  endedAt: timeMs.nullable(),
});
export type TaskRow = z.infer<typeof taskRow>;

export const sessionRow = progress.extend({
  id,
  kind: sessionKind,
  name: z.string(),
  jobId: id.nullable(),
  parentId: id.nullable().describe('the session that began this one'),
  state: sessionState,
  stateText: z.string().nullable().describe('what it waits for, in words'),
  result: sessionResult.nullable(),
  reason: z.string().nullable(),
  startedAt: timeMs,
  endedAt: timeMs.nullable(),
  taskCount: z.number().int(),
  progressPercent: z.number().nullable(),
});
export type SessionRow = z.infer<typeof sessionRow>;

export const logLine = z.object({
  id: z.number().int(),
  taskId: id.nullable(),
  at: timeMs,
  level: z.enum(['info', 'success', 'warning', 'error']),
  text: z.string(),
  advice: z.string().nullable().describe('what to do about it'),
  durationMs: z.number().int().nullable(),
});
export type LogLine = z.infer<typeof logLine>;

export const throughputSample = z.object({ at: timeMs, readBps: z.number(), writeBps: z.number() });

/** First a snapshot, then what changed; a subscriber that fell behind gets a new snapshot instead of the gap. */
export const sessionUpdate = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    session: sessionRow,
    tasks: z.array(taskRow),
    log: z.array(logLine),
    throughput: z.array(throughputSample),
  }),
  z.object({
    type: z.literal('delta'),
    session: sessionRow.optional(),
    tasks: z.array(taskRow).optional(),
    log: z.array(logLine).optional(),
    throughput: z.array(throughputSample).optional(),
  }),
]);
export type SessionUpdate = z.infer<typeof sessionUpdate>;

export const sessions = {
  list: call('view')
    .route({ method: 'GET', path: '/sessions', summary: 'List sessions, newest first unless sorted' })
    .input(
      listQuery.extend({
        jobId: id.optional(),
        sinceMs: timeMs.optional(),
        running: z.boolean().optional(),
      }),
    )
    .output(page(sessionRow)),
  get: call('view')
    .route({ method: 'GET', path: '/sessions/{id}', summary: 'One session with its tasks and log' })
    .input(byId)
    .output(
      z.object({
        session: sessionRow,
        tasks: z.array(taskRow),
        log: z.array(logLine),
        throughput: z.array(throughputSample),
      }),
    ),
  /** Sessions begin others: retries, jobs that follow. */
  tree: call('view')
    .route({
      method: 'GET',
      path: '/sessions/{id}/tree',
      summary: 'The first session of a tree and all that came of it',
    })
    .input(byId)
    .output(z.array(sessionRow)),
  follow: call('view')
    .input(byId)
    .output(eventIterator(sessionUpdate))
    .route({ method: 'GET', path: '/sessions/{id}/follow', summary: 'Follow a session until it ends' }),
  cancel: call('operate-jobs', 'operate-tape', 'restore')
    .route({ method: 'POST', path: '/sessions/{id}/cancel', summary: 'Stop a session; what is committed stays' })
    .input(byId)
    .output(done),
};
