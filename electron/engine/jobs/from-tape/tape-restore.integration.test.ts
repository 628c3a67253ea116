import { mkdir, readdir, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { flipByte, TapeTestWorld } from '../../testing/tape-test-world.ts';

// Restore from tape to a repository: interrupted, damaged, refused, hostile.
const mib = 2 ** 20;
let world: TapeTestWorld;
let library: string;
let repository: string;

beforeEach(async () => {
  world = await TapeTestWorld.create();
  library = await world.bench.addLibrary({ drives: 2, slots: 10, cartridges: 8, capacityMib: 16 });
  await world.bench.inventory(library);
  repository = await world.addRepository('primary');
});
afterEach(() => world.close());

describe('restore', () => {
  test('a cancelled restore goes on with what is missing', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 20 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    const target = await world.addRepository('restored');
    let session = '';
    const passed = world.onPassage('drive.read', 70, () => bench.sessions.cancel(session));
    session = world.startRestore(world.tapePointIds(), target);
    await bench.ended(session, 'stopped');
    world.stopWatching();
    expect(passed.happened()).toBe(true);
    expect(world.backups.pointsIn(target)).toEqual([]);
    await world.reopen();
    const again = world.startRestore(world.tapePointIds(), target);
    await bench.ended(again);
    expect(bench.log(again)).toContain('Going on with');
    expect(await world.checkRestored(target)).toBe(1);
    expect(bench.database.all("SELECT id FROM intents WHERE kind = 'restore-from-tape'")).toEqual([]);
  });

  test('a record that cannot be read: what is lost is named, the rest is restored', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 4 });
    await world.backUp(repository, 'b', { sizeMib: 4 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository], { ejectMedia: true }));
    const damaged = world.tapePoints()[0];
    const [part] = bench.tape.store.catalogue.parts(damaged?.id ?? '');
    await bench.control(library).damageRecord(damaged?.tapes[0] ?? '', (part?.extents[0]?.firstBlock ?? 0) + 3);
    const target = await world.addRepository('restored');
    const session = world.startRestore(world.tapePointIds(), target);
    await bench.ended(session, 'warning').catch(async () => bench.ended(session, 'failed'));
    expect(bench.log(session)).toMatch(/Lost: the restore point of .* cannot be read where bytes 0–/);
    expect(await world.checkRestored(target)).toBe(1);
  });

  test('bytes of an interrupted restore that changed on the disk are found, and the file never gets its name', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 20 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    const target = await world.addRepository('restored');
    let session = '';
    world.onPassage('drive.read', 70, () => bench.sessions.cancel(session));
    session = world.startRestore(world.tapePointIds(), target);
    await bench.ended(session, 'stopped');
    world.stopWatching();
    const root = bench.path('restored');
    const partial = (await readdir(root, { recursive: true })).find((name) => name.endsWith('.partial')) ?? '';
    await flipByte(`${root}/${partial}`, 1000);
    const again = world.startRestore(world.tapePointIds(), target);
    await bench.ended(again, 'failed');
    expect(bench.log(again)).toContain('does not match its SHA-256 sums any more');
    expect(world.backups.pointsIn(target)).toEqual([]);
    await bench.ended(world.startRestore(world.tapePointIds(), target));
    expect(await world.checkRestored(target)).toBe(1);
  });

  test('a repository without room is refused before a tape moves', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository], { ejectMedia: true }));
    const target = await world.addRepository('restored');
    bench.database.now((work) => bench.database.run(work, 'UPDATE tape_points SET size_bytes = size_bytes'));
    const requireWritable = world.repositories.requireWritable.bind(world.repositories);
    world.repositories.requireWritable = (id) => requireWritable(id, 2 ** 60);
    const session = world.startRestore(world.tapePointIds(), target);
    await bench.ended(session, 'failed');
    expect(bench.log(session)).toContain('bytes free');
    expect(bench.log(session)).not.toContain('Moved tape');
  });

  test('where the machine’s live chain stands, nothing is mixed into it; what is there already is not read again', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository], { ejectMedia: true }));
    const same = world.startRestore(world.tapePointIds(), repository);
    await bench.ended(same);
    expect(bench.log(same)).toContain('Everything chosen is in the repository already');
    const target = await world.addRepository('restored');
    const [oldest] = world.tapePointIds();
    await bench.ended(world.startRestore([oldest ?? ''], target));
    await bench.ended(world.startRestore(world.tapePointIds(), target));
    expect(await world.checkRestored(target)).toBe(2);
    const newest = world.backups.pointsIn(repository).at(-1);
    bench.database.now((work) => world.backups.removePoint(work, newest?.id ?? ''));
    const refused = world.startRestore(world.tapePointIds(), repository);
    await bench.ended(refused, 'failed');
    expect(bench.log(refused)).toContain('Restore to another repository');
  });

  test('names on tape are data: they cannot lead out of the repository', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 1 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    bench.database.now((work) =>
      bench.database.run(
        work,
        "UPDATE tape_points SET file_name = '../../escape.rvb', job_name = '../../..', machine_name = '../m'",
      ),
    );
    const target = await world.addRepository('restored');
    await mkdir(bench.path('restored'), { recursive: true });
    await bench.ended(world.startRestore(world.tapePointIds(), target));
    expect(await stat(bench.path('escape.rvb')).catch(() => null)).toBeNull();
    const [restored] = world.backups.pointsIn(target);
    expect(restored?.path).toMatch(/^[^/]+\/[^/]+\/[^/]+\.rvb$/);
    expect(restored?.sizeBytes).toBeGreaterThan(mib);
  });
});
