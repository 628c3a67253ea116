import { formatBytes } from '../../../shared/domain/format.ts';
import { argument, command, flag, type Noun, text } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { allPages, finders } from '../find.ts';
import { sessionResult } from '../follow.ts';
import { createJob, listCommand, runCommand, updateJob } from '../job-commands.ts';
import { backupOptions, backupSettings } from '../job-settings.ts';
import { scheduleHelp } from '../settings-text.ts';

export const backup: Noun = {
  name: 'backup',
  summary: 'backup jobs: disks of machines into a repository',
  commands: {
    create: command({
      summary: 'make a backup job',
      description: `Name, machines and repository are needed; the rest has defaults.\n\n${scheduleHelp}`,
      positionals: {},
      options: { ...backupOptions, run: flag('start it at once') },
      examples: [
        [
          'backup create --name nightly --machine web01,proxmox-ve,/images/web01.raw --repository main --run',
          'one machine, started at once',
        ],
        [
          'backup create --name nightly --machine db,generic,system=/dev/vg/db,data=/dev/vg/data --repository main --schedule "daily 22:00" --keep-points 14',
          'a machine with two named disks, every night',
        ],
      ],
      run: async (cli, _args, options) => createJob(cli, await backupSettings(cli, options), options.run),
    }),
    edit: command({
      summary: 'change a backup job; what is not given stays',
      positionals: { job: argument('JOB', 'name or id') },
      options: backupOptions,
      examples: [['backup edit nightly --schedule "daily 23:30"', 'another time']],
      run: async (cli, args, options) => {
        const { id } = await finders(cli.engine).jobOf('backup')(args.job);
        const { settings } = await cli.engine.jobs.get({ id });
        if (settings.kind !== 'backup') throw usageError(`"${args.job}" is not a backup job.`);
        return updateJob(cli, id, await backupSettings(cli, options, settings));
      },
    }),
    run: runCommand('backup', 'backup', 'nightly'),
    list: listCommand('backup', 'backup'),
    'delete-from-disk': command({
      summary: 'delete a machine’s backup files from a repository',
      description: 'All restore points of this machine in this backup are lost. Copies elsewhere and on tape stay.',
      positionals: { backup: argument('MACHINE', 'machine, or the id of a backup from "points backups"') },
      options: {
        repository: text('REPOSITORY', 'which one, where the machine has backups in several'),
        job: text('JOB', 'which one, where several jobs back the machine up'),
      },
      examples: [
        ['backup delete-from-disk web01 --repository old --confirm web01', 'free the space of a retired machine'],
      ],
      run: async (cli, args, options) => {
        const rows = await allPages((offset) => cli.engine.backups.list({ offset, limit: 1000 }));
        const repositoryId =
          options.repository === undefined ? undefined : (await finders(cli.engine).repository(options.repository)).id;
        const chosen = rows.filter(
          (row) =>
            row.origin !== 'tape' &&
            (row.id === args.backup || row.machineName === args.backup) &&
            (repositoryId === undefined || row.locationId === repositoryId) &&
            (options.job === undefined || row.jobName === options.job),
        );
        const [row, ...others] = chosen;
        if (!row) {
          throw new CliError(
            exitCodes.notFound,
            `There is no such backup of "${args.backup}" on disk.`,
            '"reelvault points backups" lists all.',
          );
        }
        if (others.length > 0) {
          const which = chosen.map((one) => `${one.id} (job ${one.jobName}, in ${one.locationName})`).join('; ');
          throw usageError(
            `"${args.backup}" has several backups: ${which}.`,
            'Choose with --repository, --job or the id.',
          );
        }
        const loss = `This deletes ${row.pointCount} restore points of ${row.machineName} (${formatBytes(row.sizeBytes)}) from ${row.locationName}.`;
        const confirm = await confirmed(cli, row.machineName, loss);
        const { sessionId } = await cli.engine.backups.deleteFromDisk({ backupId: row.id, confirm });
        return sessionResult(cli, sessionId);
      },
    }),
  },
};
