import path from 'node:path';
import { formatBytes, formatCount } from '../../../shared/domain/format.ts';
import { argument, command, flag, list, type Noun, required, someArguments, text } from '../command.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { finders } from '../find.ts';
import { sessionResult } from '../follow.ts';
import { pointHelp, resolvePoints } from '../points.ts';
import { formatTime } from '../quantities.ts';
import { table } from '../table.ts';

const which = { points: someArguments('POINT', 'machine, machine@time, or id of a restore point') };

export const restore: Noun = {
  name: 'restore',
  summary: 'restores: from tape to a repository, from a repository to disks',
  commands: {
    plan: command({
      summary: 'which tapes a restore needs, and where each is, before anything moves',
      description: pointHelp,
      positionals: which,
      options: {},
      examples: [
        ['restore plan web01 db@2026-11-20', 'two machines in one go; exit code 6 when tapes have to be brought'],
      ],
      run: async (cli, args) => {
        const points = await resolvePoints(cli.engine, args.points, 'tape');
        const plan = await cli.engine.restores.planFromTape({ pointIds: points.map((point) => point.id) });
        const absent = plan.tapes.filter((tape) => !tape.available);
        const broken = plan.points.filter((point) => !point.restorable);
        const lines = [
          table(
            plan.tapes,
            [
              { title: '#', of: (tape) => tape.order, right: true },
              { title: 'tape', of: (tape) => tape.barcode },
              { title: 'where', of: (tape) => tape.where },
              { title: 'available', of: (tape) => (tape.available ? 'yes' : 'BRING IT') },
              { title: 'set', of: (tape) => (tape.setName ? `${tape.setName} ${tape.sequence ?? ''}` : '') },
              { title: 'to read', of: (tape) => formatBytes(tape.bytes), right: true },
            ],
            'No tape is needed.',
          ),
          '',
          table(
            plan.points,
            [
              { title: 'machine', of: (point) => point.machineName },
              { title: 'created', of: (point) => formatTime(point.createdAt) },
              { title: 'files', of: (point) => point.files, right: true },
              { title: 'restorable', of: (point) => (point.restorable ? 'yes' : `no: ${point.reason}`) },
            ],
            'No restore point was chosen.',
          ),
          '',
          `${formatBytes(plan.bytes)} to read from ${formatCount(plan.tapes.length, 'tape')}${absent.length > 0 ? `, ${absent.length} of them to be brought in` : ''}.`,
        ];
        const exitCode =
          broken.length > 0 ? exitCodes.failed : absent.length > 0 ? exitCodes.unavailable : exitCodes.ok;
        return { json: plan, text: lines.join('\n'), exitCode };
      },
    }),
    'from-tape': command({
      summary: 'restore backups from tape to a repository',
      description: `The restore asks for tapes that are not in a library, and goes on when they are.\n${pointHelp}`,
      positionals: which,
      options: { to: required(text('REPOSITORY', 'where the backups go; they are then listed under Disk (Imported)')) },
      examples: [['restore from-tape web01 --to main', 'the newest point of a machine that is on tape']],
      run: async (cli, args, options) => {
        const { id: repositoryId } = await finders(cli.engine).repository(options.to);
        const points = await resolvePoints(cli.engine, args.points, 'tape');
        const { sessionId } = await cli.engine.restores.fromTape({
          pointIds: points.map((point) => point.id),
          repositoryId,
        });
        return sessionResult(cli, sessionId);
      },
    }),
    disk: command({
      summary: 'write disks of a restore point to raw files',
      description: `The files are sparse and named after machine and disk. ${pointHelp}`,
      positionals: { point: argument('POINT', 'machine, machine@time, or id of a restore point on disk') },
      options: {
        folder: required(text('DIR', 'where the files go')),
        disk: list('NAME', 'only this disk'),
        overwrite: flag('replace files that are there already'),
      },
      examples: [
        ['restore disk web01 --folder /restore', 'all disks of the newest point'],
        ['restore disk web01@2026-11-20 --disk data --folder /restore', 'one disk, as it was that day'],
      ],
      run: async (cli, args, options) => {
        const [point] = await resolvePoints(cli.engine, [args.point], 'disk');
        const diskIds = options.disk.map((name) => {
          const disk = point?.disks.find((one) => one.id === name || one.name === name);
          if (disk) return disk.id;
          const names = point?.disks.map((one) => one.name).join(', ');
          throw new CliError(exitCodes.notFound, `The restore point has no disk "${name}".`, `It has ${names}.`);
        });
        const { sessionId } = await cli.engine.restores.disks({
          pointId: point?.id ?? '',
          diskIds: diskIds.length > 0 ? diskIds : undefined,
          folder: path.resolve(cli.cwd, options.folder),
          overwrite: options.overwrite,
        });
        return sessionResult(cli, sessionId);
      },
    }),
  },
};
