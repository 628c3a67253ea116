import type { JobKind, JobRow, JobSettingsInput } from '../../shared/contract/jobs.ts';
import { argument, type Command, command, flag } from './command.ts';
import type { CliContext } from './context.ts';
import { allPages, finders, jobWords } from './find.ts';
import { sessionResult } from './follow.ts';
import { formatTime } from './quantities.ts';
import { type Column, table } from './table.ts';

/** Jobs, of one kind or all. */
export async function listJobs(cli: CliContext, kind?: JobKind): Promise<JobRow[]> {
  const rows = await allPages((offset) => cli.engine.jobs.list({ offset, limit: 1000 }));
  return kind === undefined ? rows : rows.filter((row) => row.kind === kind);
}

export const jobColumns: readonly Column<JobRow>[] = [
  { title: 'name', of: (row) => row.name },
  { title: 'source', of: (row) => row.sourceSummary },
  { title: 'target', of: (row) => row.targetName },
  { title: 'schedule', of: (row) => (row.enabled ? row.scheduleText : `disabled (${row.scheduleText})`) },
  { title: 'next run', of: (row) => formatTime(row.nextRunAt) },
  { title: 'last run', of: (row) => formatTime(row.lastRunAt) },
  { title: 'result', of: (row) => (row.runningSessionId ? `running (${row.runningState ?? ''})` : row.lastResult) },
];

export function listCommand(kind: JobKind, noun: string, extra: readonly Column<JobRow>[] = []): Command {
  return command({
    summary: `list ${jobWords[kind]}s`,
    positionals: {},
    options: {},
    examples: [[`${noun} list`, 'with schedule, next run and last result']],
    run: async (cli) => {
      const rows = await listJobs(cli, kind);
      const nothing = `There are no ${jobWords[kind]}s. Make one: reelvault ${noun} create --help`;
      return { json: rows, text: table(rows, [...jobColumns, ...extra], nothing) };
    },
  });
}

/** `example`: a name that such a job would have. */
export function runCommand(kind: JobKind, noun: string, example: string): Command {
  return command({
    summary: `start a ${jobWords[kind]} now`,
    positionals: { job: argument('JOB', 'name or id') },
    options: { full: flag('make full backups instead of increments') },
    examples: [
      [`${noun} run ${example}`, 'and wait for its end'],
      [`${noun} run ${example} --no-wait`, 'and leave; "session follow" watches it'],
    ],
    run: async (cli, args, options) => {
      const { id } = await finders(cli.engine).jobOf(kind)(args.job);
      const { sessionId } = await cli.engine.jobs.run({ id, activeFull: options.full });
      return sessionResult(cli, sessionId);
    },
  });
}

/** Saves a new job and, with --run, starts it. */
export async function createJob(cli: CliContext, settings: JobSettingsInput, runNow: boolean) {
  const { id, sessionId } = await cli.engine.jobs.create({ settings, runNow });
  return sessionResult(cli, sessionId, { text: `Job ${settings.name} is created.`, json: { id } });
}

/** Saves the changed settings of a job. */
export async function updateJob(cli: CliContext, id: string, settings: JobSettingsInput) {
  await cli.engine.jobs.update({ id, settings });
  return { json: { id }, text: `Job ${settings.name} is changed.` };
}
