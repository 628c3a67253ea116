import { client } from '../state/connection.ts';
import { openDialog } from '../state/dialogs.ts';
import type { EntityRows } from '../state/entities.ts';
import { openWizard } from '../state/wizards.ts';
import { actOnEach, named, start } from './acting.ts';
import { commandLine } from '../../shared/domain/command-line.ts';
import { type Command, every, onlyOne, rowCommand } from './command.ts';
import { say } from '../say.ts';

const nameOf = (row: { name: string }): string => row.name;
const mustBeThere = (rows: readonly EntityRows['repository'][]): true | string =>
  every(rows, (row) => (row.state === 'available' ? true : (row.stateText ?? say`“${row.name}” is not available.`)));

/** What can be done to repositories and keys. */
export const infrastructureCommands: readonly Command[] = [
  rowCommand('repository', {
    id: 'repository.edit',
    group: say('Manage Repository'),
    label: say('Edit'),
    icon: 'edit',
    one: true,
    run: ([repository]) => {
      if (repository !== undefined) openWizard('add-repository', { repositoryId: repository.id });
    },
  }),
  rowCommand('repository', {
    id: 'repository.remove',
    group: say('Manage Repository'),
    label: say('Remove'),
    icon: 'delete',
    keys: 'Delete',
    line: (rows) => onlyOne(rows, (row) => commandLine('repository', 'remove', row.name)),
    run: (rows) =>
      openDialog({
        title: say`Remove ${named(rows, nameOf, 'repository', 'repositories')} from the configuration?`,
        intro: say('The files stay where they are. Adding the folder again brings every restore point back.'),
        fields: [],
        line: onlyOne(rows, (row) => commandLine('repository', 'remove', row.name)) ?? undefined,
        submitLabel: say('Remove'),
        submit: async () => {
          for (const repository of rows) await client.repositories.remove({ id: repository.id });
        },
      }),
  }),
  rowCommand('repository', {
    id: 'repository.rescan',
    group: say('Contents'),
    label: say('Rescan'),
    icon: 'sync',
    line: (rows) => onlyOne(rows, (row) => commandLine('repository', 'rescan', row.name)),
    run: (rows) => {
      const [first] = rows;
      if (rows.length === 1 && first !== undefined) {
        start(client.repositories.rescan({ id: first.id }), say`Not rescanned: ${first.name}`);
      } else {
        void actOnEach(
          rows,
          nameOf,
          (row) => client.repositories.rescan({ id: row.id }),
          (count) => say`Rescanning ${count} repositories.`,
          say('Not rescanned'),
        );
      }
    },
  }),
  rowCommand('repository', {
    id: 'repository.verify',
    group: say('Contents'),
    label: say('Verify All'),
    icon: 'protected',
    one: true,
    enabled: mustBeThere,
    line: (rows) => onlyOne(rows, (row) => commandLine('verify', '--repository', row.name)),
    run: ([repository]) => {
      if (repository === undefined) return;
      start(client.backups.verify({ repositoryId: repository.id }), say`Not verified: ${repository.name}`);
    },
  }),
  rowCommand('key', {
    id: 'key.remove',
    group: say('Manage Key'),
    label: say('Remove'),
    icon: 'delete',
    keys: 'Delete',
    one: true,
    enabled: ([key]) => (key !== undefined && key.usedBy > 0 ? say`It is used in ${key.usedBy} places.` : true),
    line: (rows) => onlyOne(rows, (row) => commandLine('key', 'remove', row.name, '--confirm', row.name)),
    run: ([key]) => {
      if (key === undefined) return;
      openDialog({
        title: say`Remove the key “${key.name}”?`,
        intro: say(
          'Backups encrypted with its passphrase can then be read only by someone who knows the passphrase and adds it again.',
        ),
        fields: [],
        typed: { expect: key.name, label: say`Type ${key.name} to confirm` },
        danger: true,
        line: commandLine('key', 'remove', key.name, '--confirm', key.name),
        submitLabel: say('Remove'),
        submit: async () => {
          await client.credentials.removeKey({ id: key.id });
        },
      });
    },
  }),
];
