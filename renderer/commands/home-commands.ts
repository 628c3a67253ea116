import { jobKinds } from '../../shared/domain/jobs/job-kinds.ts';
import { jobIcon } from '../job-icons.ts';
import { client } from '../state/connection.ts';
import { openDialog } from '../state/dialogs.ts';
import { openHelp } from '../state/help.ts';
import { note } from '../state/notes.ts';
import { announce } from '../state/topics.ts';
import { openWizard } from '../state/wizards.ts';
import { start } from './acting.ts';
import { commandLine } from '../../shared/domain/command-line.ts';
import { type Command, homeCommand } from './command.ts';
import { say } from '../say.ts';

function addKey(): void {
  openDialog({
    title: say('Add an encryption key'),
    intro: say('The passphrase encrypts backups and is never shown again. Keep a copy of it apart from the backups.'),
    fields: [
      { kind: 'text', name: 'name', label: say('Name') },
      { kind: 'password', name: 'passphrase', label: say('Passphrase'), hint: say('At least 8 characters.') },
      { kind: 'password', name: 'again', label: say('Passphrase again') },
      { kind: 'text', name: 'hint', label: say('Hint'), hint: say('Shown when it is asked for.'), required: false },
    ],
    submitLabel: say('Add key'),
    submit: async ({ name = '', passphrase = '', again = '', hint = '' }) => {
      if (passphrase !== again) throw new RangeError(say('The two passphrases are not the same.'));
      await client.credentials.addKey({ name, passphrase, hint });
      note('success', say`Added the key “${name.trim()}”.`);
    },
  });
}

/** What can be done from anywhere. */
export const homeCommands: readonly Command[] = [
  ...jobKinds.map(({ kind, labels }) =>
    homeCommand({
      id: `new.${kind}-job`,
      group: say('Protect'),
      label: say(labels.title),
      icon: jobIcon(kind),
      run: () => openWizard(`new-${kind}-job`, {}),
    }),
  ),
  homeCommand({
    id: 'restore.from-tape',
    group: say('Restore'),
    label: say('Restore from Tape'),
    icon: 'restore',
    run: () => openWizard('restore-from-tape', {}),
  }),
  homeCommand({
    id: 'new.repository',
    group: say('Infrastructure'),
    label: say('Add Repository'),
    icon: 'repository',
    run: () => openWizard('add-repository', {}),
  }),
  homeCommand({
    id: 'new.tape-library',
    group: say('Infrastructure'),
    label: say('Add Tape Library'),
    icon: 'library',
    run: () => openWizard('attach-library', {}),
  }),
  homeCommand({
    id: 'new.library',
    group: say('Infrastructure'),
    label: say('Add Virtual Library'),
    icon: 'library',
    run: () => openWizard('add-virtual-library', {}),
  }),
  homeCommand({
    id: 'new.pool',
    group: say('Infrastructure'),
    label: say('Add Media Pool'),
    icon: 'pool',
    run: () => openWizard('new-media-pool', {}),
  }),
  homeCommand({ id: 'new.key', group: say('Infrastructure'), label: say('Add Key'), icon: 'key', run: addKey }),
  homeCommand({
    id: 'sample.create',
    group: say('Try'),
    label: say('Try It with a Virtual Library'),
    ribbon: false,
    icon: 'play',
    line: commandLine('system', 'sample'),
    enabled: (context) =>
      context.overview !== null && context.overview.repositories > 0
        ? say('There is a set-up already: the sample is for an empty console.')
        : true,
    run: () => start(client.system.createSample(), say('The sample was not made')),
  }),
  homeCommand({
    id: 'view.refresh',
    group: say('View'),
    label: say('Refresh'),
    icon: 'refresh',
    keys: 'F5',
    run: () => announce('everything'),
  }),
  homeCommand({
    id: 'view.help',
    group: say('View'),
    label: say('Help'),
    icon: 'help',
    keys: 'F1',
    offline: true,
    run: openHelp,
  }),
];
