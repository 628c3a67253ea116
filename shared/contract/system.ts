import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { jobKindNames } from '../domain/jobs/job-kinds.ts';
import { call, id, listQuery, page, started, timeMs } from './common.ts';
import { poolKind } from './tape.ts';

export const topic = z.enum(['jobs', 'sessions', 'backups', 'repositories', 'libraries', 'media', 'pools', 'keys']);
export type Topic = z.infer<typeof topic>;

/** What changed, in order. `resync` means that changes were missed: read everything again. */
export const change = z.discriminatedUnion('type', [
  z.object({ type: z.literal('changed'), seq: z.number().int(), topics: z.array(topic) }),
  z.object({ type: z.literal('resync'), seq: z.number().int() }),
]);

export const system = {
  info: call('view')
    .route({ method: 'GET', path: '/system', summary: 'The engine: version, data directory, what the host can do' })
    .output(
      z.object({
        product: z.literal('Reelvault'),
        version: z.string(),
        hostName: z.string(),
        dataDir: z.string(),
        startedAt: timeMs,
        timeZone: z.string(),
        capabilities: z.object({ blockDevices: z.boolean() }),
      }),
    ),
  /** Counts for trees and the status bar. */
  overview: call('view')
    .route({ method: 'GET', path: '/overview', summary: 'Counts of everything, and what needs someone' })
    .output(
      z.object({
        jobs: z.record(z.enum(jobKindNames), z.number()).describe('how many of each kind'),
        backups: z.object({
          disk: z.number(),
          copy: z.number(),
          imported: z.number(),
          orphaned: z.number(),
          tape: z.number(),
        }),
        last24Hours: z.object({
          running: z.number(),
          success: z.number(),
          warning: z.number(),
          failed: z.number(),
          stopped: z.number(),
        }),
        machines: z.number(),
        repositories: z.number(),
        keys: z.number(),
        libraries: z.array(
          z.object({ id, name: z.string(), online: z.boolean(), drives: z.number(), media: z.number() }),
        ),
        pools: z.array(z.object({ id, name: z.string(), kind: poolKind, media: z.number() })),
        onlineMedia: z.number(),
        offlineMedia: z.number(),
        attention: z.array(
          z.object({
            kind: z.enum(['waiting-tape', 'failed-job', 'low-space', 'library-offline', 'repository-unavailable']),
            text: z.string(),
            sessionId: id.nullable(),
          }),
        ),
      }),
    ),
  changes: call('view')
    .input(z.object({ since: z.number().int().optional() }))
    .output(eventIterator(change))
    .route({ method: 'GET', path: '/changes', summary: 'What changes, as it changes' }),
  audit: call('configure')
    .route({ method: 'GET', path: '/audit', summary: 'Who did what' })
    .input(listQuery)
    .output(
      page(z.object({ id: z.number().int(), at: timeMs, who: z.string(), action: z.string(), object: z.string() })),
    ),
  /** A working set to try things on: two repositories, a real disk image, jobs and a virtual library. */
  createSample: call('configure')
    .route({ method: 'POST', path: '/system/sample', summary: 'Try it with a virtual library' })
    .output(started),
};
