import type { FoundDevice } from '../../../shared/contract/library-kinds.ts';
import { argument, command, list, text } from '../command.ts';
import type { CliContext } from '../context.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { sessionResult } from '../follow.ts';
import { oneLine, table } from '../table.ts';

/** Libraries attached to the machine the engine runs on (SAS, Fibre Channel). */

const listLocal = command({
  summary: 'list changers and drives attached to this machine',
  description:
    'Linux only, by its SCSI generic devices. The engine needs the right to read and write them: as root, or with its ' +
    'account in the group that owns /dev/sg*.',
  positionals: {},
  options: {},
  examples: [['library list-local', 'what "library add-local" can use']],
  run: async (cli) => {
    const { devices } = await cli.engine.tape.scanLocal({});
    const rows = devices.filter(({ type }) => type !== 'other');
    return {
      json: rows,
      text: table<FoundDevice>(
        rows,
        [
          { title: 'device', of: (row) => row.device },
          { title: 'type', of: (row) => row.type },
          { title: 'product', of: (row) => `${row.vendor} ${row.product}`.trim() },
          { title: 'serial', of: (row) => row.serial },
          { title: 'library', of: (row) => row.usedBy },
          { title: 'problem', of: (row) => row.problem },
        ],
        'No changer and no tape drive is attached to this machine. On Linux: is it switched on, and the module sg loaded (modprobe sg)?',
      ),
    };
  },
});

const addLocal = command({
  summary: 'attach a library that is connected to this machine',
  description:
    'Without --changer and --drive the one changer that is there is taken, with every drive that no library here has. ' +
    'Drives are told apart by their serial numbers; where the library does not tell those, the order of --drive is its order.',
  positionals: { name: argument('NAME', 'name of the library') },
  options: {
    changer: text('DEVICE', 'the changer, as "library list-local" names it'),
    drive: list('DEVICE', 'a drive of it; may be given several times'),
  },
  examples: [
    ['library add-local msl', 'the one library that is attached, with all its drives'],
    ['library add-local msl --changer /dev/sg5 --drive /dev/sg3 --drive /dev/sg4', 'these devices'],
  ],
  run: async (cli, args, options) => {
    const connection = {
      kind: 'local' as const,
      changer: options.changer ?? (await onlyChanger(cli)),
      drives: options.drive.length > 0 ? options.drive : await freeDrives(cli),
    };
    const tested = await cli.engine.tape.test({ connection });
    const { id, sessionId } = await cli.engine.tape.attach({ settings: { name: args.name, connection } });
    const trouble = tested.drives.flatMap(({ device, problem }) => (problem ? [`${device}: ${problem}`] : []));
    const lines = [`Library ${args.name} is added: ${tested.vendor} ${tested.product}.`, ...tested.notes, ...trouble];
    return sessionResult(cli, sessionId, { text: lines.map(oneLine).join('\n'), json: { id } });
  },
});

async function free(cli: CliContext, type: FoundDevice['type']): Promise<FoundDevice[]> {
  const { devices } = await cli.engine.tape.scanLocal({});
  return devices.filter((device) => device.type === type && device.usedBy === null);
}

async function onlyChanger(cli: CliContext): Promise<string> {
  const found = await free(cli, 'changer');
  const [changer] = found;
  if (!changer) {
    throw new CliError(
      exitCodes.unavailable,
      'No changer is attached to this machine that is not in use here already.',
      '"reelvault library list-local" shows what there is.',
    );
  }
  if (found.length > 1) {
    throw usageError(
      `Several changers are attached: name one with --changer (${found.map(({ device }) => device).join(', ')}).`,
    );
  }
  return changer.device;
}

async function freeDrives(cli: CliContext): Promise<string[]> {
  return (await free(cli, 'drive')).map(({ device }) => device);
}

export const localLibraryCommands = { 'list-local': listLocal, 'add-local': addLocal };
