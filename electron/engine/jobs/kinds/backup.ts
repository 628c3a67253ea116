import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import type { BackupSettings } from '../../../../shared/domain/jobs/backup.ts';
import type { JobSight } from '../../../../shared/domain/jobs/kind.ts';
import type { SourceMachine } from '../../../../shared/domain/jobs/shapes.ts';
import type { PointRecord } from '../../repository/backup-store.ts';
import type { RunningSession, Task } from '../../sessions/running-session.ts';
import { openMachine } from '../../sources/open-machine.ts';
import { refuseContainers } from '../../sources/refuse-containers.ts';
import { applyRetention } from '../chain-retention.ts';
import { eachTask } from '../each-task.ts';
import { type EngineContext, folderLock } from '../engine-context.ts';
import { type BackupTask, runBackupTask } from '../tasks/backup-task.ts';
import { registersPointsOf } from '../register-point.ts';
import { handOut } from '../tasks/hand-out.ts';
import type { JobRun, JobRunner } from './kind.ts';

type BackupRun = JobRun<BackupSettings>;

export const backupRunner: JobRunner<BackupSettings> = {
  kind: 'backup',
  run: runBackup,
  look: lookAtDisks,
  rescans: ({ repositoryId }) => [repositoryId],
  checkSources: ({ machines }) => refuseContainers(machines),
  identified: (settings) => ({
    ...settings,
    machines: settings.machines.map((machine) => ({ ...machine, id: machine.id ?? randomUUID() })),
  }),
};

/** A machine as a backup job knows it: the engine has given it an id. */
type KnownMachine = SourceMachine & { id: string };

/** Primary backup: one restore point per machine, a full first, then increments found by comparing digests. */
async function runBackup(context: EngineContext, run: BackupRun, session: RunningSession): Promise<void> {
  const { settings } = run;
  await context.repositories.requireAvailable(settings.repositoryId);
  if (settings.keyId) context.repositories.rememberKey(settings.repositoryId, settings.keyId);
  const machines = settings.machines.filter((machine): machine is KnownMachine => machine.id !== undefined);
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
  const { repositories, clock } = context;
  const { repositoryId } = settings;
  const folder = repositories.machineFolder(repositoryId, settings.name, machine);
  // A disk that cannot be read is said at once: the wait below may take as long as a tape job waits for its tape.
  await (await openMachine(machine.disks, { pointUuid: randomUUID(), signal: session.signal })).close(false);
  const release = await context.locks.acquire(
    [folderLock(repositoryId, folder, 'exclusive')],
    session.owner,
    session.signal,
    (holder) => task.log('info', `Waiting: ${holder} uses this machine’s backup files.`),
  );
  try {
    const base = run.activeFull ? undefined : findBase(context, run, ownChains(context, run, machine.id), task);
    const value: BackupTask = {
      machine: { id: machine.id, name: machine.name, platform: machine.platform },
      disks: machine.disks,
      job: { id: run.jobId, name: settings.name },
      pointUuid: randomUUID(),
      createdAt: clock.now(),
      repositoryId,
      folder: base?.folder ?? folder,
      chainUuid: base?.chainUuid ?? randomUUID(),
      base: base ? { pointUuid: base.pointUuid, files: base.files } : null,
      blockSizeBytes: settings.blockSizeBytes,
      codec: settings.codec,
      encryption: settings.keyId ? { passphrase: context.keys.passphrase(settings.keyId) } : undefined,
      keys: repositories.keysFor(repositoryId, settings.keyId ? [settings.keyId] : []),
    };
    await handOut(runBackupTask, value, {
      task,
      repositories,
      signal: session.signal,
      now: () => clock.now(),
      commit: registersPointsOf(context, run.jobId),
    });
    session.setState('postprocessing');
    await applyRetention(
      context,
      { repositoryId, chainIds: ownChains(context, run, machine.id), rule: settings.retention },
      session,
      task,
    );
    session.setState('working');
  } finally {
    release();
  }
}

/** Allocated blocks, not the apparent size: what a sparse image really holds. A disk that is not there holds nothing. */
async function lookAtDisks(_context: EngineContext, settings: BackupSettings): Promise<JobSight> {
  const parts = [];
  for (const machine of settings.machines) {
    for (const disk of machine.disks) {
      const info = await stat(disk.path).catch(() => undefined);
      const bytes = info?.isFile() ? Math.min(info.size, info.blocks * 512) : 0;
      parts.push({ name: `${machine.name} ${disk.name ?? disk.path}`, bytes, points: 0, files: 0, encrypted: false });
    }
  }
  return { parts, nextTape: null };
}

/** Ids of the chains that this job has made of a machine. */
function ownChains(context: EngineContext, run: BackupRun, machineId: string): string[] {
  return context.backups
    .chains({ jobIds: [run.jobId] })
    .filter((chain) => chain.machineId === machineId && chain.repositoryId === run.settings.repositoryId)
    .map((chain) => chain.id);
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
    pointUuid: newest.pointUuid,
    folder: chain.folder,
    files: path.map((point) => ({ repositoryId: point.repositoryId, path: point.path })),
  };
}
