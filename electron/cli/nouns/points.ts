import type { BackupOrigin } from '../../../shared/contract/backups.ts';
import { formatBytes } from '../../../shared/domain/format.ts';
import { choice, command, integer, type Noun, text } from '../command.ts';
import type { CliContext } from '../context.ts';
import { allPages, finders } from '../find.ts';
import { formatTime } from '../quantities.ts';
import { table } from '../table.ts';

const origins: readonly BackupOrigin[] = ['disk', 'copy', 'imported', 'orphaned', 'tape'];
const place = choice(origins, 'only points there');

async function locationOf(cli: CliContext, repository: string | undefined, pool: string | undefined) {
  const find = finders(cli.engine);
  if (repository !== undefined) return (await find.repository(repository)).id;
  return pool === undefined ? undefined : (await find.pool(pool)).id;
}

export const points: Noun = {
  name: 'points',
  summary: 'backups and their restore points, on disk and on tape',
  commands: {
    list: command({
      summary: 'list restore points, newest first',
      positionals: {},
      options: {
        machine: text('MACHINE', 'only of this machine'),
        place,
        repository: text('REPOSITORY', 'only in this repository'),
        pool: text('POOL', 'only on tapes of this media pool'),
        limit: integer('N', 'at most this many (default: 200)'),
      },
      examples: [
        ['points list --machine web01', 'every point of a machine, wherever it is'],
        ['points list --place tape --pool weekly', 'what a media pool holds'],
      ],
      run: async (cli, _args, options) => {
        const machineId =
          options.machine === undefined ? undefined : (await finders(cli.engine).machine(options.machine)).id;
        const locationId = await locationOf(cli, options.repository, options.pool);
        const page = await cli.engine.backups.points({
          limit: Math.min(1000, options.limit ?? 200),
          origin: options.place,
          machineId,
          locationId,
        });
        const shown = table(
          page.rows,
          [
            { title: 'machine', of: (row) => row.machineName },
            { title: 'created', of: (row) => formatTime(row.createdAt) },
            { title: 'kind', of: (row) => row.kind },
            { title: 'size', of: (row) => formatBytes(row.sizeBytes), right: true },
            { title: 'place', of: (row) => row.origin },
            { title: 'where', of: (row) => row.locationName },
            { title: 'tapes', of: (row) => row.tapes.map((tape) => `${tape.barcode} (${tape.where})`).join(', ') },
            { title: 'state', of: (row) => (row.stateReason ? `${row.state}: ${row.stateReason}` : row.state) },
            { title: 'id', of: (row) => row.id },
          ],
          'There are no restore points.',
        );
        const more = page.total > page.rows.length ? `\n${page.rows.length} of ${page.total}; --limit shows more.` : '';
        return { json: page.rows, text: `${shown}${more}` };
      },
    }),
    backups: command({
      summary: 'list backups: machines by place',
      positionals: {},
      options: { place },
      examples: [['points backups --place copy', 'what the copy jobs keep']],
      run: async (cli, _args, options) => {
        const rows = await allPages((offset) =>
          cli.engine.backups.list({ offset, limit: 1000, origin: options.place }),
        );
        return {
          json: rows,
          text: table(
            rows,
            [
              { title: 'machine', of: (row) => row.machineName },
              { title: 'place', of: (row) => row.origin },
              { title: 'where', of: (row) => row.locationName },
              { title: 'job', of: (row) => row.jobName },
              { title: 'points', of: (row) => row.pointCount, right: true },
              { title: 'newest', of: (row) => formatTime(row.newestPointAt) },
              { title: 'size', of: (row) => formatBytes(row.sizeBytes), right: true },
              { title: 'state', of: (row) => row.state },
              { title: 'id', of: (row) => row.id },
            ],
            'There are no backups.',
          ),
        };
      },
    }),
    machines: command({
      summary: 'where each machine’s points are, and whether 3-2-1 holds',
      positionals: {},
      options: {},
      examples: [['points machines', 'which machines have no copy or no tape yet']],
      run: async (cli) => {
        const rows = await allPages((offset) => cli.engine.backups.machines({ offset, limit: 1000 }));
        return {
          json: rows,
          text: table(
            rows,
            [
              { title: 'machine', of: (row) => row.name },
              { title: 'primary', of: (row) => row.primaryPoints, right: true },
              { title: 'copies', of: (row) => row.copyPoints, right: true },
              { title: 'tape', of: (row) => row.tapePoints, right: true },
              { title: 'newest', of: (row) => formatTime(row.newestPointAt) },
              {
                title: '3-2-1',
                of: (row) => `${row.rule321.holds ? 'holds' : 'does not hold'}: ${row.rule321.reason}`,
              },
            ],
            'There are no machines yet.',
          ),
        };
      },
    }),
  },
};
