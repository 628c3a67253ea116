import { randomUUID } from 'node:crypto';
import { type CopyItem, planCopy } from '../../../../shared/domain/copy-plan.ts';
import { type BackupCopySettings, copyMode } from '../../../../shared/domain/jobs/backup-copy.ts';
import type { PointRecord } from '../../repository/backup-store.ts';
import { OperationError } from '../../errors.ts';
import type { RunningSession, Task } from '../../sessions/running-session.ts';
import { applyRetention } from '../chain-retention.ts';
import { pointsInOrder } from '../points-in-order.ts';
import { eachTask } from '../each-task.ts';
import { type EngineContext, folderLock } from '../engine-context.ts';
import { type CopyTask, type PointToCopy, runCopyTask } from '../tasks/copy-task.ts';
import { registersPointsOf } from '../register-point.ts';
import { handOut } from '../tasks/hand-out.ts';
import {
  lookAtSources,
  removedSources,
  type SelectedMachine,
  surveySelection,
  tellPartial,
  tellUnreadable,
  type UnreadableMachine,
} from '../selection.ts';
import type { JobRun, JobRunner } from './kind.ts';

type BackupCopyRun = JobRun<BackupCopySettings>;

export const backupCopyRunner: JobRunner<BackupCopySettings> = {
  kind: 'backup-copy',
  run: runBackupCopy,
  look: lookAtSources,
  rescans: ({ repositoryId }) => [repositoryId],
};

/**
 * Backup copy: for each machine the restore points that the target lacks, the first as a full synthesised from the
 * source chain, then increments. Stored blocks are moved as they are and verified on the way.
 */
async function runBackupCopy(context: EngineContext, run: BackupCopyRun, session: RunningSession): Promise<void> {
  const { settings } = run;
  const { backups, repositories } = context;
  await repositories.requireAvailable(settings.repositoryId);
  if (settings.keyId) repositories.rememberKey(settings.repositoryId, settings.keyId);
  const survey = surveySelection(backups, repositories.contents, settings.sources, run.jobId);
  const { machines } = survey;
  const partial = tellUnreadable(session, survey.unreadable, removedSources(context, settings.sources));
  if (machines.length === 0 && session.tasks.length === 0) {
    session.log('info', 'Nothing to copy yet: the selected jobs and repositories hold no complete restore point.');
    return;
  }
  await eachTask(
    session,
    machines,
    ({ machineName }) => ({ name: machineName }),
    (machine, task) => copyMachine(context, run, { ...machine, unread: partial.get(machine.machineId) }, session, task),
  );
  await repositories.refresh(settings.repositoryId);
}

async function copyMachine(
  context: EngineContext,
  run: BackupCopyRun,
  machine: SelectedMachine & { unread: UnreadableMachine | undefined },
  session: RunningSession,
  task: Task,
): Promise<void> {
  const { settings } = run;
  const { backups, repositories, clock } = context;
  if (machine.chain.repositoryId === settings.repositoryId) {
    throw new OperationError(
      `${machine.machineName} is already in the target repository: a copy beside its source is no second copy.`,
      'Choose another target, or leave this machine out.',
    );
  }
  const who = { id: machine.machineId, name: machine.machineName };
  const folder = repositories.machineFolder(settings.repositoryId, settings.name, who);
  const release = await context.locks.acquire(
    [
      folderLock(machine.chain.repositoryId, machine.chain.folder, 'shared'),
      folderLock(settings.repositoryId, folder, 'exclusive'),
    ],
    session.owner,
    session.signal,
    (holder) => task.log('info', `Waiting: ${holder} uses this machine’s backup files.`),
  );
  try {
    await repositories.requireAvailable(machine.chain.repositoryId);
    // What stood there before the lock may have been merged meanwhile.
    const source = repositories.contents.completePoints(machine.chain.id);
    const target = targetPoints(context, run, machine.machineId);
    const plan = planCopy({
      source: source.map(({ point }) => ({
        pointUuid: point.pointUuid,
        createdAt: point.createdAt,
        complete: true,
      })),
      target: target.map((point) => ({
        pointUuid: point.pointUuid,
        createdAt: point.createdAt,
        complete: point.state === 'complete',
      })),
      mode: copyMode(settings),
      fullBecause: run.activeFull
        ? 'An active full was asked for.'
        : encryptionSwitched(source.at(-1)?.point, target, settings),
      evenAgain: run.activeFull,
    });
    if (plan.items.length === 0) {
      task.log('info', 'Up to date: the target holds the newest restore point.');
    }
    const points = plan.items.length === 0 ? [] : pointsToCopy(context, plan.items, source, target, folder);
    if (!settings.keyId && source.some(({ path }) => path.some((file) => file.encrypted))) {
      // Copies stay under the key of their source: the target has to know it, too.
      const { keyIds } = repositories.get(machine.chain.repositoryId);
      for (const keyId of keyIds) repositories.rememberKey(settings.repositoryId, keyId);
    }
    const value: CopyTask = {
      machine: { ...who, platform: machine.platform },
      job: { id: run.jobId, name: settings.name },
      targetRepositoryId: settings.repositoryId,
      codec: settings.codec,
      encryption: settings.keyId ? { passphrase: context.keys.passphrase(settings.keyId) } : undefined,
      keys: repositories.keysFor(machine.chain.repositoryId, settings.keyId ? [settings.keyId] : []),
      points,
    };
    await handOut(runCopyTask, value, {
      task,
      repositories,
      signal: session.signal,
      now: () => clock.now(),
      commit: registersPointsOf(context, run.jobId),
    });
    session.setState('postprocessing');
    const chains = ownChains(context, run, machine.machineId);
    await applyRetention(
      context,
      { repositoryId: settings.repositoryId, chainIds: chains.map((chain) => chain.id), rule: settings.retention },
      session,
      task,
    );
    session.setState('working');
    task.log('info', `${points.length} restore points copied`, {
      durationMs: clock.now() - (task.record.startedAt ?? 0),
    });
    const holds = (pointUuid: string | undefined): boolean =>
      target.some((point) => point.pointUuid === pointUuid && point.state === 'complete');
    const { unread } = machine;
    if (unread && !holds(unread.pointUuid)) tellPartial(task, unread);
    else if (points.length === 0 && holds(source.at(-1)?.point.pointUuid)) task.finish('nothing-new');
  } finally {
    release();
  }
  // Keep what the database says of the source in step with its files, which a merge may have changed meanwhile.
  if (backups.chain(machine.chain.id)) context.changes.publish('backups');
}

/** The plan in full: which files each point is read from, and in which chain of the target it goes on. */
function pointsToCopy(
  context: EngineContext,
  items: readonly CopyItem[],
  source: readonly { point: PointRecord; path: PointRecord[] }[],
  target: readonly PointRecord[],
  machineFolder: string,
): PointToCopy[] {
  const bases = new Map<string, { chainUuid: string; folder: string }>();
  for (const point of target) {
    const chain = point.state === 'complete' ? context.backups.chain(point.chainId) : undefined;
    if (chain) bases.set(stateName(point), { chainUuid: chain.chainUuid, folder: chain.folder });
  }
  const points: PointToCopy[] = [];
  for (const item of items) {
    const found = source.find(({ point }) => point.pointUuid === item.sourcePointId);
    if (!found) throw new OperationError('A restore point vanished from the source while it was planned.');
    const { point, path } = found;
    // The base may stand in another chain of the source (an active full came between): then this is a full again.
    const took = path.findIndex((file) => file.pointUuid === item.takeFilesAfterPointId);
    const below = path[took];
    // Only where the target holds that very state of the point: an increment of it would fit no other.
    const base = item.kind === 'increment' && took > 0 && below ? bases.get(stateName(below)) : undefined;
    const { chainUuid, folder } = base ?? { chainUuid: randomUUID(), folder: machineFolder };
    const taken = path.slice(0, base ? took : path.length);
    points.push({
      pointUuid: point.pointUuid,
      createdAt: point.createdAt,
      kind: base ? 'increment' : 'full',
      sources: path.map((file) => ({ repositoryId: file.repositoryId, path: file.path })),
      take: taken.length,
      chainUuid,
      folder,
      neededBytes: base ? taken.reduce((sum, file) => sum + file.sizeBytes, 0) : 0,
      totalBytes: point.objects.reduce((sum, object) => sum + object.sizeBytes, 0),
      reason: item.reason,
    });
    bases.set(stateName(point), { chainUuid, folder });
  }
  return points;
}

const stateName = ({ pointUuid, contentState }: PointRecord): string => `${pointUuid}/${contentState}`;

function ownChains(context: EngineContext, run: BackupCopyRun, machineId: string) {
  return context.backups
    .chains({ jobIds: [run.jobId] })
    .filter((chain) => chain.machineId === machineId && chain.repositoryId === run.settings.repositoryId);
}

function targetPoints(context: EngineContext, run: BackupCopyRun, machineId: string): PointRecord[] {
  return pointsInOrder(ownChains(context, run, machineId).map((chain) => context.backups.points(chain.id)));
}

/** A chain is wholly encrypted or wholly plain. A copy without a key of its own is what its source is. */
function encryptionSwitched(
  source: PointRecord | undefined,
  target: PointRecord[],
  settings: BackupCopySettings,
): string | null {
  const newest = target.at(-1);
  const encrypted = settings.keyId !== undefined || (source?.encrypted ?? false);
  return newest && newest.encrypted !== encrypted ? 'Encryption was switched.' : null;
}
