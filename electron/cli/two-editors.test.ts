import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { administrator } from '../../shared/domain/rights.ts';
import { type Engine, openEngine } from '../engine/engine.ts';
import type { CliContext, EngineClient } from './context.ts';
import { failureOf } from './failures.ts';
import { nouns } from './nouns/all.ts';
import { parseCommandLine } from './parse.ts';

let folder: string;
let engine: Engine;
let anna: EngineClient;
let job: string;
let repository: string;

const clientOf = (name: string): EngineClient =>
  createRouterClient(engine.router, { context: { actor: administrator(name) } });

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-editors-'));
  engine = await openEngine({ dataDir: path.join(folder, 'data'), schedule: false });
  anna = clientOf('anna');
  await writeFile(path.join(folder, 'disk.raw'), Buffer.alloc(2 ** 20));
  repository = (
    await anna.repositories.add({
      settings: { name: 'main', place: { kind: 'directory', path: path.join(folder, 'repo') } },
    })
  ).id;
  const machines = [{ name: 'web01', platform: 'generic', disks: [{ path: path.join(folder, 'disk.raw') }] }];
  job = (
    await anna.jobs.create({
      settings: { kind: 'backup', name: 'nightly', machines, repositoryId: repository } as never,
    })
  ).id;
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

/** One command line, as bert, whose words the engine hears one after the other; `meanwhile` comes before its save. */
async function rv(words: string[], meanwhile: () => Promise<unknown> = () => Promise.resolve()): Promise<unknown> {
  const parsed = parseCommandLine(words, nouns);
  if (parsed.kind !== 'run') throw new Error('This shows help.');
  const bert = clientOf('bert');
  const before =
    <I, O>(save: (input: I) => Promise<O>) =>
    async (input: I): Promise<O> => {
      await meanwhile();
      return save(input);
    };
  const client = {
    ...Object.fromEntries(
      ['jobs', 'repositories', 'pools', 'credentials', 'tape', 'media', 'backups'].map((space) => [
        space,
        bert[space as 'jobs'],
      ]),
    ),
    jobs: { list: bert.jobs.list, get: bert.jobs.get, update: before(bert.jobs.update) },
    pools: { list: bert.pools.list, get: bert.pools.get, update: before(bert.pools.update) },
  };
  const cli = { engine: client, cwd: folder } as unknown as CliContext;
  return parsed.command.run(cli, parsed.args as never, parsed.options as never);
}

const descriptionOf = async (): Promise<string> => (await anna.jobs.get({ id: job })).description;

test('two editors of a job over the API: the second save is refused, and says who changed what', async () => {
  const bert = clientOf('bert');
  const [first, second] = [await anna.jobs.get({ id: job }), await bert.jobs.get({ id: job })];
  expect(first.version).toBe(second.version);
  await anna.jobs.update({ id: job, version: first.version, settings: { ...first.settings, description: 'of anna' } });
  const late = bert.jobs.update({ id: job, version: second.version, settings: { ...second.settings, name: 'mine' } });
  await expect(late).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(
      /^The job “nightly” was changed since you opened it by anna, .*: description\./,
    ) as string,
    data: { advice: expect.stringContaining('Open it again') as string },
  });
  expect(await descriptionOf()).toBe('of anna');
  const again = await bert.jobs.get({ id: job });
  await bert.jobs.update({ id: job, version: again.version, settings: { ...again.settings, name: 'mine' } });
  expect((await anna.jobs.get({ id: job })).name).toBe('mine');
});

test('a command line that read before somebody else saved is refused with words, and nothing of it is saved', async () => {
  const annaSaves = async (): Promise<void> => {
    const { version, settings } = await anna.jobs.get({ id: job });
    await anna.jobs.update({ id: job, version, settings: { ...settings, description: 'of anna' } });
  };
  const refused = await rv(['backup', 'edit', 'nightly', '--description', 'of bert'], annaSaves).catch(failureOf);
  expect(refused).toMatchObject({ code: 'CONFLICT', exitCode: 5 });
  expect((refused as { message: string }).message).toMatch(/was changed since you opened it by anna, .*: description/);
  expect(await descriptionOf()).toBe('of anna');
  // Read anew it goes.
  await rv(['backup', 'edit', 'nightly', '--description', 'of bert']);
  expect(await descriptionOf()).toBe('of bert');
});

test('media pools, repositories and names of tapes likewise', async () => {
  const { id } = await anna.pools.create({ settings: { name: 'weekly' } });
  const annaSaves = async (): Promise<void> => {
    const { version, settings } = await anna.pools.get({ id });
    await anna.pools.update({ id, version, settings: { ...settings, name: 'weekly', maxDrives: 3 } });
  };
  await expect(rv(['pool', 'edit', 'weekly', '--keep', '180'], annaSaves)).rejects.toThrow(
    /The media pool “weekly” was changed since you opened it by anna, .*: max drives/,
  );
  const row = await anna.repositories.get({ id: repository });
  const settings = { name: 'main', place: row.place, description: 'here' };
  await anna.repositories.update({ id: repository, version: row.version, settings });
  await expect(
    clientOf('bert').repositories.update({ id: repository, version: row.version, settings }),
  ).rejects.toThrow('The repository “main” was changed since you opened it by anna');
});
