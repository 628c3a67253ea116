import { z } from 'zod';
import { formatBytes, formatCount } from '../format.ts';
import { jobKind } from './kind.ts';
import { encryptionSentence, retentionSentence, selectionNames } from './words.ts';
import {
  choiceOption,
  descriptionOption,
  keyOption,
  nameOption,
  repositoryOption,
  retentionOption,
  retryOption,
  scheduleOption,
  selectionOption,
} from './options.ts';
import { selectionProblems } from './selection-problems.ts';
import {
  backupSelection,
  chosen,
  codec,
  commonShape,
  id,
  retention,
  type RetentionRule,
  type Schedule,
  schedule,
} from './shapes.ts';

const usualRetention: RetentionRule = { kind: 'days', days: 7 };

const schema = z.object({
  kind: z.literal('backup-copy'),
  ...commonShape,
  schedule: schedule
    .default({ kind: 'continuous' })
    .describe('continuous: an immediate copy, of each restore point as it appears; else periodic, of the newest one'),
  sources: backupSelection,
  repositoryId: chosen('Choose a repository.'),
  retention: retention.default(usualRetention),
  codec: z.union([z.literal('keep'), codec]).default('keep'),
  keyId: id.optional(),
});
export type BackupCopySettings = z.output<typeof schema>;

/** Immediate: every restore point as it appears. Periodic: the newest one, at the times of the schedule. */
export function copyMode({ schedule }: { schedule: { kind: Schedule['kind'] } }): 'immediate' | 'periodic' {
  return schedule.kind === 'continuous' ? 'immediate' : 'periodic';
}

export const backupCopy = jobKind({
  kind: 'backup-copy',
  schema,
  name: 'backup copy job',
  labels: {
    title: 'Backup Copy Job',
    plural: 'Backup Copy Jobs',
    short: 'Backup Copy',
    run: 'Backup copy',
    about:
      'A backup copy job keeps a second copy of restore points in another repository, as soon as they are made or now and then.',
  },
  can: { activeFull: true, beRead: true },
  makes: 'copy',
  schedules: ['continuous', 'daily', 'monthly', 'periodic', 'after-job', 'manual'],
  normalise: (settings) => settings,
  reads: ({ sources }) => sources,
  uses: ({ repositoryId, keyId }) => ({ repositoryId, poolIds: [], keyId: keyId ?? null }),

  problems(settings, facts) {
    const { sources, repositoryId } = settings;
    const target = facts.repositories?.find((repository) => repository.id === repositoryId)?.name ?? 'the repository';
    const beside = facts.jobs.find((job) => sources.jobIds.includes(job.id) && job.repositoryId === repositoryId);
    const advice = 'Choose another target: a copy beside its source is no second copy.';
    return [
      ...selectionProblems(sources, facts),
      ...(repositoryId !== '' && sources.repositoryIds.includes(repositoryId)
        ? [{ field: 'repositoryId', message: `“${target}” is one of the sources.`, advice }]
        : []),
      ...(repositoryId !== '' && beside
        ? [{ field: 'repositoryId', message: `“${beside.name}” writes to “${target}” itself.`, advice }]
        : []),
    ];
  },

  words: {
    sources: ({ sources }, names) => selectionNames(sources, names),
    target: ({ repositoryId }, names) => names.repository(repositoryId),
    outlook(settings, { parts }, names) {
      const encrypted = parts.filter((part) => part.encrypted).length;
      return {
        sentences: [
          `Copies the backups of ${formatCount(parts.length, 'machine')} to the repository “${names.repository(settings.repositoryId)}”.`,
          copyMode(settings) === 'immediate'
            ? 'Every new restore point is copied as soon as it is there.'
            : 'Each run copies the newest restore point.',
          ...(encrypted > 0 && !settings.keyId
            ? [
                `${formatCount(encrypted, 'machine')} of the source ${encrypted === 1 ? 'is' : 'are'} encrypted: the copies stay under the source’s key, and their blocks are not opened.`,
              ]
            : []),
          retentionSentence(settings.retention),
          settings.keyId === undefined && encrypted === parts.length && encrypted > 0
            ? 'Encrypted as the source is.'
            : encryptionSentence(settings.keyId, names),
        ],
        arithmetic: parts.map(
          (part) => `${part.name}: ${formatBytes(part.bytes)} in ${formatCount(part.files, 'backup file')}`,
        ),
        estimatedBytes: parts.length === 0 ? null : parts.reduce((sum, part) => sum + part.bytes, 0),
      };
    },
  },

  command: {
    noun: 'copy',
    summary: 'backup copy jobs: restore points into a second repository',
    description:
      'Takes restore points of jobs or repositories, and keeps them by a retention of its own. Without a schedule, or with\n' +
      '"continuous", it is an immediate copy: every restore point is copied as soon as it is there. With any other schedule\n' +
      'it is a periodic copy: each run copies the newest restore point of each machine.',
    options: [
      nameOption,
      descriptionOption,
      selectionOption,
      repositoryOption('where the copies go'),
      retentionOption(usualRetention),
      choiceOption(
        'compression',
        'codec',
        ['keep', 'none', 'lz4', 'zstd'],
        'keep the source’s, or another (default: keep)',
      ),
      keyOption,
      scheduleOption('continuous'),
      retryOption,
    ],
    examples: {
      create: [
        [
          'copy create --name to-nas --from-job nightly --repository offsite',
          'copy each restore point as soon as it is there',
        ],
        [
          'copy create --name weekly --from-repository main --exclude test01 --schedule "weekly sat 06:00" --repository offsite --keep-days 90',
          'everything but one machine, on Saturdays, for 90 days',
        ],
      ],
      edit: [['copy edit to-nas --keep-days 30', 'keep more']],
      run: [
        ['copy run to-nas', 'and wait for its end'],
        ['copy run to-nas --full', 'a new full of the newest restore point, beside the chain there is'],
      ],
    },
  },
});
