import path from 'node:path';
import type { ElementRow } from '../../../shared/contract/tape.ts';
import { anyArguments, argument, command, flag, integer, type Noun, text, value } from '../command.ts';
import type { CliContext } from '../context.ts';
import { elementHelp, findElement } from '../elements.ts';
import { allPages, finders } from '../find.ts';
import { sessionResult } from '../follow.ts';
import { parseSize } from '../quantities.ts';
import { columns, oneLine, table } from '../table.ts';
import { changeLibraryCommands } from './library-edit.ts';
import { iscsiLibraryCommands } from './library-iscsi.ts';
import { localLibraryCommands } from './library-local.ts';

const which = { library: argument('LIBRARY', 'name or id') };

async function mediaIds(cli: CliContext, tapes: readonly string[]): Promise<string[] | undefined> {
  if (tapes.length === 0) return undefined;
  return Promise.all(tapes.map(async (tape) => (await finders(cli.engine).medium(tape)).id));
}

export const library: Noun = {
  name: 'library',
  summary: 'tape libraries: slots, drives and what is in them',
  commands: {
    'add-virtual': command({
      summary: 'make a virtual tape library in a folder, or attach one that is there',
      positionals: {
        name: argument('NAME', 'name of the library'),
        folder: argument('FOLDER', 'a new or empty folder, or one that holds a virtual library'),
      },
      options: {
        drives: integer('N', 'tape drives (default: 2)'),
        slots: integer('N', 'storage slots (default: 12)'),
        'mail-slots': integer('N', 'import/export slots (default: 2)'),
        cartridges: integer('N', 'blank tapes in it (default: 10)'),
        capacity: value('SIZE', 'of a cartridge (default: 8 GiB)', parseSize),
        'barcode-prefix': text('PREFIX', 'one to six capital letters and digits (default: RV)'),
      },
      examples: [
        ['library add-virtual vtl /backups/vtl', 'two drives, twelve slots, ten tapes of 8 GiB'],
        ['library add-virtual big /backups/big --slots 100 --cartridges 80 --capacity "100 GiB"', 'a larger one'],
      ],
      run: async (cli, args, options) => {
        const { id, sessionId } = await cli.engine.tape.addVirtual({
          settings: {
            name: args.name,
            path: path.resolve(cli.cwd, args.folder),
            drives: options.drives,
            slots: options.slots,
            importExportSlots: options['mail-slots'],
            cartridges: options.cartridges,
            cartridgeCapacityBytes: options.capacity,
            barcodePrefix: options['barcode-prefix'],
          },
        });
        return sessionResult(cli, sessionId, { text: `Library ${args.name} is added.`, json: { id } });
      },
    }),
    ...iscsiLibraryCommands,
    ...localLibraryCommands,
    list: command({
      summary: 'list tape libraries',
      positionals: {},
      options: {},
      examples: [['library list', 'all libraries and whether they are online']],
      run: async (cli) => {
        const rows = await allPages((offset) => cli.engine.tape.libraries({ offset, limit: 1000 }));
        return {
          json: rows,
          text: table(
            rows,
            [
              { title: 'name', of: (row) => row.name },
              { title: 'state', of: (row) => (row.stateText ? `${row.state}: ${row.stateText}` : row.state) },
              { title: 'kind', of: (row) => row.kind },
              { title: 'product', of: (row) => `${row.vendor} ${row.product}` },
              { title: 'drives', of: (row) => row.driveCount, right: true },
              { title: 'slots', of: (row) => row.slotCount, right: true },
              { title: 'tapes', of: (row) => row.mediaCount, right: true },
              { title: 'where', of: (row) => row.location },
            ],
            'There are no tape libraries. Add one: reelvault library add-virtual NAME FOLDER',
          ),
        };
      },
    }),
    show: command({
      summary: 'one library with every drive and slot',
      positionals: which,
      options: { all: flag('empty slots too') },
      examples: [['library show vtl', 'where every tape is']],
      run: async (cli, args, options) => {
        const { id } = await finders(cli.engine).library(args.library);
        const row = await cli.engine.tape.library({ id });
        const shown = row.elements.filter((element) => options.all || element.full || element.type === 'drive');
        const head = columns([
          ['Library', `${oneLine(row.name)} (${row.state}${row.stateText ? `: ${oneLine(row.stateText)}` : ''})`],
          ['Product', `${oneLine(row.vendor)} ${oneLine(row.product)}, serial ${oneLine(row.serial)}`],
          ['Where', oneLine(row.location)],
        ]);
        const elements = table<ElementRow>(
          shown,
          [
            { title: 'place', of: (element) => element.name },
            { title: 'address', of: (element) => element.address, right: true },
            { title: 'tape', of: (element) => (element.full ? (element.barcode ?? '(no barcode)') : '') },
            { title: 'state', of: (element) => element.mediaState },
            { title: 'pool', of: (element) => element.poolName },
            { title: 'note', of: (element) => element.problem ?? element.busyWith },
          ],
          'Every slot is empty.',
        );
        return { json: row, text: `${head}\n\n${elements}` };
      },
    }),
    inventory: command({
      summary: 'read barcodes, and the labels of unknown tapes',
      positionals: { ...which, tapes: anyArguments('TAPE', 'only these, by barcode') },
      options: { 'barcodes-only': flag('load no tape') },
      examples: [['library inventory vtl', 'after tapes were put in or taken out']],
      run: async (cli, args, options) => {
        const { id } = await finders(cli.engine).library(args.library);
        const { sessionId } = await cli.engine.tape.inventory({
          id,
          mediaIds: await mediaIds(cli, args.tapes),
          readLabels: !options['barcodes-only'],
        });
        return sessionResult(cli, sessionId);
      },
    }),
    catalog: command({
      summary: 'read the catalogues on tapes: what is on them, restorable after that',
      positionals: { ...which, tapes: anyArguments('TAPE', 'only these, by barcode; default: all not catalogued yet') },
      options: {},
      examples: [['library catalog vtl RV0001L8', 'a tape that came back from the vault']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).library(args.library);
        const { sessionId } = await cli.engine.tape.catalog({ id, mediaIds: await mediaIds(cli, args.tapes) });
        return sessionResult(cli, sessionId);
      },
    }),
    move: command({
      summary: 'move a cartridge to another place',
      description: elementHelp,
      positionals: {
        ...which,
        from: argument('FROM', 'tape or place'),
        to: argument('TO', 'an empty place'),
      },
      options: {},
      examples: [['library move vtl RV0001L8 "mail slot 1"', 'put a tape where an operator can take it out']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).library(args.library);
        const { elements } = await cli.engine.tape.library({ id });
        const from = findElement(elements, args.from).address;
        const to = findElement(elements, args.to).address;
        const { sessionId } = await cli.engine.tape.moveMedium({ id, from, to });
        return sessionResult(cli, sessionId);
      },
    }),
    insert: command({
      summary: 'put a new or shelved cartridge into a mail slot of a virtual library',
      positionals: { ...which, barcode: argument('BARCODE', 'capital letters and digits') },
      options: { capacity: value('SIZE', 'of a new cartridge (default: that of the library’s)', parseSize) },
      examples: [['library insert vtl RV0001L8', 'what an operator does at a real library']],
      run: async (cli, args, options) => {
        const { id, name } = await finders(cli.engine).library(args.library);
        await cli.engine.tape.insertCartridge({ id, barcode: args.barcode, capacityBytes: options.capacity });
        return {
          json: { id },
          text: `${args.barcode} is in a mail slot of ${name}. "reelvault media import ${name}" imports it.`,
        };
      },
    }),
    'take-out': command({
      summary: 'take a cartridge out of a mail slot of a virtual library, onto the shelf',
      description: elementHelp,
      positionals: { ...which, place: argument('TAPE', 'tape or mail slot') },
      options: {},
      examples: [['library take-out vtl RV0001L8', 'after "media export RV0001L8"']],
      run: async (cli, args) => {
        const { id, name } = await finders(cli.engine).library(args.library);
        const { elements } = await cli.engine.tape.library({ id });
        const element = findElement(elements, args.place);
        await cli.engine.tape.takeOutCartridge({ id, address: element.address });
        return { json: { id, address: element.address }, text: `${element.barcode ?? 'The tape'} is out of ${name}.` };
      },
    }),
    ...changeLibraryCommands,
    remove: command({
      summary: 'remove a library from the configuration; its tapes stay as they are',
      positionals: which,
      options: {},
      examples: [['library remove vtl', 'its tapes are offline then; adding its folder brings it back']],
      run: async (cli, args) => {
        const row = await finders(cli.engine).library(args.library);
        await cli.engine.tape.remove({ id: row.id });
        return { json: { id: row.id }, text: `Library ${row.name} is removed. Its tapes stay as they are.` };
      },
    }),
  },
};
