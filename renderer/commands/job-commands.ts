import { rulesOf } from '../../shared/domain/jobs/job-kinds.ts';
import { client } from '../state/connection.ts';
import { openDialog } from '../state/dialogs.ts';
import type { EntityRows } from '../state/entities.ts';
import { note, noteProblem } from '../state/notes.ts';
import { openSession } from '../state/session-windows.ts';
import { openWizard } from '../state/wizards.ts';
import { actOnEach, named } from './acting.ts';
import { commandLine } from '../../shared/domain/command-line.ts';
import { type Command, every, onlyOne, rowCommand } from './command.ts';
import { say } from '../say.ts';

type Job = EntityRows['job'];
const nameOf = (job: Job): string => job.name;

const notRunning = (job: Job): true | string => (job.runningSessionId === null ? true : say`“${job.name}” is running.`);

/** What can be done to jobs. */
export const jobCommands: readonly Command[] = [
  rowCommand('job', {
    id: 'job.run',
    group: say('Control'),
    label: say('Start'),
    icon: 'play',
    keys: 'Ctrl+Enter',
    enabled: (rows) => every(rows, notRunning),
    line: (rows) => onlyOne(rows, (row) => commandLine('job', 'run', row.name)),
    run: (rows) =>
      void actOnEach(
        rows,
        nameOf,
        (job) => client.jobs.run({ id: job.id }),
        () => say`Started ${named(rows, nameOf, 'job')}.`,
        say('Not started'),
      ),
  }),
  rowCommand('job', {
    id: 'job.active-full',
    group: say('Control'),
    label: say('Active Full'),
    icon: 'backup',
    enabled: (rows) =>
      every(rows, (job) => {
        const { activeFull } = rulesOf(job.kind).can;
        return activeFull === true ? notRunning(job) : activeFull;
      }),
    line: (rows) => onlyOne(rows, (row) => commandLine('job', 'run', row.name, '--full')),
    run: (rows) =>
      void actOnEach(
        rows,
        nameOf,
        (job) => client.jobs.run({ id: job.id, activeFull: true }),
        () => say`Started ${named(rows, nameOf, 'job')} with a new full.`,
        say('Not started'),
      ),
  }),
  rowCommand('job', {
    id: 'job.stop',
    group: say('Control'),
    label: say('Stop'),
    icon: 'stop',
    enabled: (rows) => every(rows, (job) => (job.runningSessionId === null ? say`“${job.name}” does not run.` : true)),
    line: (rows) =>
      onlyOne(rows, (row) =>
        row.runningSessionId === null ? null : commandLine('session', 'cancel', row.runningSessionId),
      ),
    run: (rows) =>
      void actOnEach(
        rows,
        nameOf,
        (job) =>
          job.runningSessionId === null ? Promise.resolve() : client.sessions.cancel({ id: job.runningSessionId }),
        () => say`Stopping ${named(rows, nameOf, 'job')}; what is committed stays.`,
        say('Not stopped'),
      ),
  }),
  rowCommand('job', {
    id: 'job.session',
    group: say('Details'),
    label: say('Last Session'),
    icon: 'open',
    one: true,
    offline: true,
    enabled: ([job]) =>
      (job?.runningSessionId ?? job?.lastSessionId ?? null) === null ? say('It has never run.') : true,
    run: ([job]) => {
      const sessionId = job?.runningSessionId ?? job?.lastSessionId ?? null;
      if (sessionId !== null) openSession(sessionId);
    },
  }),
  rowCommand('job', {
    id: 'job.copy-to',
    group: say('Protect Further'),
    label: say('Copy Elsewhere'),
    icon: 'copyJob',
    enabled: (rows) => every(rows, (job) => rulesOf(job.kind).can.beRead),
    run: (rows) => openWizard('new-backup-copy-job', { sourceJobIds: rows.map((job) => job.id) }),
  }),
  rowCommand('job', {
    id: 'job.to-tape',
    group: say('Protect Further'),
    label: say('Write to Tape'),
    icon: 'tape',
    enabled: (rows) => every(rows, (job) => rulesOf(job.kind).can.beRead),
    run: (rows) => openWizard('new-backup-to-tape-job', { sourceJobIds: rows.map((job) => job.id) }),
  }),
  rowCommand('job', {
    id: 'job.edit',
    group: say('Manage Job'),
    label: say('Edit'),
    icon: 'edit',
    one: true,
    run: ([job]) => {
      if (job !== undefined) openWizard(`new-${job.kind}-job`, { jobId: job.id });
    },
  }),
  rowCommand('job', {
    id: 'job.clone',
    group: say('Manage Job'),
    label: say('Clone'),
    icon: 'copy',
    one: true,
    line: (rows) => onlyOne(rows, (row) => commandLine('job', 'clone', row.name)),
    run: ([job]) => {
      if (job === undefined) return;
      client.jobs.clone({ id: job.id }).then(
        ({ name }) => note('success', say`Made “${name}”.`, say('It is disabled: change it, then enable it.')),
        (error: unknown) => noteProblem(say('Not cloned'), error),
      );
    },
  }),
  rowCommand('job', {
    id: 'job.enabled',
    group: say('Manage Job'),
    label: (rows) => (rows.some((job) => job.enabled) ? say('Disable') : say('Enable')),
    icon: 'disabled',
    line: (rows) => onlyOne(rows, (row) => commandLine('job', row.enabled ? 'disable' : 'enable', row.name)),
    run: (rows) => {
      const enabled = !rows.some((job) => job.enabled);
      void actOnEach(
        rows,
        nameOf,
        (job) => client.jobs.setEnabled({ id: job.id, enabled }),
        () => `${enabled ? say('Enabled') : say('Disabled')} ${named(rows, nameOf, 'job')}.`,
        enabled ? say('Not enabled') : say('Not disabled'),
      );
    },
  }),
  rowCommand('job', {
    id: 'job.delete',
    group: say('Manage Job'),
    label: say('Delete'),
    icon: 'delete',
    keys: 'Delete',
    enabled: (rows) =>
      every(rows, (job) => (job.runningSessionId === null ? true : say`“${job.name}” is running: stop it first.`)),
    line: (rows) => onlyOne(rows, (row) => commandLine('job', 'remove', row.name)),
    run: (rows) =>
      openDialog({
        title: say`Delete ${named(rows, nameOf, 'job')}?`,
        intro: say('The job is removed. Its backups stay where they are, under Disk (Orphaned).'),
        fields: [],
        line: onlyOne(rows, (row) => commandLine('job', 'remove', row.name)) ?? undefined,
        submitLabel: say('Delete'),
        submit: async () => {
          for (const job of rows) await client.jobs.remove({ id: job.id });
        },
      }),
  }),
];
