import { repositoryPlace } from '../../../shared/contract/repositories.ts';
import { pageOf } from '../database/paging.ts';
import type { RepositoryRecord } from '../repository/repositories.ts';
import { runRescan } from '../jobs/rescan.ts';
import { OperationError } from '../errors.ts';
import { os } from './implement.ts';
import { ok, responder } from './respond.ts';
import type { Services } from './services.ts';

export const repositoriesApi = (services: Services) => {
  const respond = responder(services.commits);
  const { repositories, sessions, jobs, versions, audit } = services;

  const row = (repository: RepositoryRecord) => {
    const usage = repositories.usage(repository.id);
    return {
      ...repository,
      place: repositoryPlace.parse(repository.place),
      version: versions.of('repository', repository.id),
      usedBytes: usage.bytes,
      pointCount: usage.points,
      machineCount: usage.machines,
    };
  };
  const existing = (id: string): RepositoryRecord => {
    const repository = repositories.find(id);
    if (!repository) {
      throw new OperationError('There is no such repository.', 'It may have been removed.', { kind: 'not-found' });
    }
    return repository;
  };
  const rescan = (id: string, who: string): string => {
    const { name } = existing(id);
    return sessions.start({ kind: 'rescan', name: `Rescan of ${name}`, who }, (session) =>
      runRescan(services, id, session),
    ).id;
  };

  return {
    list: os.repositories.list.handler(({ input }) =>
      respond(() => pageOf(repositories.list().map(row), input, ['name', 'path', 'description'])),
    ),
    get: os.repositories.get.handler(({ input }) => respond(() => row(existing(input.id)))),
    inspect: os.repositories.inspect.handler(({ input }) => respond(() => repositories.inspect(input.place))),
    add: os.repositories.add.handler(({ input, context }) =>
      respond(async () => {
        const added = await repositories.add(input.settings, input.createFolder);
        audit(context.who, 'repository.add', input.settings.name);
        return { id: added.id, sessionId: added.existed ? rescan(added.id, context.who) : null };
      }),
    ),
    update: os.repositories.update.handler(({ input, context }) =>
      respond(async () => {
        const { name, description, place, keyIds } = existing(input.id);
        const also = versions.edit({
          kind: 'repository',
          id: input.id,
          title: `The repository “${name}”`,
          version: input.version,
          who: context.who,
          before: { name, description, place, keyIds },
          after: input.settings,
        });
        await repositories.update(input.id, input.settings, also);
        audit(context.who, 'repository.update', input.settings.name);
        return ok;
      }),
    ),
    rescan: os.repositories.rescan.handler(({ input, context }) =>
      respond(async () => {
        existing(input.id);
        await repositories.requireAvailable(input.id);
        return { sessionId: rescan(input.id, context.who) };
      }),
    ),
    remove: os.repositories.remove.handler(({ input, context }) =>
      respond(() => {
        const repository = existing(input.id);
        const user = jobs.using(input.id);
        if (user) {
          throw new OperationError(
            `The job “${user.name}” uses the repository “${repository.name}”.`,
            'Change or remove the job first. Nothing was removed.',
          );
        }
        repositories.remove(input.id);
        audit(context.who, 'repository.remove', repository.name);
        return ok;
      }),
    ),
  };
};
