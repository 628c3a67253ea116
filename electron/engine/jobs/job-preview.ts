import { stat } from 'node:fs/promises';
import { formatBytes } from '../../../shared/domain/format.ts';
import type { JobSettings } from '../../../shared/domain/job-settings.ts';
import { describeSchedule, nextRun } from '../../../shared/domain/schedule.ts';
import type { EngineContext } from './engine-context.ts';
import { jobCommand } from './job-command.ts';
import type { JobService } from './job-service.ts';
import { selectMachines } from './selection.ts';

export interface JobPreview {
  sentences: string[];
  firstRunAt: number | null;
  estimatedBytes: number | null;
  arithmetic: string[];
  command: string;
}

/** Says in words what a job with these settings would do, how much it would write at first, and its command line. */
export async function previewJob(context: EngineContext, jobs: JobService, settings: JobSettings): Promise<JobPreview> {
  const { repositories, tape } = context;
  const names = {
    repository: (id: string) => repositories.find(id)?.name ?? id,
    job: (id: string) => jobs.store.find(id)?.name ?? id,
    pool: (id: string) => tape.store.pools.get(id)?.name ?? id,
    key: (id: string) => context.keys.list().find((key) => key.id === id)?.name ?? id,
  };
  const sentences: string[] = [];
  const arithmetic: string[] = [];
  let estimatedBytes: number | null = null;
  if (settings.kind === 'backup') {
    let bytes = 0;
    for (const machine of settings.machines) {
      for (const disk of machine.disks) {
        // Allocated blocks, not the apparent size: what a sparse image really holds.
        const info = await stat(disk.path).catch(() => undefined);
        const held = info?.isFile() ? Math.min(info.size, info.blocks * 512) : 0;
        bytes += held;
        arithmetic.push(`${machine.name} ${disk.name ?? disk.path}: ${formatBytes(held)} in use`);
      }
    }
    estimatedBytes = bytes;
    arithmetic.push(`First full: at most ${formatBytes(bytes)}; compression and equal blocks make it smaller.`);
    sentences.push(
      `Backs up ${count(settings.machines.length, 'machine')} to the repository “${names.repository(settings.repositoryId)}”, first in full, then only what changed.`,
    );
  } else {
    const machines = selectMachines(context.backups, repositories.contents, settings.sources);
    const points = machines.reduce((sum, machine) => sum + machine.points.length, 0);
    for (const machine of machines) {
      const newest = machine.points.at(-1);
      const bytes = (newest?.path ?? []).reduce((sum, file) => sum + file.sizeBytes, 0);
      estimatedBytes = (estimatedBytes ?? 0) + bytes;
      arithmetic.push(
        `${machine.machineName}: ${formatBytes(bytes)} in ${count(newest?.path.length ?? 0, 'backup file')}`,
      );
    }
    if (settings.kind === 'backup-copy') {
      sentences.push(
        `Copies the backups of ${count(machines.length, 'machine')} to the repository “${names.repository(settings.repositoryId)}”.`,
        settings.mode === 'immediate'
          ? 'Every new restore point is copied as soon as it is there.'
          : 'Each run copies the newest restore point.',
      );
      const clear = machines.filter(({ points }) => points.at(-1)?.path.some((file) => file.encrypted));
      if (clear.length > 0 && !settings.keyId) {
        sentences.push(
          `${count(clear.length, 'machine')} of the source ${clear.length === 1 ? 'is' : 'are'} encrypted, and the copies will not be: choose a key to encrypt them.`,
        );
      }
    } else {
      sentences.push(
        `Writes ${settings.latestPointOnly ? 'the newest restore point' : count(points, 'restore point')} of ${count(machines.length, 'machine')} to tape: fulls to “${names.pool(settings.fullPoolId)}”, ${settings.incrementPoolId ? `increments to “${names.pool(settings.incrementPoolId)}”` : 'no increments'}.`,
      );
      const next = tape.nextTapeFor(settings.fullPoolId);
      if (next) sentences.push(`Next tape: ${next.text}. ${next.reason}`);
    }
  }
  if (settings.kind !== 'backup-to-tape') {
    const { retention } = settings;
    sentences.push(
      retention.kind === 'points'
        ? `Keeps ${count(retention.count, 'restore point')} of each machine; older ones are merged into the full.`
        : `Keeps the restore points of ${count(retention.days, 'day')}; older ones are merged into the full.`,
      settings.keyId ? `Encrypted with the key “${names.key(settings.keyId)}”.` : 'Not encrypted.',
    );
  }
  const { schedule } = settings;
  sentences.push(
    schedule.kind === 'manual'
      ? 'Runs only when started by hand.'
      : `${describeSchedule(schedule, schedule.kind === 'after-job' ? { jobName: names.job(schedule.jobId) } : {})}.`,
  );
  return {
    sentences,
    firstRunAt: nextRun(schedule, context.clock.now(), context.timeZone),
    estimatedBytes,
    arithmetic,
    command: jobCommand(settings, names),
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
