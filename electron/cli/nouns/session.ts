import type { LogLine } from '../../../shared/contract/sessions.ts';
import { formatBytes, formatDuration } from '../../../shared/domain/format.ts';
import { argument, command, flag, integer, type Noun, text } from '../command.ts';
import { finders } from '../find.ts';
import { endingExitCode, endingText, followSession } from '../follow.ts';
import { formatTime } from '../quantities.ts';
import { oneLine, table } from '../table.ts';

const which = { session: argument('SESSION', 'id, from "session list"') };

function logText(line: LogLine): string {
  const took = line.durationMs === null ? '' : ` (${formatDuration(line.durationMs)})`;
  const advice = line.advice ? `\n                            ${oneLine(line.advice)}` : '';
  return `${formatTime(line.at)}  ${line.level.padEnd(7)}  ${oneLine(line.text)}${took}${advice}`;
}

export const session: Noun = {
  name: 'session',
  summary: 'runs of jobs and everything else that takes time',
  commands: {
    list: command({
      summary: 'list sessions, newest first',
      positionals: {},
      options: {
        running: flag('only those that are running'),
        job: text('JOB', 'only runs of this job'),
        limit: integer('N', 'at most this many (default: 50)'),
      },
      examples: [
        ['session list --running', 'what is running now'],
        ['session list --job nightly', 'the runs of a job'],
      ],
      run: async (cli, _args, options) => {
        const jobId = options.job === undefined ? undefined : (await finders(cli.engine).job(options.job)).id;
        const page = await cli.engine.sessions.list({
          limit: Math.min(1000, options.limit ?? 50),
          jobId,
          running: options.running ? true : undefined,
        });
        return {
          json: page.rows,
          text: table(
            page.rows,
            [
              { title: 'started', of: (row) => formatTime(row.startedAt) },
              { title: 'name', of: (row) => row.name },
              { title: 'kind', of: (row) => row.kind },
              { title: 'result', of: (row) => row.result ?? `${row.state} ${Math.floor(row.progressPercent ?? 0)} %` },
              { title: 'took', of: (row) => formatDuration((row.endedAt ?? Date.now()) - row.startedAt), right: true },
              { title: 'processed', of: (row) => formatBytes(row.processedBytes), right: true },
              { title: 'reason', of: (row) => row.stateText ?? row.reason },
              { title: 'id', of: (row) => row.id },
            ],
            options.running ? 'Nothing is running.' : 'There are no sessions yet.',
          ),
        };
      },
    }),
    show: command({
      summary: 'one session with its tasks and log',
      positionals: which,
      options: {},
      examples: [['session show 6f1c…', 'what happened, line by line']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).session(args.session);
        const whole = await cli.engine.sessions.get({ id });
        const text = [endingText({ ...whole, log: [], left: false }), '', ...whole.log.map(logText)].join('\n');
        return { json: whole, text };
      },
    }),
    follow: command({
      summary: 'watch a session until it ends',
      description: 'The exit code is that of the session. With --json one line for each line of its log, then its end.',
      positionals: which,
      options: {},
      examples: [['session follow 6f1c…', 'its log as it grows']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).session(args.session);
        const { json } = cli.global;
        const ending = await followSession(cli, id, (line) =>
          cli.terminal.out(json ? `${JSON.stringify(line)}\n` : `${logText(line)}\n`),
        );
        return {
          json: { session: ending.session, tasks: ending.tasks },
          text: endingText({ ...ending, log: [] }),
          exitCode: endingExitCode(ending),
        };
      },
    }),
    cancel: command({
      summary: 'stop a session; what is committed stays',
      positionals: which,
      options: {},
      examples: [['session cancel 6f1c…', 'and wait until it has stopped']],
      run: async (cli, args) => {
        const { id, name } = await finders(cli.engine).session(args.session);
        await cli.engine.sessions.cancel({ id });
        if (!cli.global.wait) return { json: { sessionId: id }, text: `${name} is stopping.` };
        const ending = await followSession(cli, id);
        return { json: { session: ending.session }, text: endingText(ending) };
      },
    }),
  },
};
