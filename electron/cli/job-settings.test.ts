import path from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JobSettings, jobSettings } from '../../shared/contract/jobs.ts';
import { platforms } from '../../shared/domain/platforms.ts';
import { jobCommand } from '../engine/jobs/job-command.ts';
import type { CliContext, EngineClient } from './context.ts';
import { backupOptions, backupSettings, copySettings, parseMachine, tapeJobSettings } from './job-settings.ts';
import { nouns } from './nouns/all.ts';
import { parseCommandLine } from './parse.ts';
import { shellWords } from './testing/shell-words.ts';

const named = (kind: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `${kind}-id-${n}`, name: `${kind} no. ${n}'s` }));
const jobs = named('job', 3).map((row) => ({ ...row, kind: 'backup' }));
const repositories = named('repository', 3).map((row) => ({ ...row, path: '' }));
const pools = named('pool', 3);
const keys = named('key', 2);
const machines = named('machine', 2);

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

async function settingsFrom(line: string): Promise<JobSettings> {
  const [program, ...words] = shellWords(line);
  expect(program).toBe('reelvault');
  const parsed = parseCommandLine(words, nouns);
  if (parsed.kind !== 'run') throw new Error('This shows help.');
  const options = parsed.options as never;
  const make = { backup: backupSettings, copy: copySettings, 'tape-job': tapeJobSettings }[parsed.noun.name];
  return jobSettings.parse(await make?.(cli, options));
}

const pick = (rows: readonly { id: string }[]) => fc.constantFrom(...rows.map((row) => row.id));
// Anything printable, but what the contract trims or refuses, and a disk's name that looks like a path.
const word = fc
  .string({ minLength: 1, maxLength: 20 })
  .filter((text) => /^[!-~][ -~]*$/.test(text) && text.trim() === text)
  .filter((text) => !platforms.some(({ id }) => id === text));
const diskName = word.filter((text) => !text.startsWith('/') && !text.includes('=/'));
const days = fc.subarray(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const, {
  minLength: 1,
});
const at = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const schedule = fc.oneof(
  fc.record({ kind: fc.constant('manual' as const) }),
  fc.record({ kind: fc.constant('continuous' as const) }),
  fc.record({ kind: fc.constant('daily' as const), at, days }),
  fc.record({ kind: fc.constant('periodic' as const), everyMinutes: fc.integer({ min: 1, max: 10_080 }) }),
  fc.record({ kind: fc.constant('after-job' as const), jobId: pick(jobs) }),
  fc.record({
    kind: fc.constant('monthly' as const),
    at,
    on: fc.oneof(
      fc.record({ dayOfMonth: fc.integer({ min: 1, max: 31 }) }),
      fc.record({ week: fc.constantFrom('first', 'second', 'third', 'fourth', 'last'), day: days.map(([day]) => day) }),
    ),
    months: fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], { minLength: 1 }),
  }),
);
const retention = fc.oneof(
  fc.record({ kind: fc.constant('points' as const), count: fc.integer({ min: 1, max: 9999 }) }),
  fc.record({ kind: fc.constant('days' as const), days: fc.integer({ min: 1, max: 36_500 }) }),
);
const retry = fc.record({ count: fc.integer({ min: 0, max: 10 }), waitMinutes: fc.integer({ min: 1, max: 1440 }) });
const common = { name: word, description: fc.oneof(fc.constant(''), word), schedule, retry };
const sources = fc
  .record({
    jobIds: fc.uniqueArray(pick(jobs)),
    repositoryIds: fc.uniqueArray(pick(repositories)),
    excludedMachineIds: fc.uniqueArray(pick(machines)),
  })
  .filter((one) => one.jobIds.length + one.repositoryIds.length > 0);
const optionalKey = fc.option(pick(keys), { nil: undefined });

const anySettings = fc.oneof(
  fc.record({
    kind: fc.constant('backup' as const),
    ...common,
    machines: fc.array(
      fc.record({
        name: word,
        platform: fc.constantFrom(...platforms.map(({ id }) => id)),
        disks: fc.array(
          fc.record(
            {
              path: word.map((name) => path.posix.normalize(`/images/disk-${name}-`)),
              name: fc.option(diskName, { nil: undefined }),
            },
            { requiredKeys: ['path'] },
          ),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    repositoryId: pick(repositories),
    retention,
    blockSizeBytes: fc.constantFrom(262_144, 524_288, 1_048_576, 4_194_304),
    codec: fc.constantFrom('none', 'lz4', 'zstd'),
    keyId: optionalKey,
  }),
  fc.record({
    kind: fc.constant('backup-copy' as const),
    ...common,
    mode: fc.constantFrom('immediate', 'periodic'),
    sources,
    repositoryId: pick(repositories),
    retention,
    codec: fc.constantFrom('keep', 'none', 'lz4', 'zstd'),
    keyId: optionalKey,
  }),
  fc.record({
    kind: fc.constant('backup-to-tape' as const),
    ...common,
    sources,
    fullPoolId: pick(pools),
    incrementPoolId: fc.option(pick(pools), { nil: undefined }),
    latestPointOnly: fc.boolean(),
    virtualFull: fc.option(
      schedule.filter((one) => one.kind !== 'manual'),
      { nil: undefined },
    ),
    parallelDrives: fc.integer({ min: 1, max: 64 }),
    ejectMedia: fc.boolean(),
    exportMedia: fc.boolean(),
    waitForMediaHours: fc.integer({ min: 0, max: 720 }),
  }),
);

test('the command that the console shows for a job makes the same job', async () => {
  await fc.assert(
    fc.asyncProperty(anySettings, async (given) => {
      const settings = jobSettings.parse(given);
      expect(await settingsFrom(jobCommand(settings, names))).toEqual(settings);
    }),
    { numRuns: 200 },
  );
});

test('machines: platform left out, disks named, relative paths, and a known one keeps its id', () => {
  expect(parseMachine('web01,proxmox-ve,web01.raw', '/images')).toEqual({
    name: 'web01',
    platform: 'proxmox-ve',
    disks: [{ path: '/images/web01.raw' }],
  });
  expect(parseMachine('db,system=/dev/vg/db,/x/y=z.raw', '/')).toEqual({
    name: 'db',
    platform: 'generic',
    disks: [{ name: 'system', path: '/dev/vg/db' }, { path: '/x/y=z.raw' }],
  });
  const before = { machines: [{ id: 'm1', name: 'db', platform: 'agent', disks: [{ path: '/old' }] }] };
  expect(parseMachine('db,/new', '/', before as never)).toEqual({
    id: 'm1',
    name: 'db',
    platform: 'agent',
    disks: [{ path: '/new' }],
  });
  for (const wrong of ['web01', ',proxmox-ve,/x', 'web01,proxmox-ve', 'web01,/x,,/y', '']) {
    expect(() => parseMachine(wrong, '/')).toThrow(/is not a machine/);
  }
});

test('edit changes what is given and nothing else', async () => {
  const before = jobSettings.parse({
    kind: 'backup',
    name: 'nightly',
    machines: [{ id: 'm', name: 'web01', platform: 'generic', disks: [{ path: '/a' }] }],
    repositoryId: 'repository-id-1',
    retention: { kind: 'days', days: 3 },
    keyId: 'key-id-1',
  });
  if (before.kind !== 'backup') throw new Error('not a backup');
  const nothing = Object.fromEntries(
    Object.entries(backupOptions).map(([name, option]) => [name, option.read(undefined)]),
  );
  const unchanged = await backupSettings(cli, nothing as never, before);
  expect(jobSettings.parse(unchanged)).toEqual(before);
  const changed = await backupSettings(cli, { ...nothing, 'keep-points': 9, key: 'none' } as never, before);
  expect(jobSettings.parse(changed)).toEqual({ ...before, retention: { kind: 'points', count: 9 }, keyId: undefined });
  const both = backupSettings(cli, { ...nothing, 'keep-points': 9, 'keep-days': 9 } as never, before);
  await expect(both).rejects.toThrow(/exclude each other/);
});
