import { copyFile, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armFaults } from '../../faults/fault-points.ts';
import { TapeTestWorld } from '../../testing/tape-test-world.ts';

// Backup to tape when drives, robots, tapes, sources or the engine fail.
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

describe('trouble', () => {
  test('a cancel in the middle leaves what is committed, and the next run writes the rest', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 4 });
    await world.backUp(repository, 'b', { sizeMib: 24 });
    const settings = world.settings(bench.createPool('P'), [repository]);
    let session = '';
    const passed = world.onPassage('drive.write', 60, () => bench.sessions.cancel(session));
    session = world.startBackupToTape(settings);
    await bench.ended(session, 'stopped');
    expect(passed.happened()).toBe(true);
    world.stopWatching();
    expect(world.tapePoints().length).toBeLessThan(2);
    await world.reopen();
    await world.backUpToTape(settings);
    expect(world.tapePoints()).toHaveLength(2);
    expect(await world.checkRestored(await world.restoreAll())).toBe(2);
  });

  test('a write error costs what was not committed, and that is written again on another tape', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 4 });
    await world.backUp(repository, 'a', { sizeMib: 4, changeMib: 2 });
    const fault = bench.control(library).planFault({ site: 'drive.write', fault: 'medium-error', nth: 30 });
    const session = await world.backUpToTape(world.settings(bench.createPool('P'), [repository]), 'warning');
    expect(fault.fired()).toBe(true);
    expect(bench.log(session)).toMatch(/T00001L8.*(cannot|could not|error)/i);
    expect(bench.log(session)).toContain('Tape T00001L8 is closed: nothing more is written to it.');
    // The drive's alert is asked for while the tape it is about is still in the drive.
    expect(bench.log(session)).toContain('drive 1: The cartridge or the drive is damaged: writing failed.');
    expect(world.tapePoints()).toHaveLength(2);
    expect(await world.checkRestored(await world.restoreAll())).toBe(2);
  });

  test('a deferred write error is found at the flush: nothing is promised that the tape has not got', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 3 });
    await world.backUp(repository, 'b', { sizeMib: 3 });
    const fault = bench.control(library).planFault({ site: 'drive.write', fault: 'deferred-write-error', nth: 20 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]), 'warning');
    expect(fault.fired()).toBe(true);
    expect(world.tapePoints()).toHaveLength(2);
    expect(await world.checkRestored(await world.restoreAll())).toBe(2);
  });

  test('a drive that does not load is passed over for another one', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(bench.createPool('P'), [repository]);
    // Once when the robot lets go of it, once when the drive is told to load it.
    const fault = bench.control(library).planFault({ site: 'drive.load', fault: 'load-failed' });
    bench.control(library).planFault({ site: 'drive.load', fault: 'load-failed' });
    const session = await world.backUpToTape(settings);
    expect(fault.fired()).toBe(true);
    expect(bench.log(session)).toContain('Drive 1 in Library did not load tape T00001L8');
    expect(bench.log(session)).toContain('to Drive 2 in Library');
    expect(world.tapePoints().map((point) => point.tapes)).toEqual([['T00001L8']]);
  });

  test('a jammed robot fails the job with words, and the next run goes on', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(bench.createPool('P'), [repository], { waitForMediaHours: 0 });
    bench.control(library).planFault({ site: 'changer.move', fault: 'robot-jam' });
    const session = await world.backUpToTape(settings, 'failed');
    expect(bench.log(session)).toContain('Moving T00001L8');
    bench.control(library).clearJam();
    await bench.inventory(library);
    await world.backUpToTape(settings);
    expect(world.tapePoints()).toHaveLength(1);
  });

  test('a cartridge that is not the tape it is taken for is not written and not restored from', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const pool = bench.createPool('P');
    const settings = world.settings(pool, [repository], { ejectMedia: true });
    await world.backUpToTape(settings);
    const [point] = world.tapePoints();
    expect(point?.tapes).toEqual(['T00001L8']);
    // Somebody swapped the labels of a written and a blank cartridge.
    bench.control(library).setReadBarcode('T00001L8', 'T00008L8');
    bench.control(library).setReadBarcode('T00008L8', 'T00001L8');
    await bench.tape.libraries.refresh(library);
    const target = await world.addRepository('restored');
    const session = world.startRestore(world.tapePointIds(), target);
    expect(await world.untilState(session, 'waiting-tape')).toContain('Bring in: T00001L8');
    expect(bench.log(session)).toContain('Wrong tape');
    // The inventory finds it under its wrong barcode; the restore goes on by itself.
    await bench.ended(
      bench.tape.startInventory(
        { libraryId: library, readLabels: true, mediaIds: [bench.medium('T00008L8').id] },
        'test',
      ),
    );
    await bench.ended(session);
    expect(await world.checkRestored(target)).toBe(1);
  });

  test('a machine whose backup file is damaged fails alone', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const bad = await world.backUp(repository, 'b', { sizeMib: 2 });
    await rm(world.repositories.place(repository, bad.path).name);
    const session = await world.backUpToTape(world.settings(bench.createPool('P'), [repository]), 'failed');
    expect(world.tapePoints()).toHaveLength(1);
    expect(bench.log(session)).toContain('Verify the backup on disk');
  });

  test('a killed engine: what the tape has is taken over, what it has not is written again', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(bench.createPool('P'), [repository]);
    await world.backUpToTape(settings);
    await world.backUp(repository, 'a', { sizeMib: 2 });
    // The tape gets the point, the database never hears of it.
    const medium = bench.medium('T00001L8');
    const saved = bench.database.get<{ tape_state_json: string }>(
      'SELECT tape_state_json FROM media WHERE id = ?',
      medium.id,
    );
    await world.backUpToTape(settings);
    const [, second] = world.tapePoints();
    bench.database.now((work) => bench.database.run(work, 'DELETE FROM tape_points WHERE id = ?', second?.id ?? ''));
    bench.database.now((work) =>
      bench.database.run(
        work,
        'UPDATE media SET tape_state_json = ? WHERE id = ?',
        saved?.tape_state_json ?? '',
        medium.id,
      ),
    );
    await world.reopen();
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const session = await world.backUpToTape(settings);
    expect(bench.log(session)).toContain('They were added to the catalogue: 1 restore point');
    expect(new Set(world.tapePoints().map((point) => point.pointUuid)).size).toBe(3);
    expect(await world.checkRestored(await world.restoreAll())).toBe(3);
  });

  test('a crash between the new label and the database: the tape is read before it is used again', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(bench.createPool('P'), [repository], { waitForMediaHours: 0 });
    const faults = armFaults([
      { site: 'step.tape.start', when: 'after', nth: 1, effect: { kind: 'error', code: 'EIO' } },
    ]);
    await world.backUpToTape(settings, 'failed');
    faults.disarm();
    expect(faults.unfired()).toEqual([]);
    expect(bench.tape.store.intents.all()).toHaveLength(1);
    await world.reopen();
    const first = bench.medium('T00001L8');
    expect(first.labelFormat).toBe('unread');
    await bench.ended(bench.tape.startInventory({ libraryId: library, readLabels: true }, 'test'));
    expect(bench.tape.store.intents.all()).toHaveLength(0);
    expect(bench.medium('T00001L8')).toMatchObject({ labelFormat: 'ours', poolId: settings.fullPoolId, setId: null });
  });
});

test('on a library as sloppy as the sloppiest one known: over the end of a tape, appended to, restored', async () => {
  const { bench } = world;
  const sloppy = await bench.addLibrary(
    { made: { profile: 'tgt', barcodes: ['S00001L8', 'S00002L8', 'S00003L8'] } },
    'Sloppy',
  );
  await bench.inventory(sloppy);
  const pool = bench.createPool('P', { libraryIds: [sloppy] });
  await world.backUp(repository, 'a', { sizeMib: 12 });
  await world.backUpToTape(world.settings(pool, [repository]));
  await world.reopen();
  await world.backUp(repository, 'a', { sizeMib: 12, changeMib: 8 });
  await world.backUp(repository, 'b', { sizeMib: 6 });
  await world.backUpToTape(world.settings(pool, [repository]));
  expect(world.tapePoints()).toHaveLength(3);
  expect(await world.checkRestored(await world.restoreAll())).toBe(3);
  const used = bench.tape.store.media.inLibrary(sloppy).filter((medium) => medium.usedBytes > 0);
  expect(used.length).toBeGreaterThan(1);
});

// Such a tape gets no TAPEEND, because writing one behind an error proves nothing: that it is closed is known to the
// database alone. Whoever has lost that knowledge is kept from harm by the label, the end of data and the catalogue.
describe('a tape that is closed because of a write error', () => {
  async function closeFirstTape(settings: ReturnType<TapeTestWorld['settings']>): Promise<void> {
    const { bench } = world;
    await world.backUp(repository, 'b', { sizeMib: 6 });
    const fault = bench.control(library).planFault({ site: 'drive.write', fault: 'medium-error', nth: 12 });
    await world.backUpToTape(settings, 'warning');
    expect(fault.fired()).toBe(true);
    expect(bench.medium('T00001L8').full).toBe(true);
    expect(world.tapePoints().map((point) => point.tapes.at(-1))).toEqual(['T00001L8', 'T00002L8']);
  }

  test('is not written again when the database is lost: its set is imported, every point restores', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    await closeFirstTape(world.settings(bench.medium('T00001L8').poolId, [repository]));
    await world.reopenWithoutDatabase();
    const found = await bench.addLibrary();
    await bench.inventory(found);
    await bench.ended(bench.tape.startCatalog({ libraryId: found }, 'test'));
    const pool = bench.createPool('P');
    const candidates = bench.tape.choice.explain(pool).candidates.filter((candidate) => candidate.usable);
    const used = new Set(['T00001L8', 'T00002L8'].map((barcode) => bench.medium(barcode).id));
    expect(candidates.length).toBeGreaterThan(0);
    expect(candidates.some((candidate) => used.has(candidate.mediaId))).toBe(false);
    expect(await world.checkRestored(await world.restoreAll())).toBe(2);
  });

  test('is not appended to when an older database is put back: what it holds may be needed from another tape', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(bench.createPool('P'), [repository]);
    await world.backUpToTape(settings);
    const older = bench.path('older.db');
    bench.database.get('VACUUM INTO ?', older);
    await closeFirstTape(settings);
    await bench.shut();
    for (const suffix of ['', '-wal', '-shm']) await rm(bench.path(`engine.db${suffix}`), { force: true });
    await copyFile(older, bench.path('engine.db'));
    await bench.open();
    await world.reopen();
    expect(bench.medium('T00001L8').full).toBe(false);
    await world.backUp(repository, 'c', { sizeMib: 2 });
    await world.backUpToTape(settings, 'warning');
    expect(world.tapePoints()).toHaveLength(2);
    // What the lost database had committed to the second tape is still there, and is found by reading it.
    await bench.ended(
      bench.tape.startInventory(
        { libraryId: library, readLabels: true, mediaIds: bench.tape.store.media.all().map((medium) => medium.id) },
        'test',
      ),
    );
    await bench.ended(bench.tape.startCatalog({ libraryId: library }, 'test'), 'warning');
    expect(new Set(world.tapePoints().map((point) => point.pointUuid)).size).toBe(3);
    expect(await world.checkRestored(await world.restoreAll())).toBe(3);
    // Cataloguing has learnt that the first tape is closed: nobody mounts it again to be refused.
    expect(bench.medium('T00001L8')).toMatchObject({ full: true, suspectReason: null });
    await world.backUp(repository, 'd', { sizeMib: 2 });
    const next = await world.backUpToTape(settings);
    expect(bench.log(next)).not.toContain('T00001L8');
    expect(bench.medium('T00001L8')).toMatchObject({ full: true, suspectReason: null });
  });
});
