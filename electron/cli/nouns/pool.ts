import type { PoolSettings } from '../../../shared/contract/tape.ts';
import { formatBytes } from '../../../shared/domain/format.ts';
import { argument, command, flag, integer, list, type Noun, type Option, text, value } from '../command.ts';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit-codes.ts';
import { allPages, finders } from '../find.ts';
import { parseSchedule, scheduleHelp } from '../../../shared/domain/schedule-words.ts';
import { parseMediaRetention } from '../settings-text.ts';
import { columns, oneLine, table } from '../table.ts';

const poolOptions = {
  description: text('TEXT', 'what it is for'),
  'new-set': text('WHEN', 'when a new media set begins: session (default), never, or a schedule'),
  keep: value(
    'HOW-LONG',
    'how long tapes are protected: days (default: 90), forever or overwrite',
    parseMediaRetention,
  ),
  library: list('LIBRARY', 'take tapes from this library, preferred first (default: any)'),
  'no-free': flag('do not take tapes from the Free pool'),
  'no-blank': flag('do not take blank tapes'),
  drives: integer('N', 'drives used at once (default: 1)'),
};

type Given = { [K in keyof typeof poolOptions]: (typeof poolOptions)[K] extends Option<infer T> ? T : never };

async function settingsOf(cli: CliContext, name: string, given: Given, before?: PoolSettings) {
  const libraryIds = await Promise.all(given.library.map(async (one) => (await finders(cli.engine).library(one)).id));
  const newSet = given['new-set'];
  return {
    name,
    description: given.description ?? before?.description,
    allocation: newSet === undefined ? before?.allocation : await allocationOf(cli, newSet),
    retention: given.keep ?? before?.retention,
    libraryIds: libraryIds.length > 0 ? libraryIds : before?.libraryIds,
    replenishFromFree: given['no-free'] ? false : before?.replenishFromFree,
    takeBlank: given['no-blank'] ? false : before?.takeBlank,
    maxDrives: given.drives ?? before?.maxDrives,
    mediaIds: before?.mediaIds,
  };
}

async function allocationOf(cli: CliContext, words: string): Promise<PoolSettings['allocation']> {
  if (words === 'never') return { kind: 'continue' };
  if (words === 'session') return { kind: 'session' };
  const schedule = await parseSchedule(words, async (name) => (await finders(cli.engine).job(name)).id);
  return { kind: 'schedule', schedule };
}

const which = { pool: argument('POOL', 'name or id') };

export const pool: Noun = {
  name: 'pool',
  summary: 'media pools: which tapes jobs may write, and for how long they are protected',
  commands: {
    create: command({
      summary: 'make a media pool',
      description: scheduleHelp,
      positionals: { name: argument('NAME', 'name of the pool') },
      options: { ...poolOptions, tape: list('TAPE', 'put this tape into it, by barcode') },
      examples: [
        ['pool create weekly', 'takes free and blank tapes, a new set each session, protected for 90 days'],
        [
          'pool create archive --keep forever --new-set "monthly 1 00:00" --drives 2',
          'a set each month, never overwritten',
        ],
      ],
      run: async (cli, args, options) => {
        const find = finders(cli.engine);
        const mediaIds = await Promise.all(options.tape.map(async (tape) => (await find.medium(tape)).id));
        const settings = await settingsOf(cli, args.name, options);
        const { id } = await cli.engine.pools.create({ settings: { ...settings, mediaIds } });
        return { json: { id }, text: `Media pool ${args.name} is created.` };
      },
    }),
    edit: command({
      summary: 'change a media pool; what is not given stays',
      positionals: which,
      options: {
        name: text('NAME', 'a new name'),
        ...poolOptions,
        free: flag('take tapes from the Free pool again'),
        blank: flag('take blank tapes again'),
      },
      examples: [['pool edit weekly --keep 180', 'protect tapes for longer']],
      run: async (cli, args, options) => {
        const { id, name } = await finders(cli.engine).pool(args.pool);
        const { settings: before, version } = await cli.engine.pools.get({ id });
        if (!before) throw usageError(`${name} is one of the four service pools, which have no settings.`);
        const settings = await settingsOf(cli, options.name ?? before.name, options, before);
        if (options.free) settings.replenishFromFree = true;
        if (options.blank) settings.takeBlank = true;
        await cli.engine.pools.update({ id, version, settings });
        return { json: { id }, text: `Media pool ${settings.name} is changed.` };
      },
    }),
    list: command({
      summary: 'list media pools',
      positionals: {},
      options: {},
      examples: [['pool list', 'tapes, space and the next tape of each']],
      run: async (cli) => {
        const rows = await allPages((offset) => cli.engine.pools.list({ offset, limit: 1000 }));
        return {
          json: rows,
          text: table(
            rows,
            [
              { title: 'name', of: (row) => row.name },
              { title: 'kind', of: (row) => row.kind },
              { title: 'tapes', of: (row) => row.mediaCount, right: true },
              { title: 'online', of: (row) => row.onlineCount, right: true },
              { title: 'used', of: (row) => formatBytes(row.usedBytes), right: true },
              { title: 'free', of: (row) => formatBytes(row.freeBytes), right: true },
              { title: 'new set', of: (row) => row.allocationText },
              { title: 'protection', of: (row) => row.retentionText },
              { title: 'next tape', of: (row) => row.nextTape },
            ],
            'There are no media pools.',
          ),
        };
      },
    }),
    show: command({
      summary: 'one media pool',
      positionals: which,
      options: {},
      examples: [['pool show weekly', 'its rules and what it holds']],
      run: async (cli, args) => {
        const { id } = await finders(cli.engine).pool(args.pool);
        const row = await cli.engine.pools.get({ id });
        const text = columns([
          ['Pool', `${oneLine(row.name)} (${row.kind})`],
          ...(row.description ? [['Description', oneLine(row.description)]] : []),
          ['Tapes', `${row.mediaCount}, ${row.onlineCount} of them online`],
          ['Space', `${formatBytes(row.usedBytes)} used, ${formatBytes(row.freeBytes)} free`],
          ['New set', row.allocationText],
          ['Protection', row.retentionText],
          ['Next tape', oneLine(row.nextTape ?? 'none')],
        ]);
        return { json: row, text };
      },
    }),
    remove: command({
      summary: 'remove an empty media pool',
      positionals: which,
      options: {},
      examples: [['pool remove weekly', 'after its tapes were moved with "media move"']],
      run: async (cli, args) => {
        const row = await finders(cli.engine).pool(args.pool);
        await cli.engine.pools.remove({ id: row.id });
        return { json: { id: row.id }, text: `Media pool ${row.name} is removed.` };
      },
    }),
  },
};
