import { argument, command, flag, type Noun } from '../command.ts';
import { usageError } from '../exit-codes.ts';
import { finders } from '../find.ts';
import { createJob, listCommand, runCommand, updateJob } from '../job-commands.ts';
import { copyOptions, copySettings } from '../job-settings.ts';
import { scheduleHelp } from '../settings-text.ts';

export const copy: Noun = {
  name: 'copy',
  summary: 'backup copy jobs: restore points into a second repository',
  commands: {
    create: command({
      summary: 'make a backup copy job',
      description: `Takes restore points of jobs or repositories, and keeps them by a retention of its own.\n\n${scheduleHelp}`,
      positionals: {},
      options: { ...copyOptions, run: flag('start it at once') },
      examples: [
        [
          'copy create --name to-nas --from-job nightly --repository offsite',
          'copy each restore point as soon as it is there',
        ],
        [
          'copy create --name weekly --from-repository main --exclude test01 --mode periodic --schedule "weekly sat 06:00" --repository offsite --keep-days 90',
          'everything but one machine, on Saturdays, for 90 days',
        ],
      ],
      run: async (cli, _args, options) => createJob(cli, await copySettings(cli, options), options.run),
    }),
    edit: command({
      summary: 'change a backup copy job; what is not given stays',
      positionals: { job: argument('JOB', 'name or id') },
      options: copyOptions,
      examples: [['copy edit to-nas --keep-points 30', 'keep more']],
      run: async (cli, args, options) => {
        const { id } = await finders(cli.engine).jobOf('backup-copy')(args.job);
        const { settings } = await cli.engine.jobs.get({ id });
        if (settings.kind !== 'backup-copy') throw usageError(`"${args.job}" is not a backup copy job.`);
        return updateJob(cli, id, await copySettings(cli, options, settings));
      },
    }),
    run: runCommand('backup-copy', 'copy', 'to-nas'),
    list: listCommand('backup-copy', 'copy'),
  },
};
