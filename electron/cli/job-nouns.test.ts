import path from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMachine } from '../../shared/domain/jobs/backup.ts';
import {
  jobCommand,
  type JobKind,
  jobKindNames,
  jobKinds,
  jobSettings,
  type JobSettings,
  normalised,
} from '../../shared/domain/jobs/job-kinds.ts';
import { anyOf, listed, ordered } from '../../shared/domain/jobs/testing/any-settings.ts';
import type { CliContext, EngineClient } from './context.ts';
import { jobOptions, settingsFrom } from './job-nouns.ts';
import { nouns } from './nouns/all.ts';
import { parseCommandLine } from './parse.ts';
import { shellWords } from './testing/shell-words.ts';

const { jobs, repositories, pools, keys, machines } = listed;

/** Stands for an engine that only lists what names refer to. */
function listingEngine(): EngineClient {
  const all = (rows: readonly { id: string; name: string }[]) => () => Promise.resolve({ rows, total: rows.length });
  return {
    jobs: { list: all(jobs) },
    repositories: { list: all(repositories) },
    pools: { list: all(pools) },
    credentials: { keys: all(keys) },
    backups: { machines: all(machines) },
  } as unknown as EngineClient;
}
const cli = { engine: listingEngine(), cwd: '/here' } as unknown as CliContext;

const nameOf = (rows: readonly { id: string; name: string }[]) => (id: string) =>
  rows.find((row) => row.id === id)?.name ?? id;
const names = { repository: nameOf(repositories), job: nameOf(jobs), pool: nameOf(pools), key: nameOf(keys) };
const kindOfNoun = new Map<string, JobKind>(jobKinds.map(({ kind, command }) => [command.noun, kind]));

/** What a command line makes of a job that is there, or of none. */
async function settingsOf(line: string, before?: JobSettings): Promise<JobSettings> {
  const [program, ...words] = shellWords(line);
  expect(program).toBe('reelvault');
  const parsed = parseCommandLine(words, nouns);
  if (parsed.kind !== 'run') throw new Error('This shows help.');
  return settingsFrom(cli, kindOfNoun.get(parsed.noun.name) ?? 'backup', parsed.options, before);
}

test.each(jobKinds.map((rules) => [rules.kind, rules] as const))(
  '%s: the command that the console shows for a job makes the same job',
  async (_kind, { schema }) => {
    await fc.assert(
      fc.asyncProperty(anyOf(schema), async (given) => {
        const settings = normalised(jobSettings.parse(given));
        expect(ordered(normalised(await settingsOf(jobCommand(settings, names))))).toEqual(ordered(settings));
      }),
      { numRuns: 100 },
    );
  },
);

test.each(jobKinds.map((rules) => [rules.kind, rules] as const))(
  '%s: whatever a job is, the options of another one change it to that one, and none of them changes nothing',
  async (kind, { schema, command }) => {
    const arbitrary = anyOf(schema);
    await fc.assert(
      fc.asyncProperty(arbitrary, arbitrary, async (one, other) => {
        const before = normalised(jobSettings.parse(one));
        const wanted = normalised(jobSettings.parse(other));
        expect(await settingsFrom(cli, kind, {}, before)).toEqual(before);
        // Every option, also those that `create` leaves out because they say what is so by default.
        const typed = command.options.flatMap((option) => option.words(wanted as never, names));
        const given: Record<string, unknown> = {};
        for (const [name, value] of typed) {
          const many = jobOptions(kind)[name]?.many === true;
          given[name] = many ? [...((given[name] as unknown[]) ?? []), value] : value;
        }
        const changed = normalised(await settingsFrom(cli, kind, given, before));
        const kept = leftOut(command.options, typed, wanted, before);
        expect(ordered(changed)).toEqual(ordered(normalised({ ...wanted, ...kept })));
      }),
      { numRuns: 60 },
    );
  },
);

/** Settings for which nothing was said, because nothing can be: they stay as they are. */
function leftOut(
  options: readonly { fields: readonly string[]; flags: object }[],
  typed: readonly (readonly [string, unknown])[],
  wanted: JobSettings,
  before: JobSettings,
): object {
  const silent = options.filter(
    ({ flags }) => !typed.some(([name]) => Object.keys(flags).some((flag) => name === flag || name === `no-${flag}`)),
  );
  const fields = silent.flatMap((option) => option.fields);
  expect(fields.every((field) => (wanted as unknown as Record<string, unknown>)[field] === undefined)).toBe(true);
  return Object.fromEntries(fields.map((field) => [field, (before as unknown as Record<string, unknown>)[field]]));
}

const minimal: Record<JobKind, string> = {
  backup: `reelvault backup create --name a --machine web01,/images/web01.raw --repository '${repositories[0]?.name.replaceAll("'", String.raw`'\''`)}'`,
  'backup-copy': `reelvault copy create --name a --from-job job-id-0 --repository repository-id-0`,
  'backup-to-tape': `reelvault tape-job create --name a --from-job job-id-0 --pool pool-id-0`,
};

test('with its required options only, a job is what the schema says by default', async () => {
  const [backup, copy, tape] = await Promise.all(jobKindNames.map((kind) => settingsOf(minimal[kind])));
  expect(backup).toMatchObject({
    schedule: { kind: 'daily', at: '22:00' },
    retention: { kind: 'points', count: 7 },
    codec: 'zstd',
  });
  expect(copy).toMatchObject({ schedule: { kind: 'continuous' }, retention: { kind: 'days', days: 7 }, codec: 'keep' });
  expect(tape).toMatchObject({
    schedule: { kind: 'daily', at: '22:00' },
    writeIncrements: true,
    virtualFull: { kind: 'daily', at: '22:00', days: ['saturday'] },
    ejectMedia: false,
  });
  expect(jobCommand(copy as JobSettings, names)).toBe(
    `reelvault copy create --name a --from-job 'job no. 0'\\''s' --repository 'repository no. 0'\\''s'`,
  );
});

test('what is missing or cannot be read is told by the name of its option', async () => {
  for (const [line, message] of [
    ['reelvault copy create --from-job job-id-0 --repository repository-id-0', '--name is missing.'],
    ['reelvault copy create --name a --from-job job-id-0', '--repository is missing.'],
    ['reelvault backup create --name a --repository repository-id-0', '--machine is missing.'],
    ['reelvault tape-job create --name a --from-job job-id-0', '--pool is missing.'],
    [`${minimal['backup-copy']} --schedule sometimes`, '--schedule: "sometimes" is not a schedule'],
    [`${minimal['backup-copy']} --keep-days 3 --keep-points 4`, 'exclude each other'],
    [`${minimal['backup-copy']} --keep-days 0`, '--keep-days: Keep at least 1 day.'],
    [`${minimal['backup-to-tape']} --eject --no-eject`, '--eject and --no-eject exclude each other.'],
    [`${minimal['backup-to-tape']} --drives many`, '--drives: "many" is not a whole number.'],
    [`${minimal.backup} --compression best`, '--compression: "best" is not one of none, lz4, zstd.'],
    [`${minimal.backup} --block-size 3MiB`, '--block-size: "3MiB" is not a block size'],
  ]) {
    await expect(settingsOf(line ?? '')).rejects.toThrow(message);
    await expect(settingsOf(line ?? '')).rejects.toMatchObject({ exitCode: 2 });
  }
});

test('flags of a tape job are switched off as they are switched on', async () => {
  const before = await settingsOf(`${minimal['backup-to-tape']} --eject --export --latest-only --no-increments`);
  expect(before).toMatchObject({ ejectMedia: true, exportMedia: true, latestPointOnly: true, writeIncrements: false });
  const after = await settingsOf(
    'reelvault tape-job edit a --no-eject --no-export --no-latest-only --increments',
    before,
  );
  expect(after).toMatchObject({ ejectMedia: false, exportMedia: false, latestPointOnly: false, writeIncrements: true });
  expect(await settingsOf('reelvault tape-job edit a --virtual-full never', before)).toMatchObject({
    virtualFull: null,
  });
});

test('machines: platform left out, disks named, relative paths, and a known one keeps its id', () => {
  const at = (cwd: string) => ({ isAbsolute: path.isAbsolute, resolve: (file: string) => path.resolve(cwd, file) });
  expect(parseMachine('web01,proxmox-ve,web01.raw', at('/images'))).toEqual({
    name: 'web01',
    platform: 'proxmox-ve',
    disks: [{ path: '/images/web01.raw' }],
  });
  expect(parseMachine('web01,./web01.raw', at('/images')).disks).toEqual([{ path: '/images/web01.raw' }]);
  expect(parseMachine('db,system=/dev/vg/db,/x/y=z.raw', at('/'))).toEqual({
    name: 'db',
    platform: 'generic',
    disks: [{ name: 'system', path: '/dev/vg/db' }, { path: '/x/y=z.raw' }],
  });
  const before = [{ id: 'm1', name: 'db', platform: 'agent', disks: [{ path: '/old' }] }];
  expect(parseMachine('db,/new', at('/'), before)).toEqual({
    id: 'm1',
    name: 'db',
    platform: 'agent',
    disks: [{ path: '/new' }],
  });
  for (const wrong of ['web01', ',proxmox-ve,/x', 'web01,proxmox-ve', 'web01,/x,,/y', '']) {
    expect(() => parseMachine(wrong, at('/'))).toThrow(/is not a machine/);
  }
  for (const wrong of ['web01,proxmoxve,/x', 'web01,file-share,/x', 'web01,web01.raw']) {
    expect(() => parseMachine(wrong, at('/'))).toThrow(/is not a platform/);
  }
});
