import { client } from '../state/connection.ts';
import { openDialog } from '../state/dialogs.ts';
import type { EntityRows } from '../state/entities.ts';
import { openSession } from '../state/session-windows.ts';
import { openWizard } from '../state/wizards.ts';
import { start } from './acting.ts';
import { commandLine } from '../../shared/domain/command-line.ts';
import { type Command, every, rowCommand } from './command.ts';
import { say } from '../say.ts';

type Backup = EntityRows['backup'];
type Point = EntityRows['point'];

const onTape = (row: { origin: string }): boolean => row.origin === 'tape';
const diskOnly = (rows: readonly Point[]): true | string =>
  every(rows, (point) =>
    onTape(point) ? say('This point is on tape: restore it from tape to a repository first.') : usable(point),
  );
const usable = (point: Point): true | string =>
  point.state !== 'complete' && point.state !== 'incomplete'
    ? (point.stateReason ?? say`This restore point is ${point.state}.`)
    : true;

/** What can be done to backups, restore points and machines. */
export const backupCommands: readonly Command[] = [
  rowCommand('backup', {
    id: 'backup.restore-from-tape',
    group: say('Restore'),
    label: say('Restore from Tape'),
    icon: 'restore',
    enabled: (rows) => every(rows, (backup: Backup) => (onTape(backup) ? true : say('This backup is on disk.'))),
    run: (rows) => openWizard('restore-from-tape', { machineIds: rows.map((backup) => backup.machineId) }),
  }),
  rowCommand('backup', {
    id: 'backup.delete-from-disk',
    group: say('Manage Backup'),
    label: say('Delete from Disk'),
    icon: 'delete',
    one: true,
    keys: 'Delete',
    enabled: ([backup]) => (backup !== undefined && onTape(backup) ? say('This backup is on tape.') : true),
    run: ([backup]) => {
      if (backup === undefined) return;
      openDialog({
        title: say`Delete the backup of “${backup.machineName}” from disk?`,
        intro: say`All ${backup.pointCount} restore points of “${backup.machineName}” in “${backup.locationName}” are deleted for good. Copies elsewhere and on tape stay.`,
        fields: [],
        typed: { expect: backup.machineName, label: say`Type ${backup.machineName} to confirm` },
        danger: true,
        submitLabel: say('Delete'),
        submit: async (_values, typed) => {
          const { sessionId } = await client.backups.deleteFromDisk({ backupId: backup.id, confirm: typed });
          openSession(sessionId);
        },
      });
    },
  }),
  rowCommand('point', {
    id: 'point.restore-disks',
    group: say('Restore'),
    label: say('Restore Disks'),
    icon: 'disk',
    enabled: diskOnly,
    run: (rows) => openWizard('restore-disks', { pointIds: rows.map((point) => point.id) }),
  }),
  rowCommand('point', {
    id: 'point.restore-from-tape',
    group: say('Restore'),
    label: say('Restore from Tape to Repository'),
    icon: 'restore',
    enabled: (rows) => every(rows, (point: Point) => (onTape(point) ? true : say('This point is on disk already.'))),
    run: (rows) => openWizard('restore-from-tape', { pointIds: rows.map((point) => point.id) }),
  }),
  rowCommand('point', {
    id: 'point.verify',
    group: say('Check'),
    label: say('Verify'),
    icon: 'protected',
    enabled: (rows) => every(rows, (point: Point) => (onTape(point) ? say('Points on disk are verified here.') : true)),
    line: (rows) => commandLine('verify', ...rows.map((row) => row.id)),
    run: (rows) => start(client.backups.verify({ pointIds: rows.map((point) => point.id) }), say('Not verified')),
  }),
  rowCommand('machine', {
    id: 'machine.restore-from-tape',
    group: say('Restore'),
    label: say('Restore from Tape'),
    icon: 'restore',
    enabled: (rows) =>
      every(rows, (machine) => (machine.tapePoints > 0 ? true : say`“${machine.name}” has no restore point on tape.`)),
    run: (rows) => openWizard('restore-from-tape', { machineIds: rows.map((machine) => machine.id) }),
  }),
];
