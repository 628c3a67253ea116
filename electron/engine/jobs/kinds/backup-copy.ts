import { randomUUID } from 'node:crypto';
import { type CopyItem, planCopy } from '../../../../shared/domain/copy-plan.ts';
import { formatBytes, formatUtc } from '../../../../shared/domain/format.ts';
import type { BackupCopySettings } from '../../../../shared/domain/job-settings.ts';
import { copyPoint, productVersion } from '../../backup-file/index.ts';
import type { PointRecord } from '../../repository/backup-store.ts';
import { OperationError } from '../../errors.ts';
import type { RunningSession, Task } from '../../sessions/running-session.ts';
import { applyRetention } from '../chain-retention.ts';
import { eachTask } from '../each-task.ts';
import { type EngineContext, folderLock } from '../engine-context.ts';
import { type SelectedMachine, selectMachines } from '../selection.ts';

export interface BackupCopyRun {
  jobId: string;
  settings: BackupCopySettings;
  activeFull: boolean;
}

/**
 * Backup copy: for each machine the restore points that the target lacks, the first as a full synthesised from the
 * source chain, then increments. Stored blocks are moved as they are and verified on the way.
 */
export async function runBackupCopy(
  context: EngineContext,
  run: BackupCopyRun,
  session: RunningSession,
): Promise<void> {
  const { settings } = run;
  const { backups, repositories } = context;
  await repositories.requireAvailable(settings.repositoryId);
  if (settings.keyId) repositories.rememberKey(settings.repositoryId, settings.keyId);
  const machines = selectMachines(backups, repositories.contents, settings.sources).filter(
    (machine) => machine.chain.jobId !== run.jobId,
  );
  if (machines.length === 0) {
    session.log('info', 'Nothing to copy yet: the selected jobs and repositories hold no complete restore point.');
    return;
  }
  await eachTask(
    session,
    machines,
    ({ machineName }) => ({ name: machineName }),
    (machine, task) => copyMachine(context, run, machine, session, task),
  );
  await repositories.refresh(settings.repositoryId);
}

async function copyMachine(
  context: EngineContext,
  run: BackupCopyRun,
  machine: SelectedMachine,
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
    session.record.name,
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
      mode: settings.mode,
      fullBecause: run.activeFull ? 'An active full was asked for.' : encryptionSwitched(target, settings),
    });
    if (plan.items.length === 0) {
      task.log('info', 'Up to date: the target holds the newest restore point.');
    }
    const steps = plan.items.map((item) => {
      const found = source.find(({ point }) => point.pointUuid === item.sourcePointId);
      if (!found) throw new OperationError('A restore point vanished from the source while it was planned.');
      return { item, ...found };
    });
    if (!settings.keyId && steps.some(({ path }) => path.some((file) => file.encrypted))) {
      task.log('info', 'The source is encrypted and this copy is not: it can be read without a passphrase.', {
        advice: 'Choose a key in the copy job to encrypt its copies too.',
      });
    }
    task.progress({ totalBytes: steps.reduce((sum, step) => sum + bytesToCopy(step.item, step.path), 0) });
    let done = { processedBytes: 0, readBytes: 0, transferredBytes: 0 };
    for (const step of steps) {
      done = await copyOne(context, run, machine, folder, step, session, task, done);
    }
    session.setState('postprocessing');
    const chains = ownChains(context, run, machine.machineId);
    await applyRetention(
      context,
      { repositoryId: settings.repositoryId, chainIds: chains.map((chain) => chain.id), rule: settings.retention },
      session,
      task,
    );
    session.setState('working');
    task.progress({ ...done, totalBytes: done.processedBytes });
    task.log('info', `${steps.length} restore points copied`, {
      durationMs: clock.now() - (task.record.startedAt ?? 0),
    });
  } finally {
    release();
  }
  // Keep what the database says of the source in step with its files, which a merge may have changed meanwhile.
  if (backups.chain(machine.chain.id)) context.changes.publish('backups');
}

interface Counters {
  processedBytes: number;
  readBytes: number;
  transferredBytes: number;
}

async function copyOne(
  context: EngineContext,
  run: BackupCopyRun,
  machine: SelectedMachine,
  folder: string,
  step: { item: CopyItem; point: PointRecord; path: PointRecord[] },
  session: RunningSession,
  task: Task,
  before: Counters,
): Promise<Counters> {
  const { settings } = run;
  const { repositories, clock } = context;
  const { item, point, path } = step;
  const took = path.findIndex((file) => file.pointUuid === item.takeFilesAfterPointId);
  const base = took > 0 ? targetPoints(context, run, machine.machineId).find(sameAs(item)) : undefined;
  const chain = base && context.backups.chain(base.chainId);
  // The base may stand in another chain of the source (an active full came between): then this is a full again.
  const kind = item.kind === 'increment' && base && chain ? 'increment' : 'full';
  const began = clock.now();
  const needed = kind === 'increment' ? bytesToCopy(item, path) : path.reduce((sum, file) => sum + file.sizeBytes, 0);
  await repositories.requireWritable(settings.repositoryId, kind === 'increment' ? needed : 0);
  const targetPath = await repositories.newFilePath(
    settings.repositoryId,
    chain?.folder ?? folder,
    machine.machineName,
    point.createdAt,
    kind,
  );
  let now = before;
  const info = await copyPoint({
    sources: path.map((file) => repositories.absolutePath(file.repositoryId, file.path)),
    take: kind === 'increment' ? took : path.length,
    targetPath: repositories.absolutePath(settings.repositoryId, targetPath),
    kind,
    chainUuid: chain?.chainUuid ?? randomUUID(),
    // A full that has absorbed increments stands at the last one's state: that is what a child is made on.
    parentFileUuid: kind === 'increment' ? (base?.absorbed.at(-1) ?? base?.fileUuid ?? null) : null,
    metadata: {
      pointUuid: point.pointUuid,
      createdAt: new Date(point.createdAt).toISOString(),
      machine: { id: machine.machineId, name: machine.machineName, platform: machine.platform },
      job: { id: run.jobId, name: settings.name },
      productVersion,
    },
    codec: settings.codec,
    encryption: settings.keyId ? { passphrase: context.keys.passphrase(settings.keyId) } : undefined,
    keys: repositories.keysFor(machine.chain.repositoryId, settings.keyId ? [settings.keyId] : []),
    signal: session.signal,
    onProgress: (progress) => {
      now = {
        processedBytes: before.processedBytes + progress.processedBytes,
        readBytes: before.readBytes + progress.readBytes,
        transferredBytes: before.transferredBytes + progress.transferredBytes,
      };
      task.progress({ ...now, bottleneck: progress.bottleneck });
    },
  });
  await repositories.contents.register(settings.repositoryId, [targetPath], {
    jobId: run.jobId,
    imported: false,
    isNew: true,
  });
  context.changes.publish('backups');
  task.log(
    'success',
    `Copied the restore point of ${formatUtc(point.createdAt)} as ${kind === 'full' ? 'a full' : 'an increment'} (${formatBytes(info.fileSizeBytes)}). ${item.reason}`,
    { durationMs: clock.now() - began },
  );
  return now;
}

const sameAs = (item: CopyItem) => (point: PointRecord) =>
  point.pointUuid === item.takeFilesAfterPointId && point.state === 'complete';

function ownChains(context: EngineContext, run: BackupCopyRun, machineId: string) {
  return context.backups
    .chains({ jobIds: [run.jobId] })
    .filter((chain) => chain.machineId === machineId && chain.repositoryId === run.settings.repositoryId);
}

function targetPoints(context: EngineContext, run: BackupCopyRun, machineId: string): PointRecord[] {
  return ownChains(context, run, machineId)
    .flatMap((chain) => context.backups.points(chain.id))
    .sort((a, b) => a.createdAt - b.createdAt);
}

function encryptionSwitched(target: PointRecord[], settings: BackupCopySettings): string | null {
  const newest = target.at(-1);
  return newest && newest.encrypted !== (settings.keyId !== undefined) ? 'Encryption was switched.' : null;
}

/** Stored bytes that a copy reads: all files for a full, those after the base for an increment. */
function bytesToCopy(item: CopyItem, path: PointRecord[]): number {
  const took = path.findIndex((file) => file.pointUuid === item.takeFilesAfterPointId);
  return path
    .slice(0, item.kind === 'increment' && took > 0 ? took : path.length)
    .reduce((sum, file) => sum + file.sizeBytes, 0);
}
