import { argument, command, type Noun } from '../command.ts';
import { rulesOf, startText } from '../../../shared/domain/jobs/job-kinds.ts';
import type { Schedule } from '../../../shared/domain/schedule.ts';
import { finders } from '../find.ts';
import { sessionResult } from '../follow.ts';
import { fullFlag, jobColumns, listJobs } from '../job-commands.ts';
import { formatTime } from '../quantities.ts';
import { columns, oneLine, table } from '../table.ts';

function nextRunText(at: number | null, schedule: Schedule): string {
  return at === null ? startText(schedule) : formatTime(at);
}

const which = { job: argument('JOB', 'name or id') };

function setEnabled(enabled: boolean) {
  const verb = enabled ? 'enable' : 'disable';
  return command({
    summary: enabled ? 'let a job run by its schedule again' : 'keep a job from running by its schedule',
    positionals: which,
    options: {},
    examples: [[`job ${verb} nightly`, enabled ? 'its schedule counts again' : 'it still runs when started by hand']],
    run: async (cli, args) => {
      const row = await finders(cli.engine).job(args.job);
      await cli.engine.jobs.setEnabled({ id: row.id, enabled });
      return { json: { id: row.id, enabled }, text: `Job ${row.name} is ${verb}d.` };
    },
  });
}

export const job: Noun = {
  name: 'job',
  summary: 'jobs of every kind',
  commands: {
    list: command({
      summary: 'list all jobs',
      positionals: {},
      options: {},
      examples: [['job list', 'every kind, with next run and last result']],
      run: async (cli) => {
        const rows = await listJobs(cli);
        const shown = [{ title: 'kind', of: (row: (typeof rows)[number]) => row.kind }, ...jobColumns];
        return { json: rows, text: table(rows, shown, 'There are no jobs. Make one: reelvault backup create --help') };
      },
    }),
    show: command({
      summary: 'what a job does, in words and as a command',
      positionals: which,
      options: {},
      examples: [['job show nightly', 'settings, next run and the command that makes the same job']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).job(args.job);
        const row = await cli.engine.jobs.get({ id });
        const preview = await cli.engine.jobs.preview({ settings: row.settings });
        const rows = [
          ['Job', `${oneLine(row.name)} (${rulesOf(row.kind).name}${row.enabled ? '' : ', disabled'})`],
          ['Id', row.id],
          ...(row.description ? [['Description', oneLine(row.description)]] : []),
          ['Schedule', row.scheduleText],
          [
            'Next run',
            row.enabled ? nextRunText(row.nextRunAt, row.settings.schedule) : 'when started by hand: it is disabled',
          ],
          [
            'Last run',
            row.lastRunAt === null ? 'never' : `${formatTime(row.lastRunAt)} ${row.lastResult ?? 'running'}`,
          ],
          ...(row.nextTape ? [['Next tape', `${row.nextTape.text}: ${row.nextTape.reason}`]] : []),
        ];
        const sentences = preview.sentences.map((sentence) => oneLine(sentence));
        return {
          json: { ...row, preview },
          text: [columns(rows), '', ...sentences, '', `The same job as a command: ${oneLine(preview.command)}`].join(
            '\n',
          ),
        };
      },
    }),
    clone: command({
      summary: 'make a job with the same settings, disabled',
      positionals: which,
      options: {},
      examples: [['job clone nightly', 'its name is then "nightly copy"; change it, then enable it']],
      run: async (cli, args) => {
        const row = await finders(cli.engine).job(args.job);
        const { id, name } = await cli.engine.jobs.clone({ id: row.id });
        return { json: { id, name }, text: `Job ${name} is made. It is disabled: change it, then enable it.` };
      },
    }),
    enable: setEnabled(true),
    disable: setEnabled(false),
    run: command({
      summary: 'start a job now',
      positionals: which,
      options: { full: fullFlag },
      examples: [['job run nightly', 'and wait for its end']],
      run: async (cli, args, options) => {
        const { id } = await finders(cli.engine).job(args.job);
        const { sessionId } = await cli.engine.jobs.run({ id, activeFull: options.full });
        return sessionResult(cli, sessionId);
      },
    }),
    remove: command({
      summary: 'remove a job; its backups stay',
      positionals: which,
      options: {},
      examples: [['job remove nightly', 'its backups are then listed under Disk (Orphaned)']],
      run: async (cli, args) => {
        const row = await finders(cli.engine).job(args.job);
        await cli.engine.jobs.remove({ id: row.id });
        return { json: { id: row.id }, text: `Job ${row.name} is removed. Its backups stay.` };
      },
    }),
  },
};
