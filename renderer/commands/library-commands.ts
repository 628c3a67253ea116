import { client } from '../state/connection.ts';
import { openDialog } from '../state/dialogs.ts';
import type { EntityRows } from '../state/entities.ts';
import { note } from '../state/notes.ts';
import { openSession } from '../state/session-windows.ts';
import { parseBytes } from '../../shared/domain/format.ts';
import { openWizard } from '../state/wizards.ts';
import { actOnEach, start } from './acting.ts';
import { commandLine } from '../../shared/domain/command-line.ts';
import { type Command, onlyOne, rowCommand } from './command.ts';
import { say } from '../say.ts';

type Library = EntityRows['library'];
type Element = EntityRows['element'];

const online = ([library]: readonly Library[]): true | string =>
  library === undefined || library.state === 'online'
    ? true
    : (library.stateText ?? say`“${library.name}” is offline.`);

function insertCartridge(libraryId: string, libraryName: string): void {
  openDialog({
    title: say`Put a cartridge into “${libraryName}”`,
    intro: say('A new or shelved cartridge goes into a free mail slot, as an operator would put it there.'),
    fields: [
      {
        kind: 'text',
        name: 'barcode',
        label: say('Barcode'),
        hint: say('Capital letters and digits, for example RV0042L9.'),
      },
      {
        kind: 'text',
        name: 'capacityBytes',
        label: say('Capacity of a new cartridge'),
        hint: say('For example 8 GiB. Empty: as the others in this library.'),
        required: false,
      },
    ],
    submitLabel: say('Insert'),
    submit: async ({ barcode = '', capacityBytes = '' }) => {
      const size = capacityBytes.trim() === '' ? undefined : parseBytes(capacityBytes);
      if (size === null) throw new RangeError(say('Enter a size as 8 GiB.'));
      await client.tape.insertCartridge({ id: libraryId, barcode: barcode.trim(), capacityBytes: size });
      note('success', say`${barcode.trim()} is in a mail slot.`);
    },
  });
}

function rename(library: Library): void {
  openDialog({
    title: say`Rename “${library.name}”`,
    intro: say('A virtual library stays in its folder.'),
    fields: [{ kind: 'text', name: 'name', label: say('Name'), initial: library.name }],
    submitLabel: say('Rename'),
    submit: async ({ name = '' }) => {
      await client.tape.update({ id: library.id, version: library.version, name });
    },
  });
}

const holdsCartridge = ([element]: readonly Element[]): true | string =>
  element?.full === true ? true : say('There is no cartridge here.');

/** What can be done to libraries and what is in them. */
export const libraryCommands: readonly Command[] = [
  rowCommand('library', {
    id: 'library.inventory',
    group: say('Media'),
    label: say('Inventory'),
    icon: 'barcode',
    one: true,
    enabled: online,
    line: (rows) => onlyOne(rows, (row) => commandLine('library', 'inventory', row.name)),
    run: ([library]) => {
      if (library !== undefined) start(client.tape.inventory({ id: library.id }), say`No inventory of ${library.name}`);
    },
  }),
  rowCommand('library', {
    id: 'library.catalog',
    group: say('Media'),
    label: say('Catalogue'),
    icon: 'catalog',
    one: true,
    enabled: online,
    line: (rows) => onlyOne(rows, (row) => commandLine('library', 'catalog', row.name)),
    run: ([library]) => {
      if (library !== undefined) start(client.tape.catalog({ id: library.id }), say`No catalogue of ${library.name}`);
    },
  }),
  rowCommand('library', {
    id: 'library.import',
    group: say('Mail Slots'),
    label: say('Import Tapes'),
    icon: 'import',
    one: true,
    enabled: online,
    line: (rows) => onlyOne(rows, (row) => commandLine('media', 'import', row.name)),
    run: ([library]) => {
      if (library !== undefined) start(client.media.import({ libraryId: library.id }), say('Nothing was imported'));
    },
  }),
  rowCommand('library', {
    id: 'library.insert',
    group: say('Mail Slots'),
    label: say('Insert Cartridge'),
    icon: 'add',
    one: true,
    enabled: (rows) =>
      rows[0]?.kind === 'virtual'
        ? online(rows)
        : say('Hands put cartridges into this library’s mail slots. “Import Tapes” takes them in.'),
    run: ([library]) => {
      if (library !== undefined) insertCartridge(library.id, library.name);
    },
  }),
  rowCommand('library', {
    id: 'library.edit',
    group: say('Manage Library'),
    label: say('Edit'),
    icon: 'edit',
    one: true,
    run: ([library]) => {
      if (library === undefined) return;
      if (library.kind === 'virtual') rename(library);
      else openWizard('attach-library', { libraryId: library.id });
    },
  }),
  rowCommand('library', {
    id: 'library.rescan',
    group: say('Manage Library'),
    label: say('Rescan'),
    icon: 'sync',
    line: (rows) => onlyOne(rows, (row) => commandLine('library', 'rescan', row.name)),
    run: (rows) =>
      void actOnEach(
        rows,
        (row) => row.name,
        (row) => client.tape.rescan({ id: row.id }),
        (count) => (count === 1 ? say('The library was read anew.') : say`${count} libraries were read anew.`),
        say('Not rescanned'),
      ),
  }),
  rowCommand('library', {
    id: 'library.remove',
    group: say('Manage Library'),
    label: say('Remove'),
    icon: 'delete',
    one: true,
    keys: 'Delete',
    line: (rows) => onlyOne(rows, (row) => commandLine('library', 'remove', row.name)),
    run: ([library]) => {
      if (library === undefined) return;
      openDialog({
        title: say`Remove “${library.name}” from the configuration?`,
        intro: say('Its tapes stay as they are, and are listed as offline. Adding the library again brings them back.'),
        fields: [],
        line: commandLine('library', 'remove', library.name),
        submitLabel: say('Remove'),
        submit: async () => {
          await client.tape.remove({ id: library.id });
        },
      });
    },
  }),
  rowCommand('element', {
    id: 'element.move',
    group: say('Cartridge'),
    label: say('Move to…'),
    icon: 'move',
    one: true,
    enabled: holdsCartridge,
    run: ([element]) => {
      if (element !== undefined) void moveCartridge(element);
    },
  }),
  rowCommand('element', {
    id: 'element.eject',
    group: say('Cartridge'),
    label: say('Eject to Slot'),
    icon: 'export',
    one: true,
    enabled: ([element]) =>
      element?.type !== 'drive'
        ? say('Only drives eject.')
        : element.busyWith !== null
          ? say`“${element.busyWith}” uses this drive.`
          : holdsCartridge([element]),
    run: ([element]) => {
      if (element !== undefined) start(ejectToSlot(element), say`Not ejected: ${element.barcode ?? element.name}`);
    },
  }),
  rowCommand('element', {
    id: 'element.take-out',
    group: say('Cartridge'),
    label: say('Take Out'),
    icon: 'export',
    one: true,
    enabled: ([element]) =>
      element?.type === 'import-export'
        ? holdsCartridge([element])
        : say('A hand reaches only the mail slots: export it first.'),
    run: ([element]) => {
      if (element === undefined) return;
      openDialog({
        title: say`Take ${element.barcode ?? say('the cartridge')} out of ${element.name}?`,
        intro: say('It is then offline, and its points can be restored once it is put back.'),
        fields: [],
        submitLabel: say('Take out'),
        submit: async () => {
          await client.tape.takeOutCartridge({ id: element.libraryId, address: element.address });
        },
      });
    },
  }),
];

async function ejectToSlot(drive: Element): Promise<{ sessionId: string }> {
  const library = await client.tape.library({ id: drive.libraryId });
  const slot = library.elements.find((other) => other.type === 'slot' && !other.full && other.accessible);
  if (slot === undefined) throw new RangeError(say('No slot is free.'));
  return client.tape.moveMedium({ id: drive.libraryId, from: drive.address, to: slot.address });
}

async function moveCartridge(element: Element): Promise<void> {
  const library = await client.tape.library({ id: element.libraryId }).catch(() => null);
  if (library === null) {
    note('error', say('The library cannot be read.'));
    return;
  }
  const targets = library.elements.filter(
    (other) => other.type !== 'transport' && !other.full && other.accessible && other.busyWith === null,
  );
  if (targets.length === 0) {
    note('warning', say('No slot, drive or mail slot is free.'));
    return;
  }
  openDialog({
    title: say`Move ${element.barcode ?? say('the cartridge')} from ${element.name}`,
    intro: say('The robot takes it there.'),
    fields: [
      {
        kind: 'choice',
        name: 'to',
        label: say('To'),
        options: targets.map((target) => ({ value: String(target.address), label: target.name })),
      },
    ],
    submitLabel: say('Move'),
    submit: async ({ to = '' }) => {
      const { sessionId } = await client.tape.moveMedium({
        id: element.libraryId,
        from: element.address,
        to: Number(to),
      });
      openSession(sessionId);
    },
  });
}
