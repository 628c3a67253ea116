import { copyFile, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { messageOf } from '../../shared/domain/message-of.ts';
import { choices } from './testing/fuzzing/mutate.ts';
import { World } from './testing/scenario.ts';

// Damage as bit rot, bad cables and people cause it: it is found and named, and only what it touches is lost.
// REELVAULT_DAMAGE_SEED chooses where, REELVAULT_DAMAGES how often each.
const seed = Number(process.env.REELVAULT_DAMAGE_SEED ?? 20_261_125);
const rounds = Number(process.env.REELVAULT_DAMAGES ?? 6);
let world: World;
let primary = '';
let library = '';
let backup = '';

beforeAll(async () => {
  world = await World.create({ diskMib: 8, fillMib: 3, cartridges: 4, cartridgeMib: 16 });
  await world.makeDisk();
  primary = await world.addRepository('primary');
  backup = await world.createBackupJob(primary);
  for (const round of [0, 1, 2]) {
    if (round > 0) await world.changeDisk(round, 600_000);
    await world.keep();
    await world.run(backup);
  }
  library = await world.addLibrary();
  await world.run(await world.createTapeJob(backup, await world.createPool()));
});
afterAll(() => world.close());

type Damage = 'flipped' | 'zeroed' | 'cut' | 'lost in the middle';
const damages: Damage[] = ['flipped', 'zeroed', 'cut', 'lost in the middle'];

/** Returns false where the damage changed nothing. */
async function damage(path: string, how: Damage, at: number, lengthBytes: number): Promise<boolean> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const length = Math.min(lengthBytes, size - at);
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, at);
    if (how === 'cut') await file.truncate(at);
    else if (how === 'lost in the middle') {
      const rest = Buffer.alloc(size - at - length);
      await file.read(rest, 0, rest.length, at + length);
      await file.truncate(at);
      await file.write(rest, 0, rest.length, at);
    } else {
      const changed = how === 'zeroed' ? Buffer.alloc(length) : Buffer.from(bytes.map((byte) => byte ^ 0x10));
      if (changed.equals(bytes)) return false;
      await file.write(changed, 0, length, at);
    }
    return true;
  } finally {
    await file.close();
  }
}

/** Nobody brings in what a session asks for: it is stopped then. */
async function logOf(sessionId: string): Promise<{ result: string; log: string }> {
  for await (const update of await world.client.sessions.follow({ id: sessionId })) {
    if (update.session?.state === 'waiting-tape') await world.client.sessions.cancel({ id: sessionId });
  }
  const { session, log } = await world.client.sessions.get({ id: sessionId });
  return { result: session.result ?? '', log: log.map((line) => line.text).join('\n') };
}

/** Restores a point; undefined when it is refused. */
async function contentOf(pointId: string): Promise<string | undefined> {
  return world.restoredDigest(pointId).catch(() => undefined);
}

test(`backup files (seed ${seed}): verify finds every damage that matters, and names the file`, async () => {
  const choose = choices(seed);
  const points = await world.points('disk');
  const counts = { planted: 0, found: 0, harmless: 0 };
  for (let round = 0; round < rounds; round += 1) {
    for (const how of damages) {
      const index = choose(points.length);
      const path = points[index]?.path ?? '';
      await copyFile(path, `${path}.whole`);
      const { size } = await stat(path);
      const planted = await damage(path, how, choose(size), 1 + choose(5000));
      if (planted) {
        counts.planted += 1;
        const { result, log } = await logOf((await world.client.backups.verify({ repositoryId: primary })).sessionId);
        const found = result === 'failed';
        counts[found ? 'found' : 'harmless'] += 1;
        if (found) expect(log).toContain(path.split('/').at(-1));
        for (const [other, point] of points.entries()) {
          const content = await contentOf(point.id);
          // What was not found harms nothing; what was found never gives wrong content, and costs nobody before it.
          if (content !== undefined || !found || other < index) expect(content).toBe(world.kept[other]);
        }
      }
      await rm(path);
      await copyFile(`${path}.whole`, path);
      await rm(`${path}.whole`);
      await world.ended((await world.client.repositories.rescan({ id: primary })).sessionId);
      expect((await world.points('disk')).map((point) => point.state)).toEqual(points.map(() => 'complete'));
    }
  }
  process.stdout.write(
    `Backup files: ${counts.planted} damages, ${counts.found} found by verify, ${counts.harmless} where nothing is kept\n`,
  );
  expect(counts.found).toBeGreaterThan(counts.planted / 3);
});

test('a damaged or missing chain cache loses nothing, and is written anew', async () => {
  const name =
    (await readdir(world.path('primary'), { recursive: true })).find((path) => path.endsWith('chain.json')) ?? '';
  const cache = join(world.path('primary'), name);
  for (const act of [() => damage(cache, 'flipped', 10, 200), () => damage(cache, 'cut', 5, 1), () => rm(cache)]) {
    await act();
    await world.ended((await world.client.repositories.rescan({ id: primary })).sessionId);
    expect((await world.points('disk')).every((point) => point.state === 'complete')).toBe(true);
    expect((await stat(cache)).size).toBeGreaterThan(100);
  }
});

test(`cartridges (seed ${seed}): a restore gives what was written or names what is lost`, async () => {
  const choose = choices(seed + 1);
  const images = (await readdir(world.path('library'), { recursive: true })).filter((name) => name.endsWith('.tap'));
  const sizes = await Promise.all(images.map(async (name) => (await stat(world.path(`library/${name}`))).size));
  const image = world.path(`library/${images[sizes.indexOf(Math.max(...sizes))]}`);
  const size = Math.max(...sizes);
  await world.engine.close();
  await copyFile(image, world.path('whole.tap'));
  await world.open();
  const points = await world.points('tape');
  const counts = { planted: 0, lost: 0 };
  for (let round = 0; round < rounds; round += 1) {
    // The first loses its label, too, and is then like a blank cartridge with the barcode of a tape that holds backups.
    const how = round === 0 ? 'cut' : (damages[round % damages.length] ?? 'flipped');
    await world.engine.close();
    if (await damage(image, how, round === 0 ? 0 : choose(size), 1 + choose(3000))) counts.planted += 1;
    await world.open();
    await world.ended((await world.client.tape.inventory({ id: library })).sessionId);
    const name = `from-damaged-${round}`;
    const repositoryId = await world.addRepository(name);
    const { result, log } = await logOf(
      (await world.client.restores.fromTape({ pointIds: points.map(({ id }) => id), repositoryId })).sessionId,
    );
    const back = (await world.client.backups.points({ locationId: repositoryId })).rows.filter(
      (point) => point.state === 'complete',
    );
    for (const point of back) {
      const index = points.findIndex((other) => other.pointId === point.pointId);
      expect(await world.restoredDigest(point.id)).toBe(world.kept[index]);
    }
    if (back.length < points.length) {
      counts.lost += 1;
      expect(result).not.toBe('success');
      expect(log.length).toBeGreaterThan(20);
    }
    await world.removeRepository(repositoryId, name);
    await world.engine.close();
    await copyFile(world.path('whole.tap'), image);
    for (const other of await readdir(world.path('library'), { recursive: true })) {
      if (/index/.test(other)) await rm(world.path(`library/${other}`));
    }
    await world.open();
    // What was taken for blank is looked at again.
    const { rows: media } = await world.client.media.list({ online: true });
    const mediaIds = media.map((medium) => medium.id);
    await world.ended((await world.client.tape.inventory({ id: library, mediaIds })).sessionId);
  }
  process.stdout.write(`Cartridges: ${counts.planted} damages, ${counts.lost} cost restore points, each named\n`);
  await world.checkTapes();
});

test('a damaged database is said at start, and everything comes back without it', async () => {
  const before = (await world.points('tape')).map((point) => point.pointId);
  await world.engine.close();
  const { size } = await stat(world.databasePath);
  await copyFile(world.databasePath, world.path('whole.db'));
  const choose = choices(seed + 2);
  let refused = 0;
  for (const how of ['zeroed', 'cut', 'flipped', 'lost in the middle'] as const) {
    await copyFile(world.path('whole.db'), world.databasePath);
    for (const suffix of ['-wal', '-shm']) await rm(`${world.databasePath}${suffix}`, { force: true });
    await damage(world.databasePath, how, how === 'cut' ? Math.floor(size / 2) : choose(size / 2), 20_000);
    const opened = await world.open().then(
      () => undefined,
      (error: unknown) => messageOf(error),
    );
    if (opened === undefined) await world.engine.close();
    else {
      refused += 1;
      expect(opened).toMatch(/database .* is damaged/i);
      expect(opened).toMatch(/catalogu/i);
    }
  }
  expect(refused).toBeGreaterThanOrEqual(3);
  await world.clearDataDirectory();
  await world.open();
  await world.addRepository('primary');
  library = await world.addLibrary();
  await world.ended((await world.client.tape.inventory({ id: library })).sessionId);
  await world.ended((await world.client.tape.catalog({ id: library })).sessionId);
  expect((await world.points('tape')).map((point) => point.pointId)).toEqual(before);
  await world.checkPromises();
  await world.checkTapes();
});
