import { formatBytes } from '../../../shared/domain/format.ts';
import { argument, command, text } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { allPages, finders } from '../find.ts';
import { sessionResult } from '../follow.ts';

/** A command beside those of backup jobs: it concerns the files that they made. */
export const deleteFromDisk = command({
  summary: 'delete a machine’s backup files from a repository',
  description: 'All restore points of this machine in this backup are lost. Copies elsewhere and on tape stay.',
  positionals: { backup: argument('MACHINE', 'machine, or the id of a backup from "points backups"') },
  options: {
    repository: text('REPOSITORY', 'which one, where the machine has backups in several'),
    job: text('JOB', 'which one, where several jobs back the machine up'),
  },
  examples: [['backup delete-from-disk web01 --repository old --confirm web01', 'free the space of a retired machine']],
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
      throw usageError(`"${args.backup}" has several backups: ${which}.`, 'Choose with --repository, --job or the id.');
    }
    const loss = `This deletes ${row.pointCount} restore points of ${row.machineName} (${formatBytes(row.sizeBytes)}) from ${row.locationName}.`;
    const confirm = await confirmed(cli, row.machineName, loss);
    const { sessionId } = await cli.engine.backups.deleteFromDisk({ backupId: row.id, confirm });
    return sessionResult(cli, sessionId);
  },
});
