import { z } from 'zod';
import { call, id, sizeBytes, started, timeMs } from './common.ts';

export const requiredTape = z.object({
  order: z.number().int(),
  mediaId: id,
  barcode: z.string(),
  where: z.string(),
  available: z.boolean(),
  setName: z.string().nullable(),
  sequence: z.number().int().nullable(),
  bytes: sizeBytes,
});
export type RequiredTape = z.infer<typeof requiredTape>;

export const restores = {
  /** Before anything moves: which tapes a restore needs, where each is, and what has to be brought in. */
  planFromTape: call('restore')
    .route({ method: 'POST', path: '/restores/from-tape/plan', summary: 'Tapes required by a restore from tape' })
    .input(z.object({ pointIds: z.array(id).min(1, 'Choose at least one restore point.').max(10_000) }))
    .output(
      z.object({
        tapes: z.array(requiredTape),
        points: z.array(
          z.object({
            pointId: id,
            machineName: z.string(),
            createdAt: timeMs,
            files: z.number().int(),
            restorable: z.boolean(),
            reason: z.string(),
          }),
        ),
        bytes: sizeBytes,
      }),
    ),
  fromTape: call('restore')
    .route({ method: 'POST', path: '/restores/from-tape', summary: 'Restore backups from tape to a repository' })
    .input(z.object({ pointIds: z.array(id).min(1).max(10_000), repositoryId: id }))
    .output(started),
  disks: call('restore')
    .route({ method: 'POST', path: '/restores/disks', summary: 'Write disks of a restore point to raw files' })
    .input(
      z.object({
        pointId: id,
        diskIds: z.array(id).max(64).optional().describe('absent: all disks'),
        folder: z.string().min(1, 'Enter a folder.').max(4096),
        overwrite: z.boolean().default(false),
      }),
    )
    .output(started),
};
