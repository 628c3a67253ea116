import { z } from 'zod';
import { call, sizeBytes, timeMs } from './common.ts';

export const sources = {
  /** The engine's own file system, for pickers: a browser cannot see it. */
  browse: call('restore', 'configure')
    .route({ method: 'GET', path: '/sources/browse', summary: 'List a folder on the backup server' })
    .input(z.object({ path: z.string().max(4096).default('/'), only: z.enum(['folders', 'all']).default('all') }))
    .output(
      z.object({
        path: z.string(),
        parent: z.string().nullable(),
        entries: z.array(
          z.object({
            name: z.string(),
            path: z.string(),
            kind: z.enum(['folder', 'file', 'block-device']),
            sizeBytes: sizeBytes.nullable(),
            modifiedAt: timeMs.nullable(),
          }),
        ),
        truncated: z.boolean(),
      }),
    ),
  inspectDisk: call('configure')
    .route({ method: 'GET', path: '/sources/disk', summary: 'Can a backup read this disk image or block device?' })
    .input(z.object({ path: z.string().min(1).max(4096) }))
    .output(
      z.object({ path: z.string(), kind: z.string().describe('kind of source that reads it, e.g. raw'), sizeBytes }),
    ),
};
