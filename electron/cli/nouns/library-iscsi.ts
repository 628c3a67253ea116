import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FoundDevice, IscsiDevice, IscsiSecrets } from '../../../shared/contract/library-kinds.ts';
import { argument, command, flag, list, required, text } from '../command.ts';
import type { CliContext } from '../context.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { sessionResult } from '../follow.ts';
import { oneLine, table } from '../table.ts';

/** Libraries behind an iSCSI portal: VTL appliances, cloud tape gateways, Linux targets. */

export const accessOptions = {
  portal: text('HOST[:PORT]', 'address of the portal (port: 3260)'),
  'chap-user': text('NAME', 'user name to sign in with (CHAP)'),
  'chap-secret-file': text('FILE', 'file with the secret; -: standard input (default: asked for)'),
  'mutual-user': text('NAME', 'name by which the target has to sign in to us (mutual CHAP)'),
  'mutual-secret-file': text('FILE', 'file with the target’s secret (default: asked for)'),
  'header-digest': flag('protect headers by CRC32C where the target does'),
  'data-digest': flag('protect data by CRC32C where the target does'),
  'initiator-name': text('IQN', 'our own iSCSI name (default: this installation’s)'),
};

export interface AccessChoice {
  portal: string | undefined;
  'chap-user': string | undefined;
  'chap-secret-file': string | undefined;
  'mutual-user': string | undefined;
  'mutual-secret-file': string | undefined;
  'header-digest': boolean;
  'data-digest': boolean;
  'initiator-name': string | undefined;
}

/** Secrets are never given on the command line: they come from a file or are asked for. */
export async function secretsOf(cli: CliContext, chosen: AccessChoice): Promise<IscsiSecrets> {
  const read = async (
    user: string | undefined,
    file: string | undefined,
    what: string,
  ): Promise<string | undefined> => {
    if (file !== undefined) {
      const content = await readFile(file === '-' ? '/dev/stdin' : path.resolve(cli.cwd, file), 'utf8');
      return content.split(/\r?\n/)[0];
    }
    if (!user) return undefined;
    const typed = await cli.terminal.askSecret(`${what} of ${user}: `);
    if (typed === undefined) {
      throw usageError(
        'The secret cannot be asked for: there is no terminal.',
        'Use --chap-secret-file or --mutual-secret-file.',
      );
    }
    return typed;
  };
  return {
    chapSecret: await read(chosen['chap-user'], chosen['chap-secret-file'], 'Secret'),
    mutualChapSecret: await read(chosen['mutual-user'], chosen['mutual-secret-file'], 'Secret of the target, user'),
  };
}

const accessOf = (chosen: AccessChoice) => ({
  portal: chosen.portal ?? '',
  initiatorName: chosen['initiator-name'],
  chapUser: chosen['chap-user'],
  mutualChapUser: chosen['mutual-user'],
  headerDigest: chosen['header-digest'],
  dataDigest: chosen['data-digest'],
});

const nameOf = (device: FoundDevice): string => `${device.target}/${device.lun}`;

const discover = command({
  summary: 'list changers and drives behind an iSCSI portal',
  description: 'Names every target the portal shows us. Targets that do not let us in are listed with the reason.',
  positionals: {},
  options: { ...accessOptions, portal: required(accessOptions.portal), target: list('IQN', 'ask only this target') },
  examples: [
    ['library discover-iscsi --portal vtl.example.com', 'everything the portal shows'],
    ['library discover-iscsi --portal 192.0.2.10:3260 --chap-user backup --chap-secret-file /root/vtl', 'signed in'],
  ],
  run: async (cli, _args, options) => {
    const secrets = await secretsOf(cli, options);
    const found = await cli.engine.tape.discoverIscsi({ access: accessOf(options), secrets, targets: options.target });
    const refused = found.targets.filter(({ problem }) => problem !== null);
    const devices = table<FoundDevice>(
      found.devices.filter(({ type, problem }) => type !== 'other' || problem !== null),
      [
        { title: 'device', of: nameOf },
        { title: 'type', of: (row) => row.type },
        { title: 'product', of: (row) => `${row.vendor} ${row.product}`.trim() },
        { title: 'serial', of: (row) => row.serial },
        { title: 'library', of: (row) => row.usedBy },
        { title: 'problem', of: (row) => row.problem },
      ],
      `No changer and no tape drive. Does the target’s access list name ${found.initiatorName}?`,
    );
    const lines = refused.map(({ name, problem }) => `${name}: ${oneLine(problem ?? '')}`);
    return { json: found, text: [devices, ...lines].join('\n') };
  },
});

const add = command({
  summary: 'attach a library behind an iSCSI portal',
  description:
    'Without --changer and --drive the one changer the portal shows is taken, with every drive of its target, or of all ' +
    'targets where each device is a target of its own. Nothing is stored unless changer and drives answer.',
  positionals: { name: argument('NAME', 'name of the library') },
  options: {
    ...accessOptions,
    portal: required(accessOptions.portal),
    target: list('IQN', 'only devices of this target; may be given several times'),
    changer: text('IQN/LUN', 'the changer, as "library discover-iscsi" names it'),
    drive: list('IQN/LUN', 'a drive of it; may be given several times'),
  },
  examples: [
    ['library add-iscsi vtl --portal vtl.example.com', 'the one library behind that portal'],
    [
      'library add-iscsi vtl --portal 192.0.2.10 --target iqn.2003-01.com.example:vtl --chap-user backup --chap-secret-file /root/vtl',
      'one target, signed in',
    ],
  ],
  run: async (cli, args, options) => {
    const secrets = await secretsOf(cli, options);
    const access = accessOf(options);
    const { devices, initiatorName } = await cli.engine.tape.discoverIscsi({
      access,
      secrets,
      targets: options.target,
    });
    const free = devices.filter((device) => device.usedBy === null && device.problem === null);
    const changer = options.changer ? parseDevice(options.changer) : onlyChanger(free, initiatorName);
    const drives = options.drive.length > 0 ? options.drive.map(parseDevice) : drivesOf(free, changer);
    const connection = { kind: 'iscsi' as const, ...access, changer, drives };
    const tested = await cli.engine.tape.test({ connection, secrets });
    const { id, sessionId } = await cli.engine.tape.attach({ settings: { name: args.name, connection, secrets } });
    const trouble = tested.drives.flatMap(({ device, problem }) => (problem ? [`${device}: ${problem}`] : []));
    const lines = [`Library ${args.name} is added: ${tested.vendor} ${tested.product}.`, ...tested.notes, ...trouble];
    return sessionResult(cli, sessionId, { text: lines.map(oneLine).join('\n'), json: { id } });
  },
});

function parseDevice(typed: string): IscsiDevice {
  const found = /^(.+)\/(\d{1,5})$/.exec(typed);
  if (!found)
    throw usageError(`"${typed}" is no device: write target and logical unit, as iqn.2003-01.com.example:vtl/1.`);
  return { target: found[1] as string, lun: Number(found[2]) };
}

const deviceOf = ({ target, lun }: FoundDevice): IscsiDevice => ({ target: target ?? '', lun: lun ?? 0 });

function onlyChanger(devices: readonly FoundDevice[], initiatorName: string): IscsiDevice {
  const changers = devices.filter(({ type }) => type === 'changer');
  const [changer] = changers;
  if (!changer) {
    throw new CliError(
      exitCodes.unavailable,
      'The portal shows no changer that is not in use here already.',
      `The target’s access list has to name ${initiatorName}. "reelvault library discover-iscsi" shows what there is.`,
    );
  }
  if (changers.length > 1) {
    throw usageError(`There are several changers: name one with --changer (${changers.map(nameOf).join(', ')}).`);
  }
  return deviceOf(changer);
}

function drivesOf(devices: readonly FoundDevice[], changer: IscsiDevice): IscsiDevice[] {
  const drives = devices.filter(({ type }) => type === 'drive');
  const own = drives.filter(({ target }) => target === changer.target);
  return (own.length > 0 ? own : drives).map(deviceOf);
}

export const iscsiLibraryCommands = { 'discover-iscsi': discover, 'add-iscsi': add };
