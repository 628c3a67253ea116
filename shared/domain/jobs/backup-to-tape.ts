import { z } from 'zod';
import { formatBytes, formatCount } from '../format.ts';
import { scheduleWords } from '../schedule-words.ts';
import { type JobOption, jobKind } from './kind.ts';
import {
  descriptionOption,
  nameOption,
  numberOption,
  readSchedule,
  retryOption,
  scheduleOption,
  selectionOption,
  switchOption,
} from './options.ts';
import { selectionProblems } from './selection-problems.ts';
import { backupSelection, chosen, commonShape, id, type Schedule, schedule } from './shapes.ts';
import { selectionNames } from './words.ts';

const saturdays: Schedule = { kind: 'daily', at: '22:00', days: ['saturday'] };

const schema = z.object({
  kind: z.literal('backup-to-tape'),
  ...commonShape,
  sources: backupSelection,
  fullPoolId: chosen('Choose a media pool.'),
  writeIncrements: z.boolean().default(true).describe('false: only fulls go to tape'),
  incrementPoolId: id.optional().describe('absent: increments go to the pool of the fulls'),
  latestPointOnly: z.boolean().default(false),
  virtualFull: schedule
    .nullable()
    .default(saturdays)
    .describe('when the newest restore point is written as a full; null: only the first of each media set is'),
  parallelDrives: z.number().int().min(1).max(64).default(1),
  ejectMedia: z.boolean().default(false),
  exportMedia: z.boolean().default(false),
  waitForMediaHours: z.number().int().min(0).max(720).default(72),
});
export type BackupToTapeSettings = z.output<typeof schema>;

/** The pool that increments go to; null: they stay off tape. */
export function incrementPoolOf(
  settings: Pick<BackupToTapeSettings, 'writeIncrements' | 'incrementPoolId' | 'fullPoolId'>,
): string | null {
  return settings.writeIncrements ? (settings.incrementPoolId ?? settings.fullPoolId) : null;
}

const poolOption: JobOption<Pick<BackupToTapeSettings, 'fullPoolId'>> = {
  fields: ['fullPoolId'],
  flags: { pool: { form: 'value', placeholder: 'POOL', help: 'media pool for fulls' } },
  words: ({ fullPoolId }, names) => [['pool', names.pool(fullPoolId)]],
  read: async (typed, { find }) => {
    const name = typed.text('pool');
    return name === undefined ? undefined : { fullPoolId: await find.pool(name) };
  },
};

const incrementPoolOption: JobOption<Pick<BackupToTapeSettings, 'incrementPoolId'>> = {
  fields: ['incrementPoolId'],
  flags: {
    'increment-pool': {
      form: 'value',
      placeholder: 'POOL',
      help: 'another media pool for increments (default, and "none": the pool of the fulls)',
    },
  },
  words: ({ incrementPoolId }, names) =>
    incrementPoolId === undefined ? [] : [['increment-pool', names.pool(incrementPoolId)]],
  read: async (typed, { find }) => {
    const name = typed.text('increment-pool');
    if (name === undefined) return undefined;
    return { incrementPoolId: name === 'none' ? undefined : await find.pool(name) };
  },
};

const virtualFullOption: JobOption<Pick<BackupToTapeSettings, 'virtualFull'>> = {
  fields: ['virtualFull'],
  flags: {
    'virtual-full': {
      form: 'value',
      placeholder: 'WHEN',
      help: 'write the newest restore point as a new full at these times (default: "weekly saturday 22:00"; never)',
    },
  },
  words: ({ virtualFull }, names) => [
    ['virtual-full', virtualFull === null ? 'never' : scheduleWords(virtualFull, names.job)],
  ],
  read: async (typed, context) => {
    const text = typed.text('virtual-full');
    if (text === undefined) return undefined;
    return { virtualFull: text.trim().toLowerCase() === 'never' ? null : await readSchedule(text, context) };
  },
};

export const backupToTape = jobKind({
  kind: 'backup-to-tape',
  schema,
  name: 'backup to tape job',
  labels: {
    title: 'Backup to Tape Job',
    plural: 'Tape Jobs',
    short: 'Tape',
    run: 'Backup to tape',
    about: 'A backup to tape job writes restore points to tapes of a media pool, so that one copy is offline.',
  },
  can: { activeFull: true, beRead: 'It writes to tape and keeps no backups on disk.' },
  makes: null,
  schedules: ['daily', 'monthly', 'periodic', 'after-job', 'continuous', 'manual'],
  normalise: (settings) =>
    settings.incrementPoolId === settings.fullPoolId ? { ...settings, incrementPoolId: undefined } : settings,
  reads: ({ sources }) => sources,
  uses: ({ fullPoolId, incrementPoolId }) => ({
    repositoryId: null,
    poolIds: [fullPoolId, ...(incrementPoolId === undefined ? [] : [incrementPoolId])],
    keyId: null,
  }),

  problems({ sources, virtualFull }, facts) {
    const byClock = virtualFull === null || ['daily', 'monthly', 'periodic'].includes(virtualFull.kind);
    return [
      ...selectionProblems(sources, facts),
      ...(byClock
        ? []
        : [
            {
              field: 'virtualFull',
              message: 'Virtual fulls are made at times of the clock.',
              advice: 'Choose days and a time, or switch them off.',
            },
          ]),
    ];
  },

  words: {
    sources: ({ sources }, names) => selectionNames(sources, names),
    target: ({ fullPoolId }, names) => names.pool(fullPoolId),
    outlook(settings, { parts, nextTape }, names) {
      const points = parts.reduce((sum, part) => sum + part.points, 0);
      const increments = incrementPoolOf(settings);
      return {
        sentences: [
          `Writes ${settings.latestPointOnly ? 'the newest restore point' : formatCount(points, 'restore point')} of ${formatCount(parts.length, 'machine')} to tape: fulls to “${names.pool(settings.fullPoolId)}”, ${increments === null ? 'no increments' : `increments to “${names.pool(increments)}”`}.`,
          ...(nextTape ? [`Next tape: ${nextTape.text}. ${nextTape.reason}`] : []),
        ],
        arithmetic: parts.map(
          (part) => `${part.name}: ${formatBytes(part.bytes)} in ${formatCount(part.files, 'backup file')}`,
        ),
        estimatedBytes: parts.length === 0 ? null : parts.reduce((sum, part) => sum + part.bytes, 0),
      };
    },
  },

  command: {
    noun: 'tape-job',
    summary: 'backup to tape jobs: restore points onto the tapes of a media pool',
    description: 'Writes the restore points that are not on tape yet. Every media set begins with a full.',
    options: [
      nameOption,
      descriptionOption,
      selectionOption,
      poolOption,
      switchOption(
        'increments',
        'writeIncrements',
        'write increments to tape, too (the default)',
        'only fulls go to tape',
      ),
      incrementPoolOption,
      switchOption(
        'latest-only',
        'latestPointOnly',
        'only the newest restore point of each machine',
        'every restore point that is not on tape yet (the default)',
      ),
      virtualFullOption,
      numberOption('drives', 'parallelDrives', 'drives used at once (default: 1)'),
      switchOption(
        'eject',
        'ejectMedia',
        'eject tapes when the job has ended',
        'leave tapes in the drives (the default)',
      ),
      switchOption(
        'export',
        'exportMedia',
        'close the media set when the job has ended, and move its tapes to the mail slots',
        'leave the media set open and its tapes in the library (the default)',
      ),
      numberOption('wait-hours', 'waitForMediaHours', 'hours to wait for a tape (default: 72; 0: fail at once)'),
      scheduleOption('daily 22:00'),
      retryOption,
    ],
    examples: {
      create: [
        [
          'tape-job create --name to-tape --from-job nightly --pool weekly --run',
          'fulls and increments of one job, every evening from now on, and once at once',
        ],
        [
          'tape-job create --name to-tape --from-repository main --pool weekly --increment-pool daily --schedule "daily 06:00" --export',
          'increments to tapes of their own, every morning; full tapes go to the mail slots',
        ],
      ],
      edit: [
        ['tape-job edit to-tape --drives 2', 'use two drives'],
        ['tape-job edit to-tape --no-export --no-eject', 'leave the tapes where they are'],
      ],
      run: [
        ['tape-job run to-tape', 'and wait for its end'],
        ['tape-job run to-tape --full', 'a new full of every machine, and increments on it from then on'],
      ],
    },
  },
});
