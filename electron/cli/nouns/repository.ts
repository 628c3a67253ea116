import path from 'node:path';
import { formatBytes } from '../../../shared/domain/format.ts';
import { argument, command, flag, list, type Noun, text } from '../command.ts';
import { allPages, finders } from '../find.ts';
import { sessionResult } from '../follow.ts';
import { table } from '../table.ts';

export const repository: Noun = {
  name: 'repository',
  summary: 'folders in which backups are kept',
  commands: {
    add: command({
      summary: 'add a folder as a repository and read what is in it',
      description:
        'The folder is made if it is missing. Backups already in it are listed under Disk (Imported); give the keys\nof encrypted ones with --key.',
      positionals: {
        name: argument('NAME', 'name of the repository'),
        folder: argument('FOLDER', 'folder on the backup server: a local disk or a mounted share'),
      },
      options: {
        description: text('TEXT', 'what it is for'),
        'require-mount': flag('refuse to write when nothing is mounted at the folder'),
        key: list('KEY', 'encryption key tried when backups are read, by name'),
      },
      examples: [
        ['repository add main /backups/main', 'keep backups in a local folder'],
        [
          'repository add offsite /mnt/nas/backups --require-mount',
          'a mounted share; never write into the bare mount point',
        ],
      ],
      run: async (cli, args, options) => {
        const find = finders(cli.engine);
        const keyIds = await Promise.all(options.key.map(async (name) => (await find.key(name)).id));
        const { id, sessionId } = await cli.engine.repositories.add({
          settings: {
            name: args.name,
            description: options.description,
            place: {
              kind: 'directory',
              path: path.resolve(cli.cwd, args.folder),
              requireMount: options['require-mount'],
            },
            keyIds,
          },
        });
        return sessionResult(cli, sessionId, { text: `Repository ${args.name} is added.`, json: { id } });
      },
    }),
    list: command({
      summary: 'list repositories with their free space',
      positionals: {},
      options: {},
      examples: [['repository list', 'all repositories']],
      run: async (cli) => {
        const rows = await allPages((offset) => cli.engine.repositories.list({ offset, limit: 1000 }));
        return {
          json: rows,
          text: table(
            rows,
            [
              { title: 'name', of: (row) => row.name },
              { title: 'state', of: (row) => (row.stateText ? `${row.state}: ${row.stateText}` : row.state) },
              { title: 'machines', of: (row) => row.machineCount, right: true },
              { title: 'points', of: (row) => row.pointCount, right: true },
              { title: 'used', of: (row) => formatBytes(row.usedBytes), right: true },
              { title: 'free', of: (row) => (row.freeBytes === null ? '' : formatBytes(row.freeBytes)), right: true },
              { title: 'folder', of: (row) => row.path },
            ],
            'There are no repositories. Add one: reelvault repository add NAME FOLDER',
          ),
        };
      },
    }),
    rescan: command({
      summary: 'read what is on disk and reconcile the list of backups with it',
      positionals: { repository: argument('REPOSITORY', 'name or id') },
      options: {},
      examples: [['repository rescan main', 'after files were copied into it by hand']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).repository(args.repository);
        const { sessionId } = await cli.engine.repositories.rescan({ id });
        return sessionResult(cli, sessionId);
      },
    }),
    remove: command({
      summary: 'remove a repository from the configuration; its files stay',
      positionals: { repository: argument('REPOSITORY', 'name or id') },
      options: {},
      examples: [['repository remove old', 'forget a repository; adding its folder brings everything back']],
      run: async (cli, args) => {
        const row = await finders(cli.engine).repository(args.repository);
        await cli.engine.repositories.remove({ id: row.id });
        return { json: { id: row.id }, text: `Repository ${row.name} is removed. Its files stay in ${row.path}.` };
      },
    }),
  },
};
