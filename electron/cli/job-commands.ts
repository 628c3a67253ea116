import type { JobRow } from '../../shared/contract/jobs.ts';
import { type JobKind, rulesOf } from '../../shared/domain/jobs/job-kinds.ts';
import { argument, type Command, command, flag } from './command.ts';
import type { CliContext } from './context.ts';
import { allPages, finders } from './find.ts';
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

const nextTapeColumn: Column<JobRow> = { title: 'next tape', of: (row) => row.nextTape?.text };

export function listCommand(kind: JobKind): Command {
  const { name, command: words } = rulesOf(kind);
  return command({
    summary: `list ${name}s`,
    positionals: {},
    options: {},
    examples: [[`${words.noun} list`, 'with schedule, next run and last result']],
    run: async (cli) => {
      const rows = await listJobs(cli, kind);
      const nothing = `There are no ${name}s. Make one: reelvault ${words.noun} create --help`;
      return {
        json: rows,
        text: table(rows, rows.some((row) => row.nextTape) ? [...jobColumns, nextTapeColumn] : jobColumns, nothing),
      };
    },
  });
}

export function runCommand(kind: JobKind): Command {
  const { name, command: words } = rulesOf(kind);
  return command({
    summary: `start a ${name} now`,
    positionals: { job: argument('JOB', 'name or id') },
    options: { full: fullFlag },
    examples: words.examples.run,
    run: async (cli, args, options) => {
      const { id } = await finders(cli.engine).jobOf(kind)(args.job);
      const { sessionId } = await cli.engine.jobs.run({ id, activeFull: options.full });
      return sessionResult(cli, sessionId);
    },
  });
}

export const fullFlag = flag('an active full: new full backups instead of increments');
