import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TapeTestWorld } from '../../testing/tape-test-world.ts';

// Backup to tape, the catalogue and back: what is written where, and what happens at the end and without tapes.
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

test('a chain spans tapes, the database is lost, the catalogue brings it back, and the restored bytes are the same', async () => {
  const { bench } = world;
  await world.backUp(repository, 'erp-01', { sizeMib: 34 });
  await world.backUp(repository, 'erp-01', { sizeMib: 34, changeMib: 3 });
  const settings = world.settings(bench.createPool('Weekly'), [repository]);
  await world.backUpToTape(settings);
  const before = world.tapePoints();
  expect(before).toHaveLength(2);
  expect(new Set(before.flatMap((point) => point.tapes)).size).toBeGreaterThanOrEqual(3);
  const again = await world.backUpToTape(settings);
  expect(bench.log(again)).toContain('Everything is on tape already');

  await world.reopenWithoutDatabase();
  const found = await bench.addLibrary();
  await bench.inventory(found);
  await bench.ended(bench.tape.startCatalog({ libraryId: found }, 'test'));
  expect(world.tapePoints()).toEqual(before);
  const media = bench.tape.store.media.all();
  expect(media.filter((medium) => medium.poolId === 'imported').map((medium) => medium.sequence)).toEqual([1, 2, 3, 4]);
  const target = await world.restoreAll();
  expect(await world.checkRestored(target)).toBe(2);
});

describe('media sets', () => {
  test('“continue” appends to the open tape, also after a restart', async () => {
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(world.bench.createPool('P', { allocation: { kind: 'continue' } }), [repository]);
    await world.backUpToTape(settings);
    await world.reopen();
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const second = await world.backUpToTape(settings);
    expect(world.bench.log(second)).toContain('It is the open tape of the media set');
    expect(world.kindsOnTape()).toEqual(['full', 'increment']);
    expect(new Set(world.tapePoints().flatMap((point) => point.tapes)).size).toBe(1);
    expect(await world.checkRestored(await world.restoreAll())).toBe(2);
  });

  test('a new set begins with a virtual full, and increments go on from it', async () => {
    await world.backUp(repository, 'a', { sizeMib: 3 });
    const settings = world.settings(world.bench.createPool('P', { allocation: { kind: 'session' } }), [repository]);
    await world.backUpToTape(settings);
    await world.backUp(repository, 'a', { sizeMib: 3 });
    await world.backUp(repository, 'a', { sizeMib: 3 });
    await world.backUpToTape(settings);
    expect(world.kindsOnTape()).toEqual(['full', 'virtual full', 'increment']);
    const sets = world.bench.tape.store.pools.sets(settings.fullPoolId);
    expect(sets.map((set) => set.closedReason)).toEqual([
      'a new set begins in every session',
      'a new set begins in every session',
    ]);
    expect(await world.checkRestored(await world.restoreAll())).toBe(3);
  });

  test('only fulls go to tape when increments have no pool', async () => {
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const pool = world.bench.createPool('P');
    await world.backUpToTape(world.settings(pool, [repository], { writeIncrements: false }));
    expect(world.kindsOnTape()).toEqual(['virtual full']);
  });

  test('fulls and increments go to their own pools', async () => {
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(world.bench.createPool('Fulls'), [repository], {
      incrementPoolId: world.bench.createPool('Increments'),
    });
    await world.backUpToTape(settings);
    const places = world.bench.database.all<{ kind: string; name: string }>(
      'SELECT t.kind, p.name FROM tape_points t JOIN pools p ON p.id = t.pool_id ORDER BY t.created_at',
    );
    expect(places).toEqual([
      { kind: 'full', name: 'Fulls' },
      { kind: 'increment', name: 'Increments' },
    ]);
    expect(await world.checkRestored(await world.restoreAll())).toBe(2);
  });

  test('two machines go to two drives, each with its own set', async () => {
    await world.backUp(repository, 'a', { sizeMib: 6 });
    await world.backUp(repository, 'b', { sizeMib: 6 });
    const pool = world.bench.createPool('P');
    await world.backUpToTape(world.settings(pool, [repository], { parallelDrives: 2 }));
    expect(world.bench.tape.store.pools.sets(pool)).toHaveLength(2);
    expect(world.tapePoints().map((point) => point.tapes.length)).toEqual([1, 1]);
    // Each machine goes on in the set that holds its full.
    await world.backUp(repository, 'a', { sizeMib: 6 });
    await world.backUp(repository, 'b', { sizeMib: 6 });
    await world.backUpToTape(world.settings(pool, [repository], { parallelDrives: 2 }));
    expect(world.kindsOnTape()).toEqual(['full', 'full', 'increment', 'increment']);
    expect(await world.checkRestored(await world.restoreAll())).toBe(4);
  });

  test('an expired set is overwritten, oldest first, and nothing that is protected is', async () => {
    const { bench } = world;
    const media = ['T00001L8', 'T00002L8'].map((barcode) => bench.medium(barcode).id);
    const rules = { allocation: { kind: 'session' as const }, replenishFromFree: false, takeBlank: false };
    const pool = bench.createPool('Two tapes', { ...rules, retention: { kind: 'for', days: 30 }, mediaIds: media });
    const settings = world.settings(pool, [repository], { waitForMediaHours: 0 });
    for (const _ of media) {
      await world.backUp(repository, 'a', { sizeMib: 2 });
      await world.backUpToTape(settings);
    }
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const refused = await world.backUpToTape(settings, 'failed');
    expect(bench.log(refused)).toContain('No tape for Two tapes');
    expect(world.tapePoints()).toHaveLength(2);
    const old = Date.now() - 40 * 86_400_000;
    bench.database.now((work) => bench.database.run(work, 'UPDATE media SET last_written_at = ?', old));
    bench.database.now((work) => bench.database.run(work, 'UPDATE media_sets SET last_written_at = ?', old));
    bench.database.now((work) =>
      bench.database.run(work, "UPDATE media SET last_written_at = ? WHERE barcode = 'T00002L8'", old - 1000),
    );
    bench.tape.media.setProtected([bench.medium('T00002L8').id], true, 'test');
    await world.backUpToTape(settings);
    expect(bench.audited.map((line) => line.action)).toContain('media.overwrite');
    expect(world.tapePoints().flatMap((point) => point.tapes)).toEqual(['T00002L8', 'T00001L8']);
  });
});

describe('at the end', () => {
  test('tapes are exported and their set is closed; the next run begins another', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(bench.createPool('P'), [repository], { exportMedia: true });
    await world.backUpToTape(settings);
    const exporting = bench.sessions.running().find((session) => session.kind === 'export');
    if (exporting) await bench.ended(exporting.id);
    expect(bench.medium('T00001L8')).toMatchObject({ elementType: 'import-export' });
    expect(bench.medium('T00001L8').exportedAt).not.toBeNull();
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape({ ...settings, exportMedia: false });
    expect(world.kindsOnTape()).toEqual(['full', 'virtual full']);
    expect(world.tapePoints().map((point) => point.tapes)).toEqual([['T00001L8'], ['T00002L8']]);
  });

  test('the tape stays in its drive, or goes back into its slot, as asked', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(bench.createPool('P'), [repository]);
    await world.backUpToTape(settings);
    expect(bench.medium('T00001L8').elementType).toBe('drive');
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape({ ...settings, ejectMedia: true });
    expect(bench.medium('T00001L8')).toMatchObject({ elementType: 'slot', elementAddress: 4096 });
  });

  test('an active full writes a new full although everything is on tape, and what follows builds on it', async () => {
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(world.bench.createPool('P'), [repository]);
    await world.backUpToTape(settings);
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape(settings);
    const full = world.startBackupToTape(settings, true);
    await world.bench.ended(full);
    expect(world.bench.log(full)).toContain('An active full was asked for.');
    expect(world.kindsOnTape().sort()).toEqual(['full', 'increment', 'virtual full']);
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape(settings);
    expect(world.kindsOnTape().sort()).toEqual(['full', 'increment', 'increment', 'virtual full']);
    expect(await world.checkRestored(await world.restoreAll())).toBe(3);

    await world.reopenWithoutDatabase();
    const found = await world.bench.addLibrary();
    await world.bench.inventory(found);
    await world.bench.ended(world.bench.tape.startCatalog({ libraryId: found }, 'test'));
    expect(world.tapePoints()).toHaveLength(4);
  });

  test('a virtual full is written when its schedule asks for one', async () => {
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const pool = world.bench.createPool('P');
    const settings = world.settings(pool, [repository]);
    await world.backUpToTape(settings);
    await world.backUp(repository, 'a', { sizeMib: 2 });
    world.bench.database.now((work) => world.bench.database.run(work, 'UPDATE tape_points SET written_at = 0'));
    await world.backUpToTape({ ...settings, virtualFull: { kind: 'periodic', everyMinutes: 60 } });
    expect(world.kindsOnTape()).toEqual(['full', 'virtual full']);
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape(settings);
    expect(world.kindsOnTape()).toEqual(['full', 'virtual full', 'increment']);
    expect(await world.checkRestored(await world.restoreAll())).toBe(3);
  });
});

describe('waiting', () => {
  test('without a tape the job waits, says what would do, and goes on when one is put into a mail slot', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const pool = bench.createPool('P', { replenishFromFree: true });
    for (const medium of bench.tape.store.media.all()) bench.tape.media.setProtected([medium.id], true, 'test');
    const session = world.startBackupToTape(world.settings(pool, [repository]));
    expect(await world.untilState(session, 'waiting-tape')).toContain('Load a new tape');
    await bench.control(library).insertCartridge(0, 'NEW001L8');
    await bench.tape.libraries.refresh(library);
    await bench.ended(session);
    expect(world.tapePoints().map((point) => point.tapes)).toEqual([['NEW001L8']]);
    expect(bench.log(session)).toContain('Imported tape NEW001L8');
  });

  test('a waiting job is cancelled at once, and one that may not wait fails', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const pool = bench.createPool('P', { replenishFromFree: false, takeBlank: false });
    const session = world.startBackupToTape(world.settings(pool, [repository]));
    await world.untilState(session, 'waiting-tape');
    bench.sessions.cancel(session);
    await bench.ended(session, 'stopped');
    await world.backUpToTape(world.settings(pool, [repository], { waitForMediaHours: 0 }), 'failed');
    expect(bench.locks.holders(`drive:${library}:256`)).toEqual([]);
  });

  test('a restore asks for the tapes that are away, in words, and goes on when they are back', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 20 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    const [point] = world.tapePoints();
    const away = point?.tapes[0] ?? '';
    await bench.ended(bench.tape.startExport([bench.medium(away).id], 'test'));
    await bench.control(library).removeFromImportExport(bench.medium(away).elementAddress ?? 0);
    await bench.tape.libraries.refresh(library);
    const target = await world.addRepository('restored');
    const session = world.startRestore(world.tapePointIds(), target);
    expect(await world.untilState(session, 'waiting-tape')).toBe(
      `Bring in: ${away} (offline (last seen: Mail slot 1 in Library)).`,
    );
    await bench.control(library).insertCartridge(1, away);
    await bench.tape.libraries.refresh(library);
    await bench.ended(session);
    expect(await world.checkRestored(target)).toBe(1);
  });
});
