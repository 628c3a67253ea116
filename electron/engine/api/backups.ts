import { judge321 } from '../../../shared/domain/rule-321.ts';
import { runDeleteBackup } from '../jobs/delete-backup.ts';
import { runVerify } from '../jobs/verify.ts';
import { OperationError } from '../errors.ts';
import { os } from './implement.ts';
import { responder } from './respond.ts';
import type { Services } from './services.ts';

export const backupsApi = (services: Services) => {
  const respond = responder(services.commits);
  const { sessions, backups, backupList, pointList, tape, audit, repositories } = services;
  return {
    list: os.backups.list.handler(({ input }) => respond(() => backupList.page(input))),
    points: os.backups.points.handler(({ input }) =>
      respond(() => {
        const { total, rows } = pointList.page(input);
        return {
          total,
          rows: rows.map((row) => ({ ...row, tapes: row.origin === 'tape' ? tape.tapesOf(row.id) : [] })),
        };
      }),
    ),
    machines: os.backups.machines.handler(({ input }) =>
      respond(() => {
        const { total, rows } = backupList.machines(input);
        return {
          total,
          rows: rows.map(({ repositories: there, awayRepositories, mediaPools, ...row }) => ({
            ...row,
            rule321: judge321({ repositories: there, awayRepositories, mediaPools }),
          })),
        };
      }),
    ),
    verify: os.backups.verify.handler(({ input, context }) =>
      respond(() => {
        if (!input.pointIds && !input.repositoryId) {
          throw new OperationError('Nothing is selected.', 'Choose restore points or a repository.', {
            kind: 'invalid',
          });
        }
        if (input.repositoryId) repositories.get(input.repositoryId);
        const name = input.repositoryId
          ? `Verification of ${repositories.get(input.repositoryId).name}`
          : `Verification of ${input.pointIds?.length} restore points`;
        const session = sessions.start({ kind: 'verify', name, who: context.who }, (running) =>
          runVerify(services, input, running),
        );
        return { sessionId: session.id };
      }),
    ),
    deleteFromDisk: os.backups.deleteFromDisk.handler(({ input, context }) =>
      respond(() => {
        const chain = backups.chain(input.backupId);
        if (!chain) throw new OperationError('There is no such backup on disk.', null, { kind: 'not-found' });
        if (input.confirm !== chain.machineName) {
          throw new OperationError(
            `This deletes every restore point of “${chain.machineName}” in this backup.`,
            'Type the machine’s name to confirm.',
            { kind: 'confirm', field: 'confirm' },
          );
        }
        audit(context.who, 'backup.delete-from-disk', `${chain.machineName} (${chain.jobName})`);
        const session = sessions.start(
          { kind: 'delete', name: `Deletion of ${chain.machineName}`, who: context.who },
          (running) => runDeleteBackup(services, chain.id, running),
        );
        return { sessionId: session.id };
      }),
    ),
  };
};
