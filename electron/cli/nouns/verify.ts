import { anyArguments, command, flag, type Noun, text } from '../command.ts';
import { usageError } from '../exit-codes.ts';
import { finders } from '../find.ts';
import { sessionResult } from '../follow.ts';
import { pointHelp, resolvePoints } from '../points.ts';

export const verify: Noun = {
  name: 'verify',
  summary: 'check restore points on disk, block by block',
  commands: {
    '': command({
      summary: 'check restore points on disk, block by block',
      description: `Reads every file that the chosen restore points need. What is damaged is named and marked.\n${pointHelp}`,
      positionals: { points: anyArguments('POINT', 'machine, machine@time, or id of a restore point on disk') },
      options: {
        repository: text('REPOSITORY', 'everything in this repository'),
        checksums: flag('checksums of stored blocks only: faster, and proves less than the content’s digests'),
      },
      examples: [
        ['verify web01', 'the newest point of a machine'],
        ['verify --repository main', 'a whole repository; exit code 1 when something is damaged'],
      ],
      run: async (cli, args, options) => {
        if ((options.repository === undefined) === (args.points.length === 0)) {
          throw usageError('Name restore points or --repository, one of both.');
        }
        const level = options.checksums ? 'checksums' : 'digests';
        if (options.repository !== undefined) {
          const { id } = await finders(cli.engine).repository(options.repository);
          const { sessionId } = await cli.engine.backups.verify({ repositoryId: id, level });
          return sessionResult(cli, sessionId);
        }
        const points = await resolvePoints(cli.engine, args.points, 'disk');
        const { sessionId } = await cli.engine.backups.verify({ pointIds: points.map((point) => point.id), level });
        return sessionResult(cli, sessionId);
      },
    }),
  },
};
