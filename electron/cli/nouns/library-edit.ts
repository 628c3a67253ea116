import { argument, command, list, text } from '../command.ts';
import { usageError } from '../exit-codes.ts';
import { finders } from '../find.ts';
import { accessOptions, secretsOf } from './library-iscsi.ts';

const which = { library: argument('LIBRARY', 'name or id') };

const edit = command({
  summary: 'rename a library, or change how it is reached',
  description:
    'Only what is given changes. A secret stays as it is unless its file is given; --chap-user "" ends the signing in. ' +
    'When the library does not answer at its new place, everything stays as it was.',
  positionals: which,
  options: {
    name: text('NAME', 'a new name'),
    ...accessOptions,
    drive: list('DEVICE', 'of a library attached to this machine: its drives, all of them'),
    changer: text('DEVICE', 'of a library attached to this machine: its changer'),
  },
  examples: [
    ['library edit vtl --portal 192.0.2.20', 'the appliance got another address'],
    ['library edit vtl --chap-user backup --chap-secret-file /root/vtl', 'another secret'],
  ],
  run: async (cli, args, options) => {
    const row = await finders(cli.engine).library(args.library);
    const { connection, version } = await cli.engine.tape.library({ id: row.id });
    const name = options.name ?? row.name;
    const access = Object.keys(accessOptions).filter((key) => {
      const given = options[key as keyof typeof accessOptions];
      return given !== undefined && given !== false;
    });
    const local = options.changer !== undefined || options.drive.length > 0;
    if ((access.length > 0 && connection.kind !== 'iscsi') || (local && connection.kind !== 'local')) {
      throw usageError(`${row.name} is a library of another kind (${connection.kind}).`);
    }
    const given = <T>(value: T | undefined, before: T): T => value ?? before;
    let changed: Parameters<typeof cli.engine.tape.update>[0]['connection'];
    if (connection.kind === 'iscsi' && access.length > 0) {
      changed = {
        ...connection,
        portal: given(options.portal, connection.portal),
        initiatorName: given(options['initiator-name'], connection.initiatorName),
        chapUser: given(options['chap-user'], connection.chapUser),
        mutualChapUser: given(options['mutual-user'], connection.mutualChapUser),
        headerDigest: options['header-digest'] || connection.headerDigest,
        dataDigest: options['data-digest'] || connection.dataDigest,
      };
    } else if (connection.kind === 'local' && local) {
      changed = {
        ...connection,
        changer: given(options.changer, connection.changer),
        drives: options.drive.length > 0 ? options.drive : connection.drives,
      };
    }
    const sameUser = connection.kind === 'iscsi' && options['chap-user'] === connection.chapUser;
    const secrets = await secretsOf(cli, sameUser ? { ...options, 'chap-user': undefined } : options);
    await cli.engine.tape.update({ id: row.id, version, name, connection: changed, secrets });
    return { json: { id: row.id }, text: `Library ${name} is changed.` };
  },
});

const rescan = command({
  summary: 'connect to a library anew and read every slot and drive',
  positionals: which,
  options: {},
  examples: [['library rescan vtl', 'after drives were added, or the library was away']],
  run: async (cli, args) => {
    const row = await finders(cli.engine).library(args.library);
    await cli.engine.tape.rescan({ id: row.id });
    const now = await cli.engine.tape.library({ id: row.id });
    const problems = now.elements.flatMap(({ name, problem }) => (problem ? [`${name}: ${problem}`] : []));
    const count = `${now.driveCount} drives, ${now.slotCount} slots, ${now.mediaCount} tapes`;
    return { json: now, text: [`Library ${row.name} is ${now.state}: ${count}.`, ...problems].join('\n') };
  },
});

export const changeLibraryCommands = { edit, rescan };
