import { randomUUID } from 'node:crypto';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { formatBytes } from '../../../../shared/domain/format.ts';
import type { BackupSettings, SourceMachine } from '../../../../shared/domain/job-settings.ts';
import { productVersion, writeBackup } from '../../backup-file/index.ts';
import type { PointRecord } from '../../repository/backup-store.ts';
import type { RunningSession, Task } from '../../sessions/running-session.ts';
import { openRawImage } from '../../sources/raw-image.ts';
import { applyRetention } from '../chain-retention.ts';
import { eachTask } from '../each-task.ts';
import { type EngineContext, folderLock } from '../engine-context.ts';

export interface BackupRun {
  jobId: string;
  settings: BackupSettings;
  activeFull: boolean;
  /** Machines to do; absent: all. A retry does only those that failed. */
  machineIds?: string[] | undefined;
}

/** A machine as a backup job knows it: the engine has given it an id. */
type KnownMachine = SourceMachine & { id: string };

/** Primary backup: one restore point per machine, a full first, then increments found by comparing digests. */
export async function runBackup(context: EngineContext, run: BackupRun, session: RunningSession): Promise<void> {
  const { settings } = run;
  await context.repositories.requireAvailable(settings.repositoryId);
  if (settings.keyId) context.repositories.rememberKey(settings.repositoryId, settings.keyId);
  const machines = settings.machines.filter(
    (machine): machine is KnownMachine => machine.id !== undefined && (run.machineIds?.includes(machine.id) ?? true),
  );
  await eachTask(
    session,
    machines,
    ({ name }) => ({ name }),
    (machine, task) => backUpMachine(context, run, machine, session, task),
  );
  await context.repositories.refresh(settings.repositoryId);
}

async function backUpMachine(
  context: EngineContext,
  run: BackupRun,
  machine: KnownMachine,
  session: RunningSession,
  task: Task,
): Promise<void> {
  const { settings } = run;
  const { backups, repositories, clock } = context;
  const { repositoryId } = settings;
  const disks = await openDisks(machine);
  const totalBytes = disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  task.progress({ totalBytes });

  const folder = repositories.machineFolder(repositoryId, settings.name, machine);
  const release = await context.locks.acquire(
    [folderLock(repositoryId, folder, 'exclusive')],
    session.record.name,
    session.signal,
    (holder) => task.log('info', `Waiting: ${holder} uses this machine’s backup files.`),
  );
  try {
    await repositories.requireWritable(repositoryId);
    const chains = backups
      .chains({ jobIds: [run.jobId] })
      .filter((chain) => chain.machineId === machine.id && chain.repositoryId === repositoryId);
    const base = run.activeFull
      ? undefined
      : findBase(
          context,
          run,
          chains.map((chain) => chain.id),
          task,
        );
    const kind = base ? 'increment' : 'full';
    const createdAt = clock.now();
    const path = await repositories.newFilePath(repositoryId, base?.folder ?? folder, machine.name, createdAt, kind);
    const began = clock.now();
    const info = await writeBackup({
      targetPath: repositories.absolutePath(repositoryId, path),
      chain: base?.paths ?? [],
      kind,
      chainUuid: base?.chainUuid ?? randomUUID(),
      metadata: {
        pointUuid: randomUUID(),
        createdAt: new Date(createdAt).toISOString(),
        machine: { id: machine.id, name: machine.name, platform: machine.platform },
        job: { id: run.jobId, name: settings.name },
        blockSizeBytes: settings.blockSizeBytes,
        productVersion,
      },
      disks,
      codec: settings.codec,
      encryption: settings.keyId ? { passphrase: context.keys.passphrase(settings.keyId) } : undefined,
      keys: repositories.keysFor(repositoryId, settings.keyId ? [settings.keyId] : []),
      signal: session.signal,
      onProgress: (progress) => task.progress(progress),
    });
    await repositories.contents.register(repositoryId, [path], { jobId: run.jobId, imported: false, isNew: true });
    context.changes.publish('backups');
    task.log(
      'success',
      `${kind === 'full' ? 'Full' : 'Increment'} of ${formatBytes(totalBytes)}: ${formatBytes(info.fileSizeBytes)} written to ${path}`,
      { durationMs: clock.now() - began },
    );
    const now = backups
      .chains({ jobIds: [run.jobId] })
      .filter((chain) => chain.machineId === machine.id && chain.repositoryId === repositoryId);
    session.setState('postprocessing');
    await applyRetention(
      context,
      { repositoryId, chainIds: now.map((chain) => chain.id), rule: settings.retention },
      session,
      task,
    );
    session.setState('working');
  } finally {
    release();
  }
}

async function openDisks(machine: KnownMachine) {
  const disks = [];
  const names = new Map<string, number>();
  for (const [index, disk] of machine.disks.entries()) {
    const image = await openRawImage(disk.path);
    const wanted = disk.name ?? `disk${index}`;
    const uses = (names.get(wanted) ?? 0) + 1;
    names.set(wanted, uses);
    const name = uses === 1 ? wanted : `${wanted}-${uses}`;
    disks.push({ objectId: name, name, path: image.path, sizeBytes: image.sizeBytes });
  }
  return disks;
}

/** The chain an increment can be made on, or undefined with the reason logged. */
function findBase(context: EngineContext, run: BackupRun, chainIds: string[], task: Task) {
  const { backups, repositories } = context;
  const newest = chainIds
    .flatMap((chainId) => backups.points(chainId))
    .sort((a, b) => a.createdAt - b.createdAt)
    .at(-1);
  if (!newest) return undefined;
  const chain = backups.chain(newest.chainId);
  if (!chain) return undefined;
  const because = (reason: string): undefined => {
    task.log('warning', `A new full is made: ${reason}`);
    return undefined;
  };
  if (newest.encrypted !== (run.settings.keyId !== undefined)) return because('encryption was switched.');
  if (newest.state !== 'complete') return because(`the newest restore point is ${newest.state}.`);
  let path: PointRecord[];
  try {
    path = repositories.contents.restorePath(newest);
  } catch (error) {
    return because(messageOf(error));
  }
  return {
    chainUuid: chain.chainUuid,
    folder: chain.folder,
    paths: path.map((point) => repositories.absolutePath(point.repositoryId, point.path)),
  };
}
