import path from 'node:path';
import type { JobKind, JobSettingsInput } from '../../shared/contract/jobs.ts';
import { splitAtCommas } from '../../shared/domain/comma-list.ts';
import { platforms } from '../../shared/domain/platforms.ts';
import { choice, flag, integer, list, type Option, text, value } from './command.ts';
import type { CliContext } from './context.ts';
import { usageError } from './exit-codes.ts';
import { finders } from './find.ts';
import { parseSize } from './quantities.ts';
import { parseRetry, parseSchedule } from './settings-text.ts';

/** The options from which settings are made; the same for `create` and `edit`, where nothing given changes nothing. */
export const commonOptions = {
  name: text('NAME', 'name of the job'),
  description: text('TEXT', 'what it is for'),
  schedule: text('WHEN', 'when it runs: "daily 22:00", "weekly mon,thu 22:00", "after NAME" … (default: manual)'),
  retry: value('N/WAIT', 'scheduled runs that fail are tried again, like 3/10m', parseRetry),
};

export const keepOptions = {
  'keep-points': integer('N', 'keep this many restore points (default: 7)'),
  'keep-days': integer('N', 'keep restore points this many days'),
};

export const selectionOptions = {
  'from-job': list('JOB', 'copy what this job makes'),
  'from-repository': list('REPOSITORY', 'copy what is in this repository'),
  exclude: list('MACHINE', 'leave this machine out'),
};

export const backupOptions = {
  ...commonOptions,
  machine: list(
    'NAME,PLATFORM,DISK…',
    'a machine and its disk images or block devices, separated by commas (a comma in a name: \\,)',
  ),
  repository: text('REPOSITORY', 'where its backups go'),
  ...keepOptions,
  compression: choice(['none', 'lz4', 'zstd'], 'how blocks are compressed (default: zstd)'),
  'block-size': value('SIZE', '256 KiB, 512 KiB, 1 MiB or 4 MiB (default: 1 MiB)', parseBlockSize),
  key: text('KEY', 'encrypt with this key ("none": do not)'),
};

export const copyOptions = {
  ...commonOptions,
  ...selectionOptions,
  mode: choice(['immediate', 'periodic'], 'as soon as a restore point appears, or by schedule (default: immediate)'),
  repository: text('REPOSITORY', 'where the copies go'),
  ...keepOptions,
  compression: choice(['keep', 'none', 'lz4', 'zstd'], 'keep the source’s, or another (default: keep)'),
  key: text('KEY', 'encrypt with this key ("none": do not)'),
};

export const tapeJobOptions = {
  ...commonOptions,
  ...selectionOptions,
  pool: text('POOL', 'media pool for fulls'),
  'increment-pool': text('POOL', 'media pool for increments; without one they stay off tape ("none")'),
  'latest-only': flag('only the newest restore point of each machine'),
  'virtual-full': text('WHEN', 'make a new full for tape at these times'),
  drives: integer('N', 'drives used at once (default: 1)'),
  eject: flag('eject tapes when the job has ended'),
  export: flag('close the media set when the job has ended, and move its tapes to the mail slots'),
  'wait-hours': integer('N', 'hours to wait for a tape (default: 72)'),
};

type Values<O> = { [K in keyof O]: O[K] extends Option<infer T> ? T : never };
type Settings<K extends JobKind> = Extract<JobSettingsInput, { kind: K }>;

/** Settings of a backup job from options, on top of those it has. */
export async function backupSettings(
  cli: CliContext,
  given: Values<typeof backupOptions>,
  before?: Settings<'backup'>,
): Promise<Settings<'backup'>> {
  const find = finders(cli.engine);
  const keyId = await keyOf(cli, given.key, before?.keyId);
  return {
    ...(await commonSettings(cli, given, before)),
    kind: 'backup',
    machines:
      given.machine.length > 0
        ? given.machine.map((one) => parseMachine(one, cli.cwd, before))
        : (before?.machines ?? []),
    repositoryId:
      given.repository === undefined
        ? (before?.repositoryId ?? missing('repository'))
        : (await find.repository(given.repository)).id,
    retention: keepOf(given) ?? before?.retention,
    codec: given.compression ?? before?.codec,
    blockSizeBytes: given['block-size'] ?? before?.blockSizeBytes,
    keyId,
  };
}

export async function copySettings(
  cli: CliContext,
  given: Values<typeof copyOptions>,
  before?: Settings<'backup-copy'>,
): Promise<Settings<'backup-copy'>> {
  const find = finders(cli.engine);
  return {
    ...(await commonSettings(cli, given, before)),
    kind: 'backup-copy',
    mode: given.mode ?? before?.mode,
    sources: await selectionOf(cli, given, before?.sources),
    repositoryId:
      given.repository === undefined
        ? (before?.repositoryId ?? missing('repository'))
        : (await find.repository(given.repository)).id,
    retention: keepOf(given) ?? before?.retention,
    codec: given.compression ?? before?.codec,
    keyId: await keyOf(cli, given.key, before?.keyId),
  };
}

export async function tapeJobSettings(
  cli: CliContext,
  given: Values<typeof tapeJobOptions>,
  before?: Settings<'backup-to-tape'>,
): Promise<Settings<'backup-to-tape'>> {
  const find = finders(cli.engine);
  const increments = given['increment-pool'];
  return {
    ...(await commonSettings(cli, given, before)),
    kind: 'backup-to-tape',
    sources: await selectionOf(cli, given, before?.sources),
    fullPoolId: given.pool === undefined ? (before?.fullPoolId ?? missing('pool')) : (await find.pool(given.pool)).id,
    incrementPoolId:
      increments === undefined
        ? before?.incrementPoolId
        : increments === 'none'
          ? undefined
          : (await find.pool(increments)).id,
    latestPointOnly: given['latest-only'] || before?.latestPointOnly,
    virtualFull:
      given['virtual-full'] === undefined ? before?.virtualFull : await scheduleOf(cli, given['virtual-full']),
    parallelDrives: given.drives ?? before?.parallelDrives,
    ejectMedia: given.eject || before?.ejectMedia,
    exportMedia: given.export || before?.exportMedia,
    waitForMediaHours: given['wait-hours'] ?? before?.waitForMediaHours,
  };
}

async function commonSettings(cli: CliContext, given: Values<typeof commonOptions>, before?: JobSettingsInput) {
  return {
    name: given.name ?? before?.name ?? missing('name'),
    description: given.description ?? before?.description,
    schedule: given.schedule === undefined ? before?.schedule : await scheduleOf(cli, given.schedule),
    retry: given.retry ?? before?.retry,
  };
}

function scheduleOf(cli: CliContext, words: string) {
  return parseSchedule(words, async (name) => (await finders(cli.engine).job(name)).id);
}

async function selectionOf(
  cli: CliContext,
  given: Values<typeof selectionOptions>,
  before: Settings<'backup-copy'>['sources'] | undefined,
): Promise<Settings<'backup-copy'>['sources']> {
  const find = finders(cli.engine);
  const ids = (names: readonly string[], by: (name: string) => Promise<{ id: string }>): Promise<string[]> =>
    Promise.all(names.map(async (name) => (await by(name)).id));
  const sourcesGiven = given['from-job'].length + given['from-repository'].length > 0;
  return {
    jobIds: sourcesGiven ? await ids(given['from-job'], find.job) : before?.jobIds,
    repositoryIds: sourcesGiven ? await ids(given['from-repository'], find.repository) : before?.repositoryIds,
    excludedMachineIds: given.exclude.length > 0 ? await ids(given.exclude, find.machine) : before?.excludedMachineIds,
  };
}

function keepOf(given: Values<typeof keepOptions>) {
  const points = given['keep-points'];
  const days = given['keep-days'];
  if (points !== undefined && days !== undefined) throw usageError('--keep-points and --keep-days exclude each other.');
  if (points !== undefined) return { kind: 'points', count: points } as const;
  return days === undefined ? undefined : ({ kind: 'days', days } as const);
}

async function keyOf(
  cli: CliContext,
  key: string | undefined,
  before: string | undefined,
): Promise<string | undefined> {
  if (key === undefined) return before;
  return key === 'none' ? undefined : (await finders(cli.engine).key(key)).id;
}

/**
 * `web01,proxmox-ve,/images/web01.raw,data=/images/web01-data.raw`: name, platform and disks. The platform may be left
 * out; a disk may have a name before `=`. A comma that belongs to a name or a path is written `\,`. A machine that the
 * job has already keeps its id, and with it its chain.
 */
export function parseMachine(
  typed: string,
  cwd: string,
  before?: Settings<'backup'>,
): Settings<'backup'>['machines'][number] {
  const [name = '', ...rest] = splitAtCommas(typed);
  const platform = platforms.find((one) => one.id === rest[0]);
  const disks = (platform ? rest.slice(1) : rest).map((disk) => {
    const at = nameEnd(disk);
    const named = at > 0;
    const file = path.resolve(cwd, named ? disk.slice(at + 1) : disk);
    return named ? { name: disk.slice(0, at), path: file } : { path: file };
  });
  if (name.trim() === '' || disks.length === 0 || rest.includes('')) {
    throw usageError(
      `"${typed}" is not a machine.`,
      `Write NAME,PLATFORM,DISK…, as in web01,proxmox-ve,/images/web01.raw. Platforms: ${platforms.map((one) => one.id).join(', ')}.`,
    );
  }
  const known = before?.machines.find((machine) => machine.name === name);
  return {
    ...(known?.id === undefined ? {} : { id: known.id }),
    name,
    platform: platform?.id ?? known?.platform ?? 'generic',
    disks,
  };
}

/** Where a disk's name ends: at the `=` before its path. -1: it has none, as every absolute path. */
function nameEnd(disk: string): number {
  if (path.isAbsolute(disk)) return -1;
  const absolute = disk.indexOf('=/');
  if (absolute > 0) return absolute;
  const at = disk.indexOf('=');
  return disk.slice(0, at).includes('/') ? -1 : at;
}

const blockSizes = [262_144, 524_288, 1_048_576, 4_194_304] as const;

function parseBlockSize(typed: string): (typeof blockSizes)[number] {
  const bytes = parseSize(typed);
  const size = blockSizes.find((one) => one === bytes);
  if (size === undefined) throw usageError(`"${typed}" is not a block size: 256 KiB, 512 KiB, 1 MiB or 4 MiB.`);
  return size;
}

function missing(option: string): never {
  throw usageError(`--${option} is missing.`);
}
