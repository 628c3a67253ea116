import { jobKinds } from '../../../shared/domain/jobs/job-kinds.ts';
import { formatCount } from '../../../shared/domain/format.ts';
import { command, type Noun } from '../command.ts';
import { sessionResult } from '../follow.ts';
import { formatTime } from '../quantities.ts';
import { columns, oneLine, table } from '../table.ts';

export const system: Noun = {
  name: 'system',
  summary: 'the engine and what it keeps',
  commands: {
    info: command({
      summary: 'version, data directory and time zone of the engine',
      positionals: {},
      options: {},
      examples: [['system info', 'which engine answers, and where its data is']],
      run: async (cli) => {
        const info = await cli.engine.system.info();
        return {
          json: { ...info, openedForThisCommand: cli.ownsEngine },
          text: columns([
            ['Product', `${info.product} ${info.version}`],
            ['Computer', info.hostName],
            ['Data directory', info.dataDir],
            ['Engine', cli.ownsEngine ? 'opened for this command' : `running since ${formatTime(info.startedAt)}`],
            ['Time zone', info.timeZone],
          ]),
        };
      },
    }),
    overview: command({
      summary: 'counts of everything, and what needs someone',
      positionals: {},
      options: {},
      examples: [['system overview', 'the state of things in the morning']],
      run: async (cli) => {
        const view = await cli.engine.system.overview();
        const { jobs, backups, last24Hours: day } = view;
        const rows = [
          ['Jobs', jobKinds.map(({ kind, labels }) => `${jobs[kind]} ${labels.run.toLowerCase()}`).join(', ')],
          [
            'Backups',
            `${backups.disk} disk, ${backups.copy} copy, ${backups.imported} imported, ${backups.orphaned} orphaned, ${backups.tape} tape`,
          ],
          [
            'Last 24 hours',
            `${day.running} running, ${day.success} success, ${day.warning} warning, ${day.failed} failed, ${day.stopped} stopped`,
          ],
          ['Repositories', String(view.repositories)],
          ...view.libraries.map((library) => [
            `Library ${oneLine(library.name)}`,
            `${library.online ? 'online' : 'OFFLINE'}, ${formatCount(library.drives, 'drive')}, ${formatCount(library.media, 'tape')}`,
          ]),
          ...view.pools.map((pool) => [`Pool ${oneLine(pool.name)}`, formatCount(pool.media, 'tape')]),
        ];
        const attention = view.attention.map((item) => `  ${item.kind}: ${oneLine(item.text)}`);
        const needs = attention.length > 0 ? ['', 'Needs someone:', ...attention] : [];
        return { json: view, text: [columns(rows), ...needs].join('\n') };
      },
    }),
    audit: command({
      summary: 'who did what, newest first',
      positionals: {},
      options: {},
      examples: [['system audit', 'the last 200 entries']],
      run: async (cli) => {
        const page = await cli.engine.system.audit({});
        return {
          json: page,
          text: table(
            page.rows,
            [
              { title: 'when', of: (row) => formatTime(row.at) },
              { title: 'who', of: (row) => row.who },
              { title: 'action', of: (row) => row.action },
              { title: 'object', of: (row) => row.object },
            ],
            'Nothing has been done yet.',
          ),
        };
      },
    }),
    sample: command({
      summary: 'make repositories, jobs and a virtual library to try things on',
      positionals: {},
      options: {},
      examples: [['system sample', 'a working set in under a minute']],
      run: async (cli) => {
        const { sessionId } = await cli.engine.system.createSample();
        return sessionResult(cli, sessionId);
      },
    }),
  },
};
