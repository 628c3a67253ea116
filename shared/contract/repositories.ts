import { z } from 'zod';
import { byId, call, done, id, listQuery, objectName, page, sizeBytes, started, version } from './common.ts';

/** One for each kind of repository (engine: repository/kinds/). */
export const repositoryPlace = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('directory').describe('a folder of a local disk or of a mounted share'),
    path: z.string().min(1, 'Enter a folder.').max(4096),
    requireMount: z
      .boolean()
      .default(false)
      .describe('the folder must be on another file system than its parent: refuse to write when a mount is missing'),
  }),
]);

export const repositorySettings = z.object({
  name: objectName,
  description: z.string().max(1000).default(''),
  place: repositoryPlace,
  keyIds: z.array(id).max(100).default([]).describe('encryption keys tried when this repository is read'),
});
export type RepositorySettings = z.infer<typeof repositorySettings>;

export const repositoryRow = z.object({
  id,
  version,
  name: z.string(),
  description: z.string(),
  place: repositoryPlace,
  path: z.string().describe('where it is, in words'),
  state: z.enum(['available', 'unavailable']),
  stateText: z.string().nullable(),
  capacityBytes: sizeBytes.nullable(),
  freeBytes: sizeBytes.nullable(),
  usedBytes: sizeBytes.describe('backup files known here'),
  pointCount: z.number().int(),
  machineCount: z.number().int(),
  keyIds: z.array(id),
});
export type RepositoryRow = z.infer<typeof repositoryRow>;

export const repositories = {
  list: call('view')
    .route({ method: 'GET', path: '/repositories', summary: 'List backup repositories' })
    .input(listQuery)
    .output(page(repositoryRow)),
  get: call('view')
    .route({ method: 'GET', path: '/repositories/{id}', summary: 'One repository' })
    .input(byId)
    .output(repositoryRow),
  add: call('configure')
    .route({
      method: 'POST',
      path: '/repositories',
      summary: 'Make a place a repository, or take one over and read what is in it',
    })
    .input(z.object({ settings: repositorySettings, createFolder: z.boolean().default(true) }))
    .output(z.object({ id, sessionId: id.nullable().describe('the rescan of backups found there') })),
  update: call('configure')
    .route({ method: 'PUT', path: '/repositories/{id}', summary: 'Change a repository' })
    .input(z.object({ id, version, settings: repositorySettings }))
    .output(done),
  /** What Add Repository shows before it is saved. */
  inspect: call('configure')
    .route({ method: 'POST', path: '/repositories/inspect', summary: 'Look at a place before adding it' })
    .input(z.object({ place: repositoryPlace }))
    .output(
      z.object({
        exists: z.boolean(),
        isMountPoint: z.boolean(),
        writable: z.boolean(),
        capacityBytes: sizeBytes.nullable(),
        freeBytes: sizeBytes.nullable(),
        repositoryId: id.nullable().describe('it already is a repository'),
        problem: z.string().nullable(),
      }),
    ),
  rescan: call('operate-jobs')
    .route({ method: 'POST', path: '/repositories/{id}/rescan', summary: 'Read what is on disk and reconcile' })
    .input(byId)
    .output(started),
  remove: call('configure')
    .route({ method: 'DELETE', path: '/repositories/{id}', summary: 'Remove from configuration; files stay' })
    .input(byId)
    .output(done),
};
