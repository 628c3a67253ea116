import { joinWithCommas } from '../../../shared/domain/comma-list.ts';
import type { BackupSelection, JobSettings } from '../../../shared/domain/job-settings.ts';
import type { Schedule } from '../../../shared/domain/schedule.ts';

/** Names for the ids in settings, as the command line takes them. */
export interface CommandNames {
  repository(id: string): string;
  job(id: string): string;
  pool(id: string): string;
  key(id: string): string;
}

/** Quotes one word for a POSIX shell. */
function word(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function scheduleOption(schedule: Schedule, names: CommandNames): string | null {
  switch (schedule.kind) {
    case 'manual':
      return null;
    case 'daily':
      return schedule.days.length === 7 ? `daily ${schedule.at}` : `weekly ${schedule.days.join(',')} ${schedule.at}`;
    case 'monthly': {
      const day =
        'dayOfMonth' in schedule.on ? String(schedule.on.dayOfMonth) : `${schedule.on.week} ${schedule.on.day}`;
      const months = schedule.months.length === 12 ? '' : ` ${schedule.months.join(',')}`;
      return `monthly ${day} ${schedule.at}${months}`;
    }
    case 'periodic':
      return `every ${schedule.everyMinutes}m`;
    case 'after-job':
      return `after ${names.job(schedule.jobId)}`;
    case 'continuous':
      return 'continuous';
  }
}

/** The command line that makes the same job. */
export function jobCommand(settings: JobSettings, names: CommandNames): string {
  const noun = { backup: 'backup', 'backup-copy': 'copy', 'backup-to-tape': 'tape-job' }[settings.kind];
  const parts = ['reelvault', noun, 'create'];
  const add = (option: string, value: string | null): void => {
    if (value === null) return;
    // A value that begins with a dash would be read as an option of its own.
    if (value.startsWith('-')) parts.push(word(`--${option}=${value}`));
    else parts.push(`--${option}`, word(value));
  };
  add('name', settings.name);
  if (settings.description) add('description', settings.description);
  if (settings.kind === 'backup') {
    for (const machine of settings.machines) {
      const disks = machine.disks.map((disk) => (disk.name ? `${disk.name}=${disk.path}` : disk.path));
      add('machine', joinWithCommas([machine.name, machine.platform, ...disks]));
    }
  } else {
    selectionOptions(settings.sources, names, add);
  }
  if (settings.kind === 'backup-to-tape') {
    add('pool', names.pool(settings.fullPoolId));
    if (settings.incrementPoolId) add('increment-pool', names.pool(settings.incrementPoolId));
    if (settings.latestPointOnly) parts.push('--latest-only');
    if (settings.virtualFull) add('virtual-full', scheduleOption(settings.virtualFull, names));
    if (settings.parallelDrives > 1) add('drives', String(settings.parallelDrives));
    if (settings.ejectMedia) parts.push('--eject');
    if (settings.exportMedia) parts.push('--export');
    if (settings.waitForMediaHours !== 72) add('wait-hours', String(settings.waitForMediaHours));
  } else {
    if (settings.kind === 'backup-copy') add('mode', settings.mode);
    add('repository', names.repository(settings.repositoryId));
    add(settings.retention.kind === 'points' ? 'keep-points' : 'keep-days', retentionCount(settings.retention));
    if (settings.codec !== (settings.kind === 'backup' ? 'zstd' : 'keep')) add('compression', settings.codec);
    if (settings.kind === 'backup' && settings.blockSizeBytes !== 2 ** 20) {
      add('block-size', `${settings.blockSizeBytes / 1024}KiB`);
    }
    if (settings.keyId) add('key', names.key(settings.keyId));
  }
  add('schedule', scheduleOption(settings.schedule, names));
  const { count, waitMinutes } = settings.retry;
  if (count !== 3 || waitMinutes !== 10) add('retry', `${count}/${waitMinutes}m`);
  return parts.join(' ');
}

function retentionCount(retention: { kind: 'points'; count: number } | { kind: 'days'; days: number }): string {
  return String(retention.kind === 'points' ? retention.count : retention.days);
}

function selectionOptions(
  sources: BackupSelection,
  names: CommandNames,
  add: (option: string, value: string) => void,
): void {
  for (const id of sources.jobIds) add('from-job', names.job(id));
  for (const id of sources.repositoryIds) add('from-repository', names.repository(id));
  for (const id of sources.excludedMachineIds) add('exclude', id);
}
