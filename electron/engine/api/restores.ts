import { formatCount } from '../../../shared/domain/format.ts';
import { startRestoreDisks } from '../jobs/restore-disks.ts';
import { planRestoreFromTape, runRestoreFromTape } from '../jobs/from-tape/restore-from-tape.ts';
import { OperationError } from '../errors.ts';
import { os } from './implement.ts';
import { responder } from './respond.ts';
import type { Services } from './services.ts';

export const restoresApi = (services: Services) => {
  const respond = responder(services.commits);
  const { tape, sessions, backups, repositories, restoreIntents, dataDir, audit } = services;
  return {
    planFromTape: os.restores.planFromTape.handler(({ input }) =>
      respond(() => {
        const plan = planRestoreFromTape(tape, input.pointIds);
        return {
          tapes: plan.tapes.map((required) => ({
            order: required.order,
            mediaId: required.mediaId,
            barcode: required.barcode ?? required.name,
            where: required.where,
            available: required.available,
            setName: required.setId === null ? null : (tape.store.pools.set(required.setId)?.name ?? null),
            sequence: required.sequence,
            bytes: required.bytes,
          })),
          points: plan.points.map((point) => ({
            pointId: point.selectedId,
            machineName: point.machineName ?? '',
            createdAt: point.createdAt ?? 0,
            files: point.fileCount,
            restorable: point.restorable,
            reason: point.reason,
          })),
          bytes: plan.bytesAtTarget,
        };
      }),
    ),
    fromTape: os.restores.fromTape.handler(({ input, context }) =>
      respond(async () => {
        const repository = repositories.find(input.repositoryId);
        if (!repository) {
          throw new OperationError('There is no such repository.', 'Choose another.', {
            kind: 'not-found',
            field: 'repositoryId',
          });
        }
        const plan = planRestoreFromTape(tape, input.pointIds);
        if (!plan.points.some((point) => point.restorable)) {
          throw new OperationError(
            plan.points[0]?.reason ?? 'Nothing can be restored.',
            'Choose other restore points, or catalogue the tapes they are on.',
            { field: 'pointIds' },
          );
        }
        await repositories.requireAvailable(repository.id);
        audit(
          context.who,
          'restore.from-tape',
          `${formatCount(plan.points.length, 'restore point')} to ${repository.name}`,
        );
        const session = sessions.start(
          { kind: 'restore-from-tape', name: `Restore from tape to ${repository.name}`, who: context.who },
          (running) =>
            runRestoreFromTape({
              tape,
              backups,
              repository: repositories,
              restoreIntents,
              session: running,
              dataDir,
              pointIds: input.pointIds,
              repositoryId: repository.id,
            }),
        );
        return { sessionId: session.id };
      }),
    ),
    disks: os.restores.disks.handler(({ input, context }) =>
      respond(async () => {
        return { sessionId: await startRestoreDisks(services, input, context.who) };
      }),
    ),
  };
};
