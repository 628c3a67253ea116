import { type MediaRow, mediaState } from '../../../shared/contract/tape.ts';
import { formatBytes, formatCount } from '../../../shared/domain/format.ts';
import {
  argument,
  choice,
  command,
  flag,
  type Noun,
  optionalArgument,
  required,
  someArguments,
  text,
} from '../command.ts';
import { confirmed } from '../confirm.ts';
import type { CliContext } from '../context.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { allPages, finders } from '../find.ts';
import { sessionResult } from '../follow.ts';
import { formatTime } from '../quantities.ts';
import { columns, oneLine, table } from '../table.ts';

const tapes = { tapes: someArguments('TAPE', 'barcode, name or id') };

async function mediaOf(cli: CliContext, names: readonly string[]): Promise<MediaRow[]> {
  const rows: MediaRow[] = [];
  for (const name of names) {
    const row = await finders(cli.engine).medium(name);
    if (!rows.some((other) => other.id === row.id)) rows.push(row);
  }
  return rows;
}

const idsOf = (rows: readonly MediaRow[]): string[] => rows.map((row) => row.id);
const barcodesOf = (rows: readonly MediaRow[]): string => rows.map((row) => row.barcode).join(', ');

export const media: Noun = {
  name: 'media',
  summary: 'tapes: where they are, what is on them, what may be written next',
  commands: {
    list: command({
      summary: 'list tapes',
      positionals: {},
      options: {
        pool: text('POOL', 'only of this media pool'),
        library: text('LIBRARY', 'only in this library'),
        state: choice(mediaState.options, 'only in this state'),
        offline: flag('only those that no library holds'),
      },
      examples: [
        ['media list --pool weekly', 'the tapes of a pool'],
        ['media list --offline', 'what lies in the vault'],
      ],
      run: async (cli, _args, options) => {
        const find = finders(cli.engine);
        const poolId = options.pool === undefined ? undefined : (await find.pool(options.pool)).id;
        const libraryId = options.library === undefined ? undefined : (await find.library(options.library)).id;
        const all = await allPages((offset) =>
          cli.engine.media.list({
            offset,
            limit: 1000,
            poolId,
            libraryId,
            online: options.offline ? false : undefined,
          }),
        );
        const rows = options.state === undefined ? all : all.filter((row) => row.state === options.state);
        return {
          json: rows,
          text: table(
            rows,
            [
              { title: 'tape', of: (row) => row.barcode },
              { title: 'name', of: (row) => (row.name === row.barcode ? '' : row.name) },
              { title: 'state', of: (row) => row.state },
              { title: 'pool', of: (row) => row.poolName },
              { title: 'set', of: (row) => (row.setName ? `${row.setName} ${row.sequence ?? ''}` : '') },
              { title: 'where', of: (row) => row.where },
              { title: 'used', of: (row) => formatBytes(row.usedBytes), right: true },
              { title: 'free', of: (row) => (row.freeBytes === null ? '' : formatBytes(row.freeBytes)), right: true },
              { title: 'points', of: (row) => row.pointCount, right: true },
              { title: 'written', of: (row) => formatTime(row.lastWrittenAt) },
              { title: 'protected until', of: (row) => (row.protectedByAdmin ? 'by hand' : formatTime(row.expiresAt)) },
            ],
            'There are no tapes.',
          ),
        };
      },
    }),
    show: command({
      summary: 'one tape and what is on it',
      positionals: { tape: argument('TAPE', 'barcode, name or id') },
      options: {},
      examples: [['media show RV0001L8', 'its state with the reason, and its restore points']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).medium(args.tape);
        const row = await cli.engine.media.get({ id });
        const others = row.setMembers.map((member) => `${member.sequence}: ${member.barcode}`).join(', ');
        const head = columns([
          ['Tape', `${oneLine(row.barcode)}${row.name === row.barcode ? '' : ` (${oneLine(row.name)})`}`],
          ['State', `${row.state}: ${oneLine(row.stateReason)}`],
          ['Pool', oneLine(row.poolName)],
          ['Where', oneLine(row.where)],
          [
            'Used',
            `${formatBytes(row.usedBytes)}${row.freeBytes === null ? '' : `, ${formatBytes(row.freeBytes)} free`}`,
          ],
          ...(row.setName ? [['Media set', `${oneLine(row.setName)} (${oneLine(others)})`]] : []),
          ['Last written', formatTime(row.lastWrittenAt) || 'never'],
          ['Protected until', row.protectedByAdmin ? 'released by hand' : formatTime(row.expiresAt) || 'not protected'],
          ['Catalogued', row.catalogued ? 'yes' : 'no: "reelvault library catalog" reads what is on it'],
        ]);
        const points = table(
          row.points,
          [
            { title: 'machine', of: (point) => point.machineName },
            { title: 'created', of: (point) => formatTime(point.createdAt) },
            { title: 'kind', of: (point) => point.kind },
            { title: 'size', of: (point) => formatBytes(point.sizeBytes), right: true },
          ],
          'No restore points are known on it.',
        );
        return { json: row, text: `${head}\n\n${points}` };
      },
    }),
    why: command({
      summary: 'which tape a pool would write next, and why not the others',
      positionals: { pool: argument('POOL', 'media pool'), tape: optionalArgument('TAPE', 'only this one') },
      options: {},
      examples: [['media why weekly RV0003L8', 'why does the job not take this tape?']],
      run: async (cli, args) => {
        const find = finders(cli.engine);
        const { id: poolId } = await find.pool(args.pool);
        const { decision, candidates } = await cli.engine.media.candidates({ poolId });
        const mediaId = args.tape === undefined ? undefined : (await find.medium(args.tape)).id;
        const shown = candidates.filter((one) => mediaId === undefined || one.mediaId === mediaId);
        const rows = table(
          shown,
          [
            { title: 'tape', of: (one) => one.barcode },
            { title: 'usable', of: (one) => (one.usable ? 'yes' : 'no') },
            { title: 'rank', of: (one) => one.rank, right: true },
            { title: 'reason', of: (one) => one.reason },
          ],
          'No tape qualifies.',
        );
        return { json: { decision, candidates: shown }, text: `${oneLine(decision)}\n\n${rows}` };
      },
    }),
    move: command({
      summary: 'move tapes to another media pool',
      positionals: tapes,
      options: { to: required(text('POOL', 'the media pool')) },
      examples: [['media move RV0001L8 RV0002L8 --to weekly', 'two tapes']],
      run: async (cli, args, options) => {
        const rows = await mediaOf(cli, args.tapes);
        const pool = await finders(cli.engine).pool(options.to);
        await cli.engine.media.moveToPool({ mediaIds: idsOf(rows), poolId: pool.id });
        return { json: { mediaIds: idsOf(rows), poolId: pool.id }, text: `${barcodesOf(rows)}: now in ${pool.name}.` };
      },
    }),
    rename: command({
      summary: 'give a tape a name beside its barcode',
      positionals: { tape: argument('TAPE', 'barcode, name or id'), name: argument('NAME', 'the new name') },
      options: {},
      examples: [['media rename RV0001L8 "Year end 2026"', 'a name that people know']],
      run: async (cli, args) => {
        const row = await finders(cli.engine).medium(args.tape);
        await cli.engine.media.setName({ id: row.id, version: row.version, name: args.name });
        return { json: { id: row.id }, text: `${row.barcode} is named ${args.name}.` };
      },
    }),
    protect: command({
      summary: 'protect tapes from being overwritten',
      positionals: tapes,
      options: { off: flag('stop protecting them') },
      examples: [
        ['media protect RV0001L8', 'until it is released'],
        ['media protect RV0001L8 --off', 'its pool’s rules count again'],
      ],
      run: async (cli, args, options) => {
        const rows = await mediaOf(cli, args.tapes);
        await cli.engine.media.setProtected({ mediaIds: idsOf(rows), protected: !options.off });
        const what = options.off ? 'no longer protected by hand' : 'protected until released';
        return { json: { mediaIds: idsOf(rows), protected: !options.off }, text: `${barcodesOf(rows)}: ${what}.` };
      },
    }),
    erase: command({
      summary: 'erase tapes: what is on them is lost',
      description:
        'Confirm with --confirm BARCODE, or --confirm ERASE for several. Every tape is checked before the first is touched.',
      positionals: tapes,
      options: { long: flag('overwrite the whole tape: takes hours on a drive') },
      examples: [
        ['media erase RV0001L8 --confirm RV0001L8', 'one tape'],
        ['media erase RV0001L8 RV0002L8 --confirm ERASE', 'several'],
      ],
      run: async (cli, args, options) => {
        const rows = await mediaOf(cli, args.tapes);
        const points = rows.reduce((sum, row) => sum + row.pointCount, 0);
        const used = rows.reduce((sum, row) => sum + row.usedBytes, 0);
        const loss = `This erases ${barcodesOf(rows)}: ${formatCount(points, 'restore point')}, ${formatBytes(used)}.`;
        const confirm = await confirmed(cli, rows.length === 1 ? (rows[0]?.barcode ?? '') : 'ERASE', loss);
        const { sessionId } = await cli.engine.media.erase({ mediaIds: idsOf(rows), confirm, long: options.long });
        return sessionResult(cli, sessionId);
      },
    }),
    export: command({
      summary: 'move tapes to the mail slots, to be taken out',
      positionals: tapes,
      options: {},
      examples: [['media export RV0001L8', 'then take it out and bring it to the vault']],
      run: async (cli, args) => {
        const rows = await mediaOf(cli, args.tapes);
        const { sessionId } = await cli.engine.media.export({ mediaIds: idsOf(rows) });
        return sessionResult(cli, sessionId);
      },
    }),
    import: command({
      summary: 'take tapes from the mail slots into the library',
      positionals: { library: argument('LIBRARY', 'name or id') },
      options: {},
      examples: [['media import vtl', 'whatever lies in the mail slots']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).library(args.library);
        const { sessionId } = await cli.engine.media.import({ libraryId: id });
        return sessionResult(cli, sessionId);
      },
    }),
    forget: command({
      summary: 'remove offline tapes and their catalogues from the database',
      description: 'For tapes that are gone. The tapes themselves are not touched; cataloguing one brings it back.',
      positionals: tapes,
      options: {},
      examples: [['media forget RV0001L8 --confirm RV0001L8', 'a tape that was destroyed']],
      run: async (cli, args) => {
        const rows = await mediaOf(cli, args.tapes);
        const online = rows.filter((row) => row.online);
        if (online.length > 0) {
          throw new CliError(
            exitCodes.conflict,
            `${barcodesOf(online)}: in a library.`,
            'Only offline tapes are forgotten.',
          );
        }
        const [first] = rows;
        if (!first) throw usageError('Name at least one tape.');
        const loss = `This forgets ${barcodesOf(rows)} and what is on them.`;
        const confirm = await confirmed(cli, rows.length === 1 ? first.barcode : 'FORGET', loss);
        await cli.engine.media.forget({ mediaIds: idsOf(rows), confirm });
        return { json: { mediaIds: idsOf(rows) }, text: `${barcodesOf(rows)}: forgotten.` };
      },
    }),
  },
};
