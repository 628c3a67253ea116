import { z } from 'zod';
import { joinWithCommas, splitAtCommas } from '../comma-list.ts';
import { formatBytes, formatCount, parseBytes } from '../format.ts';
import { imagePlatforms, platformList } from '../platforms.ts';
import { UnreadableWords } from '../unreadable-words.ts';
import { type JobOption, jobKind, type WordsContext } from './kind.ts';
import {
  choiceOption,
  descriptionOption,
  keyOption,
  nameOption,
  repositoryOption,
  retentionOption,
  retryOption,
  scheduleOption,
} from './options.ts';
import {
  blockSizeBytes,
  chosen,
  codec,
  commonShape,
  id,
  retention,
  type RetentionRule,
  type SourceMachine,
  sourceMachine,
} from './shapes.ts';
import { encryptionSentence, retentionSentence } from './words.ts';

const usualRetention: RetentionRule = { kind: 'points', count: 7 };

const schema = z.object({
  kind: z.literal('backup'),
  ...commonShape,
  machines: z.array(sourceMachine).min(1, 'Add at least one machine.').max(10_000),
  repositoryId: chosen('Choose a repository.'),
  retention: retention.default(usualRetention),
  blockSizeBytes: blockSizeBytes.default(1_048_576),
  codec: codec.default('zstd'),
  keyId: id.optional().describe('encryption key from credentials; none: not encrypted'),
});
export type BackupSettings = z.output<typeof schema>;

const machinesOption: JobOption<BackupSettings> = {
  fields: ['machines'],
  flags: {
    machine: {
      form: 'list',
      placeholder: 'NAME,PLATFORM,DISK…',
      help: 'a machine and its disk images or block devices, separated by commas (a comma in a name: \\,)',
    },
  },
  words: ({ machines }) =>
    machines.map((machine) => {
      const disks = machine.disks.map((disk) => (disk.name ? `${disk.name}=${disk.path}` : disk.path));
      return ['machine', joinWithCommas([machine.name, machine.platform, ...disks])];
    }),
  read: (typed, context, before) => {
    const given = typed.list('machine');
    return given.length === 0
      ? undefined
      : { machines: given.map((one) => parseMachine(one, context, before?.machines ?? [])) };
  },
};

const blockSizeOption: JobOption<Pick<BackupSettings, 'blockSizeBytes'>> = {
  fields: ['blockSizeBytes'],
  flags: {
    'block-size': { form: 'value', placeholder: 'SIZE', help: '256 KiB, 512 KiB, 1 MiB or 4 MiB (default: 1 MiB)' },
  },
  words: (settings) => [['block-size', `${settings.blockSizeBytes / 1024}KiB`]],
  read: (typed) => {
    const text = typed.text('block-size');
    if (text === undefined) return undefined;
    const size = blockSizeBytes.safeParse(parseBytes(text));
    if (size.success) return { blockSizeBytes: size.data };
    throw new UnreadableWords(`"${text}" is not a block size: 256 KiB, 512 KiB, 1 MiB or 4 MiB.`);
  },
};

export const backup = jobKind({
  kind: 'backup',
  schema,
  name: 'backup job',
  labels: {
    title: 'Backup Job',
    plural: 'Backup Jobs',
    short: 'Backup',
    run: 'Backup',
    about: 'A backup job reads disks of machines and keeps restore points of them in a repository.',
  },
  can: { activeFull: true, beRead: true },
  makes: 'primary',
  schedules: ['daily', 'monthly', 'periodic', 'after-job', 'manual'],
  normalise: (settings) => settings,
  reads: () => null,
  uses: ({ repositoryId, keyId }) => ({ repositoryId, poolIds: [], keyId: keyId ?? null }),

  problems({ machines }) {
    const names = machines.map((machine) => machine.name.trim().toLowerCase());
    return machines.flatMap(({ name }, index) =>
      names.indexOf(names[index] ?? '') === index
        ? []
        : [
            {
              field: `machines.${index}.name`,
              message: `Two machines are called “${name}”.`,
              advice: 'Give one of them another name.',
            },
          ],
    );
  },

  words: {
    sources: ({ machines }) => machines.map((machine) => machine.name),
    target: ({ repositoryId }, names) => names.repository(repositoryId),
    outlook(settings, { parts }, names) {
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      return {
        sentences: [
          `Backs up ${formatCount(settings.machines.length, 'machine')} to the repository “${names.repository(settings.repositoryId)}”, first in full, then only what changed.`,
          retentionSentence(settings.retention),
          encryptionSentence(settings.keyId, names),
        ],
        arithmetic: [
          ...parts.map((part) => `${part.name}: ${formatBytes(part.bytes)} in use`),
          `First full: at most ${formatBytes(bytes)}; compression and equal blocks make it smaller.`,
        ],
        estimatedBytes: bytes,
      };
    },
  },

  command: {
    noun: 'backup',
    summary: 'backup jobs: disks of machines into a repository',
    description: 'Name, machines and repository are needed; the rest has defaults.',
    options: [
      nameOption,
      descriptionOption,
      machinesOption,
      repositoryOption('where its backups go'),
      retentionOption(usualRetention),
      choiceOption('compression', 'codec', ['none', 'lz4', 'zstd'], 'how blocks are compressed (default: zstd)'),
      blockSizeOption,
      keyOption,
      scheduleOption('daily 22:00'),
      retryOption,
    ],
    examples: {
      create: [
        [
          'backup create --name nightly --machine web01,proxmox-ve,/images/web01.raw --repository main --run',
          'one machine, every evening from now on, and once at once',
        ],
        [
          'backup create --name nightly --machine db,generic,system=/dev/vg/db,data=/dev/vg/data --repository main --schedule "daily 02:00" --keep-points 14',
          'a machine with two named disks, every night',
        ],
      ],
      edit: [['backup edit nightly --schedule "daily 23:30"', 'another time']],
      run: [
        ['backup run nightly', 'and wait for its end'],
        ['backup run nightly --no-wait', 'and leave; "session follow" watches it'],
      ],
    },
  },
});

/**
 * `web01,proxmox-ve,/images/web01.raw,data=/images/web01-data.raw`: name, platform and disks. The platform may be left
 * out where the first disk has a folder in its path; a disk may have a name before `=`. A comma that belongs to a name or
 * a path is written `\,`. A machine that the job has already keeps its id, and with it its chain.
 * @throws UnreadableWords
 */
export function parseMachine(
  typed: string,
  { isAbsolute, resolve }: Pick<WordsContext, 'isAbsolute' | 'resolve'>,
  before: readonly SourceMachine[] = [],
): SourceMachine {
  const [name = '', ...rest] = splitAtCommas(typed);
  const platform = imagePlatforms.find((one) => one.id === rest[0]);
  if (name.trim() === '' || rest.length === (platform ? 1 : 0) || rest.includes('')) {
    throw new UnreadableWords(
      `"${typed}" is not a machine.`,
      `Write NAME,PLATFORM,DISK…, as in web01,proxmox-ve,/images/web01.raw. Platforms: ${platformList}.`,
    );
  }
  // A word without any folder in it may be meant as a platform, and a disk that is not there would only show at night.
  if (!platform && !/[/\\]/.test(rest[0] ?? '')) {
    throw new UnreadableWords(
      `"${rest[0]}" is not a platform.`,
      `Platforms: ${platformList}. If it is a disk in this folder, write ./${rest[0]}.`,
    );
  }
  const disks = (platform ? rest.slice(1) : rest).map((disk) => {
    const at = isAbsolute(disk) ? -1 : nameEnd(disk);
    return at > 0 ? { name: disk.slice(0, at), path: resolve(disk.slice(at + 1)) } : { path: resolve(disk) };
  });
  const known = before.find((machine) => machine.name === name);
  return {
    ...(known?.id === undefined ? {} : { id: known.id }),
    name,
    platform: platform?.id ?? known?.platform ?? 'generic',
    disks,
  };
}

/** Where the name of a disk whose path is not absolute ends: at the `=` before its path. -1: it has none. */
function nameEnd(disk: string): number {
  const absolute = disk.indexOf('=/');
  if (absolute > 0) return absolute;
  const at = disk.indexOf('=');
  return disk.slice(0, at).includes('/') ? -1 : at;
}
