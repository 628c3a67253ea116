import { z } from 'zod';
import { commandWithOptions } from '../command-line.ts';
import { describeSchedule } from '../schedule.ts';
import { backup } from './backup.ts';
import { backupCopy } from './backup-copy.ts';
import { backupToTape } from './backup-to-tape.ts';
import type { JobFacts, JobKindRules, JobNames, JobOutlook, JobProblem, JobSight, OtherJob } from './kind.ts';
import type { Schedule } from './shapes.ts';

/** The kinds of job there are. A new one is a file beside this and a line here. */
export const jobKinds = [backup, backupCopy, backupToTape] as const;

type Kinds = typeof jobKinds;
type SchemasOf<T extends readonly { schema: z.ZodObject }[]> = { -readonly [At in keyof T]: T[At]['schema'] };
export type JobKind = Kinds[number]['kind'];
export const jobKindNames = jobKinds.map(({ kind }) => kind);

/** The settings of any job, by kind. */
export const jobSettings = z.discriminatedUnion('kind', jobKinds.map(({ schema }) => schema) as SchemasOf<Kinds>);
export type JobSettings = z.output<typeof jobSettings>;
/** What may leave out every setting that has a default. */
export type JobSettingsInput = z.input<typeof jobSettings>;

export type SettingsOf<Kind extends JobKind> = Extract<JobSettings, { kind: Kind }>;

const byKind = new Map<string, JobKindRules<JobSettings, JobKind>>(jobKinds.map((rules) => [rules.kind, rules]));

/** The rules of a kind, for whatever settings of that kind are at hand. */
export function rulesOf(kind: JobKind): JobKindRules<JobSettings, JobKind> {
  const rules = byKind.get(kind);
  if (!rules) throw new RangeError(`There is no kind of job called ${kind}.`);
  return rules;
}

/** One value for each kind. */
export function byEachKind<T>(value: (rules: JobKindRules<JobSettings, JobKind>) => T): Record<JobKind, T> {
  return Object.fromEntries(jobKindNames.map((kind) => [kind, value(rulesOf(kind))])) as Record<JobKind, T>;
}

/** As it is stored. */
export function normalised(settings: JobSettings): JobSettings {
  return rulesOf(settings.kind).normalise(settings);
}

/** A job as the rules of others see it. */
export function otherJob(job: { id: string; settings: JobSettings }): OtherJob {
  const { settings } = job;
  return {
    id: job.id,
    name: settings.name,
    kind: settings.kind,
    repositoryId: rulesOf(settings.kind).uses(settings).repositoryId,
    runsAfterJobId: settings.schedule.kind === 'after-job' ? settings.schedule.jobId : null,
  };
}

/** Ids of the repositories, media pools and keys that cannot be removed while a job with these settings is there. */
export function usedIds(settings: JobSettings): string[] {
  const rules = rulesOf(settings.kind);
  const { repositoryId, poolIds, keyId } = rules.uses(settings);
  return [repositoryId, keyId, ...poolIds, ...(rules.reads(settings)?.repositoryIds ?? [])].filter((id) => id !== null);
}

/** Why settings cannot be saved, whatever their kind; the schema's own refusals come before these. */
export function jobProblems(settings: JobSettings, facts: JobFacts): JobProblem[] {
  const rules = rulesOf(settings.kind);
  const problems: JobProblem[] = [];
  const add = (field: string, message: string, advice: string): void => {
    problems.push({ field, message, advice });
  };
  const name = settings.name.trim().toLowerCase();
  const same = facts.jobs.find((job) => job.id !== facts.ownId && job.name.trim().toLowerCase() === name);
  if (same) add('name', `There is already a job named “${same.name}”.`, 'Choose another name.');

  const { repositoryId, poolIds, keyId } = rules.uses(settings);
  const missing = (known: readonly { id: string }[] | undefined, id: string | null): boolean =>
    known !== undefined && id !== null && id !== '' && !known.some((one) => one.id === id);
  if (missing(facts.repositories, repositoryId)) {
    add('repositoryId', 'This repository is not configured.', 'Choose another.');
  }
  if (missing(facts.keys, keyId)) add('keyId', 'This encryption key is not there any more.', 'Choose another.');
  for (const [field, id] of Object.entries(settings)) {
    if (typeof id === 'string' && poolIds.includes(id) && missing(facts.pools, id)) {
      add(field, 'A tape job writes to a media pool of your own.', 'Choose or create a media pool.');
    }
  }
  problems.push(...rules.problems(settings, facts), ...scheduleProblems(settings, rules, facts));
  return problems;
}

function scheduleProblems(
  { schedule }: JobSettings,
  rules: JobKindRules<JobSettings, JobKind>,
  { jobs, ownId }: JobFacts,
): JobProblem[] {
  const problem = (message: string, advice: string): JobProblem[] => [{ field: 'schedule', message, advice }];
  if (!rules.schedules.includes(schedule.kind)) {
    return problem(
      `A ${rules.name} cannot run ${describeSchedule(schedule).toLowerCase()}.`,
      'Choose another schedule.',
    );
  }
  if (schedule.kind !== 'after-job' || schedule.jobId === '') return [];
  // Following the chain of predecessors must end somewhere.
  const seen = new Set<string>();
  for (let at: string | null = schedule.jobId; at !== null; ) {
    if (at === ownId || seen.has(at)) {
      return problem('These jobs would wait for each other in a circle.', 'Choose another job to run after.');
    }
    seen.add(at);
    const before: OtherJob | undefined = jobs.find((job) => job.id === at);
    if (!before) return problem('The job to run after is not there any more.', 'Choose another.');
    at = before.runsAfterJobId;
  }
  return [];
}

/** Whether a job starts because another one has ended well: it runs after that one, or reads what that one makes. */
export function startsAfter(settings: JobSettings, ended: Pick<OtherJob, 'id' | 'repositoryId'>): boolean {
  const { schedule } = settings;
  if (schedule.kind === 'after-job') return schedule.jobId === ended.id;
  const reads = rulesOf(settings.kind).reads(settings);
  if (schedule.kind !== 'continuous' || reads === null || ended.repositoryId === null) return false;
  return reads.jobIds.includes(ended.id) || reads.repositoryIds.includes(ended.repositoryId);
}

/** When it runs: `Every day at 22:00`. */
export function scheduleText(schedule: Schedule, names: JobNames): string {
  return describeSchedule(schedule, schedule.kind === 'after-job' ? { jobName: names.job(schedule.jobId) } : {});
}

/** What starts a job that no clock starts, as the end of a sentence: `when started by hand`. */
export function startText({ kind }: Schedule): string {
  if (kind === 'continuous') return 'as soon as there is a new restore point to read';
  return kind === 'after-job' ? 'when the job before it has ended well' : 'when started by hand';
}

/** Everything that a job with these settings would do, in sentences, and the same as a command line. */
export function jobOutlook(settings: JobSettings, sight: JobSight, names: JobNames): JobOutlook & { command: string } {
  const { schedule } = settings;
  const outlook = rulesOf(settings.kind).words.outlook(settings, sight, names);
  return {
    ...outlook,
    sentences: [
      ...outlook.sentences,
      schedule.kind === 'manual' ? 'Runs only when started by hand.' : `${scheduleText(schedule, names)}.`,
    ],
    command: jobCommand(settings, names),
  };
}

/** The command line that makes the same job. What is as it is by default is left out. */
export function jobCommand(settings: JobSettings, names: JobNames): string {
  const { command, schema } = rulesOf(settings.kind);
  const given: Record<string, unknown> = settings;
  const isUsual = (field: string): boolean => {
    const usual = schema.shape[field]?.safeParse(undefined);
    return usual?.success === true && JSON.stringify(usual.data) === JSON.stringify(given[field]);
  };
  const options = command.options
    .filter(({ fields }) => !fields.every(isUsual))
    .flatMap((option) => option.words(settings, names));
  return commandWithOptions(`${command.noun} create`, [], options);
}
