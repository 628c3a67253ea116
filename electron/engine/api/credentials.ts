import { usedIds } from '../../../shared/domain/jobs/job-kinds.ts';
import { pageOf } from '../database/paging.ts';
import { OperationError } from '../errors.ts';
import { os } from './implement.ts';
import { ok, responder } from './respond.ts';
import type { Services } from './services.ts';

export const credentialsApi = ({ keys, jobs, repositories, clock, changes, audit, commits }: Services) => {
  const respond = responder(commits);
  const users = (id: string): string[] => [
    ...jobs.store
      .list()
      .filter(({ settings }) => usedIds(settings).includes(id))
      .map((job) => `the job “${job.name}”`),
    ...repositories
      .list()
      .filter((repository) => repository.keyIds.includes(id))
      .map((repository) => `the repository “${repository.name}”`),
  ];
  return {
    keys: os.credentials.keys.handler(({ input }) =>
      respond(() =>
        pageOf(
          keys.list().map((key) => ({ ...key, usedBy: users(key.id).length })),
          input,
          ['name', 'hint'],
        ),
      ),
    ),
    addKey: os.credentials.addKey.handler(({ input, context }) =>
      respond(() => {
        const id = commits.later((work) => keys.add(work, input, clock.now()));
        audit(context.who, 'key.add', input.name);
        changes.publish('keys');
        return { id };
      }),
    ),
    removeKey: os.credentials.removeKey.handler(({ input, context }) =>
      respond(() => {
        const key = keys.list().find((candidate) => candidate.id === input.id);
        if (!key) throw new OperationError('There is no such key.', null, { kind: 'not-found' });
        const using = users(input.id);
        if (using.length > 0) {
          throw new OperationError(
            `“${key.name}” is used by ${using.join(', ')}.`,
            'Without its passphrase those backups cannot be read. Take it out there first.',
          );
        }
        commits.later((work) => keys.remove(work, input.id));
        audit(context.who, 'key.remove', key.name);
        changes.publish('keys');
        return ok;
      }),
    ),
  };
};
