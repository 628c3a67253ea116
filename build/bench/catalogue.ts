import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Section, Target } from './bench.ts';
import { target } from './bench.ts';
import { fullSize, makeCatalogue } from './catalogue-fixture.ts';
import { EngineUnderTest } from './engine-under-test.ts';
import { median } from './measure.ts';

const mib = 2 ** 20;

type Page = (engine: EngineUnderTest) => Promise<{ ms: number; cpuMs: number }>;

/** What the console asks for on its screens. */
const pages: Record<string, Page> = {
  'tapes, first page': (engine) => engine.timedCall((client) => client.media.list, { limit: 100 }),
  'tapes by state': (engine) =>
    engine.timedCall((client) => client.media.list, { limit: 100, sort: { by: 'state', direction: 'asc' } }),
  'tapes by expiry, last page': (engine) =>
    engine.timedCall((client) => client.media.list, {
      limit: 100,
      offset: 9900,
      sort: { by: 'expiresAt', direction: 'desc' },
    }),
  'tapes in state expired': (engine) =>
    engine.timedCall((client) => client.media.list, { limit: 100, filters: { state: ['expired'] } }),
  'tapes searched': (engine) => engine.timedCall((client) => client.media.list, { limit: 100, search: '777' }),
  'why not this tape? (one pool)': (engine) =>
    engine.timedCall((client) => client.media.candidates, { poolId: '20000000-0000-4000-8000-000000000003' }),
  'one tape with its points': (engine) =>
    engine.timedCall((client) => client.media.get, { id: '40000000-0000-4000-8000-000000000042' }),
  'media pools': (engine) => engine.timedCall((client) => client.pools.list, {}),
  'backups, first page': (engine) => engine.timedCall((client) => client.backups.list, { limit: 100 }),
  'backups on tape by size': (engine) =>
    engine.timedCall((client) => client.backups.list, {
      limit: 100,
      origin: 'tape',
      sort: { by: 'sizeBytes', direction: 'desc' },
    }),
  'backups searched': (engine) =>
    engine.timedCall((client) => client.backups.list, { limit: 100, search: 'machine-017' }),
  'machines, first page': (engine) => engine.timedCall((client) => client.backups.machines, { limit: 100 }),
  'machines by points on tape': (engine) =>
    engine.timedCall((client) => client.backups.machines, {
      limit: 100,
      sort: { by: 'tapePoints', direction: 'desc' },
    }),
  'restore points, first page': (engine) => engine.timedCall((client) => client.backups.points, { limit: 100 }),
  'restore points on tape': (engine) =>
    engine.timedCall((client) => client.backups.points, { limit: 100, origin: 'tape' }),
  'restore points of a machine': (engine) =>
    engine.timedCall((client) => client.backups.points, {
      limit: 100,
      machineId: '60000000-0000-4000-8000-000000000700',
    }),
  'restore points of a machine in a pool': (engine) =>
    engine.timedCall((client) => client.backups.points, {
      limit: 100,
      backupId: 'tape:20000000-0000-4000-8000-000000000000:60000000-0000-4000-8000-000000000700',
    }),
  'restore points by machine': (engine) =>
    engine.timedCall((client) => client.backups.points, { limit: 100, sort: { by: 'machineName', direction: 'asc' } }),
  'restore points by size, far page': (engine) =>
    engine.timedCall((client) => client.backups.points, {
      limit: 100,
      offset: 50_000,
      sort: { by: 'sizeBytes', direction: 'desc' },
    }),
  'restore points searched': (engine) =>
    engine.timedCall((client) => client.backups.points, { limit: 100, search: 'machine-01234' }),
  'plan a restore from tape': (engine) =>
    engine.timedCall((client) => client.restores.planFromTape, {
      pointIds: ['80000000-0000-4000-8000-000000014700'],
    }),
  overview: (engine) => engine.timedCall((client) => client.system.overview, {}),
};

export const catalogue: Bench = {
  about: 'pages of a catalogue of 1 000 000 restore points on 10 000 tapes: each below 50 ms, start below 2 s',
  async run(context) {
    const kept = join(context.folder, 'catalogue-3.db');
    if (!(await stat(kept).catch(() => undefined))) {
      context.say('Making the catalogue');
      await rm(`${kept}.partial`, { force: true });
      makeCatalogue(`${kept}.partial`, fullSize);
      await rename(`${kept}.partial`, kept);
    }
    const dataDir = join(context.folder, 'catalogue-data');
    await rm(dataDir, { recursive: true, force: true });
    await mkdir(dataDir);
    await copyFile(kept, join(dataDir, 'reelvault.db'));
    try {
      return [await startAndPages(context.pairs, dataDir)];
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

async function startAndPages(times: number, dataDir: string): Promise<Section> {
  const rows: (string | number)[][] = [];
  const targets: Target[] = [];
  const starts: number[] = [];
  for (let start = 0; start < times; start += 1) {
    const engine = await EngineUnderTest.open(dataDir);
    starts.push(await engine.readyMs());
    await engine.close();
  }
  rows.push(['start to ready', round(median(starts)), '', round(Math.max(...starts))]);
  targets.push(target('start to ready, ms', median(starts), { atMost: 2000 }));
  const engine = await EngineUnderTest.open(dataDir);
  await engine.reset();
  for (const [name, page] of Object.entries(pages)) {
    const ms: number[] = [];
    const cpuMs: number[] = [];
    // The first call of each reads the disk's part of the database that it needs.
    for (let time = 0; time <= times; time += 1) {
      const took = await page(engine);
      ms.push(took.ms);
      cpuMs.push(took.cpuMs);
    }
    const typical = median(ms.slice(1));
    rows.push([name, round(typical), round(median(cpuMs.slice(1))), round(ms[0] ?? 0)]);
    targets.push(target(`${name}, ms`, typical, { atMost: 50 }));
  }
  const { peakRssBytes } = await engine.usage();
  await engine.close();
  targets.push(target('engine memory, MiB', peakRssBytes / mib, { atMost: 512 }));
  return { title: 'catalogue', columns: ['', 'ms (median)', 'computing', 'ms (first)'], rows, targets };
}

function round(ms: number): number {
  return Number(ms.toPrecision(3));
}
