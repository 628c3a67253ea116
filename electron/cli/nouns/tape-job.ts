import { argument, command, flag, type Noun } from '../command.ts';
import { usageError } from '../exit-codes.ts';
import { finders } from '../find.ts';
import { createJob, listCommand, runCommand, updateJob } from '../job-commands.ts';
import { tapeJobOptions, tapeJobSettings } from '../job-settings.ts';
import { scheduleHelp } from '../settings-text.ts';

export const tapeJob: Noun = {
  name: 'tape-job',
  summary: 'backup to tape jobs: restore points onto the tapes of a media pool',
  commands: {
    create: command({
      summary: 'make a backup to tape job',
      description: `Writes the restore points that are not on tape yet. Every media set begins with a full.\n\n${scheduleHelp}`,
      positionals: {},
      options: { ...tapeJobOptions, run: flag('start it at once') },
      examples: [
        ['tape-job create --name to-tape --from-job nightly --pool weekly --run', 'fulls of one job, started at once'],
        [
          'tape-job create --name to-tape --from-repository main --pool weekly --increment-pool daily --schedule "daily 06:00" --export',
          'fulls and increments every morning; full tapes go to the mail slots',
        ],
      ],
      run: async (cli, _args, options) => createJob(cli, await tapeJobSettings(cli, options), options.run),
    }),
    edit: command({
      summary: 'change a backup to tape job; what is not given stays',
      positionals: { job: argument('JOB', 'name or id') },
      options: tapeJobOptions,
      examples: [['tape-job edit to-tape --drives 2', 'use two drives']],
      run: async (cli, args, options) => {
        const { id } = await finders(cli.engine).jobOf('backup-to-tape')(args.job);
        const { settings } = await cli.engine.jobs.get({ id });
        if (settings.kind !== 'backup-to-tape') throw usageError(`"${args.job}" is not a backup to tape job.`);
        return updateJob(cli, id, await tapeJobSettings(cli, options, settings));
      },
    }),
    run: runCommand('backup-to-tape', 'tape-job', 'to-tape'),
    list: listCommand('backup-to-tape', 'tape-job', [{ title: 'next tape', of: (row) => row.nextTape?.text }]),
  },
};
