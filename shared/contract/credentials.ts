import { z } from 'zod';
import { byId, call, done, id, listQuery, objectName, page, timeMs } from './common.ts';

/** Encryption keys of backup files. A passphrase goes in and never comes out again. */
export const keyRow = z.object({ id, name: z.string(), hint: z.string(), createdAt: timeMs, usedBy: z.number().int() });

export const credentials = {
  keys: call('view')
    .route({ method: 'GET', path: '/keys', summary: 'List encryption keys' })
    .input(listQuery)
    .output(page(keyRow)),
  addKey: call('configure')
    .route({ method: 'POST', path: '/keys', summary: 'Add a passphrase for encrypted backups' })
    .input(
      z.object({
        name: objectName,
        hint: z.string().max(200).default(''),
        passphrase: z.string().min(8, 'A passphrase has at least 8 characters.').max(1000),
      }),
    )
    .output(z.object({ id })),
  removeKey: call('configure')
    .route({ method: 'DELETE', path: '/keys/{id}', summary: 'Remove a key that nothing uses' })
    .input(byId)
    .output(done),
};
