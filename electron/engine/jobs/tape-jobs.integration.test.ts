import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armFaults, traceFaultPoints } from '../faults/fault-points.ts';
import { flipByte, TapeTestWorld } from './tape-test-world.ts';

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
afterEach(async () => {
  traceFaultPoints(undefined);
  await world.close();
});

/** Polls the session until it is in this state. */
async function untilState(sessionId: string, state: string): Promise<string> {
  for (;;) {
    const record = world.bench.sessions.running().find(({ id }) => id === sessionId);
    if (!record) throw new Error(`The session ended:\n${world.bench.log(sessionId)}`);
    if (record.state === state) return record.stateText ?? '';
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Does something once, when a session passes a site for the nth time. */
function onPassage(site: string, nth: number, act: () => void): { happened(): boolean } {
  let passages = 0;
  traceFaultPoints((passed, when) => {
    if (passed !== site || when !== 'before') return;
    passages += 1;
    if (passages === nth) act();
  });
  return { happened: () => passages >= nth };
}

const ids = () => world.tapePoints().map((point) => point.id);
const kinds = () =>
  world.bench.database
    .all<{ kind: string; virtual_full: number }>(
      'SELECT kind, virtual_full FROM tape_points ORDER BY created_at, written_at',
    )
    .map((row) => (row.virtual_full ? 'virtual full' : row.kind));

async function restoreAll(name = 'restored'): Promise<string> {
  const target = await world.addRepository(name);
  await world.bench.ended(world.startRestore(ids(), target));
  return target;
}

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
  const target = await restoreAll();
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
    expect(kinds()).toEqual(['full', 'increment']);
    expect(new Set(world.tapePoints().flatMap((point) => point.tapes)).size).toBe(1);
    expect(await world.checkRestored(await restoreAll())).toBe(2);
  });

  test('a new set begins with a virtual full, and increments go on from it', async () => {
    await world.backUp(repository, 'a', { sizeMib: 3 });
    const settings = world.settings(world.bench.createPool('P', { allocation: { kind: 'session' } }), [repository]);
    await world.backUpToTape(settings);
    await world.backUp(repository, 'a', { sizeMib: 3 });
    await world.backUp(repository, 'a', { sizeMib: 3 });
    await world.backUpToTape(settings);
    expect(kinds()).toEqual(['full', 'virtual full', 'increment']);
    const sets = world.bench.tape.store.pools.sets(settings.fullPoolId);
    expect(sets.map((set) => set.closedReason)).toEqual([
      'a new set begins in every session',
      'a new set begins in every session',
    ]);
    expect(await world.checkRestored(await restoreAll())).toBe(3);
  });

  test('only fulls go to tape when increments have no pool', async () => {
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const pool = world.bench.createPool('P');
    await world.backUpToTape(world.settings(pool, [repository], { incrementPoolId: undefined }));
    expect(kinds()).toEqual(['virtual full']);
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
    expect(await world.checkRestored(await restoreAll())).toBe(2);
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
    expect(kinds()).toEqual(['full', 'full', 'increment', 'increment']);
    expect(await world.checkRestored(await restoreAll())).toBe(4);
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
    bench.database.run('UPDATE media SET last_written_at = ?', old);
    bench.database.run('UPDATE media_sets SET last_written_at = ?', old);
    bench.database.run("UPDATE media SET last_written_at = ? WHERE barcode = 'T00002L8'", old - 1000);
    bench.tape.media.setProtected([bench.medium('T00002L8').id], true, 'test');
    await world.backUpToTape(settings);
    expect(bench.audited.map((line) => line.action)).toContain('media.overwrite');
    expect(world.tapePoints().flatMap((point) => point.tapes)).toEqual(['T00002L8', 'T00001L8']);
  });
});

describe('waiting', () => {
  test('without a tape the job waits, says what would do, and goes on when one is put into a mail slot', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const pool = bench.createPool('P', { replenishFromFree: true });
    for (const medium of bench.tape.store.media.all()) bench.tape.media.setProtected([medium.id], true, 'test');
    const session = world.startBackupToTape(world.settings(pool, [repository]));
    expect(await untilState(session, 'waiting-tape')).toContain('Load a new tape');
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
    await untilState(session, 'waiting-tape');
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
    const session = world.startRestore(ids(), target);
    expect(await untilState(session, 'waiting-tape')).toBe(
      `Bring in: ${away} (offline (last seen: Mail slot 1 in Library)).`,
    );
    await bench.control(library).insertCartridge(1, away);
    await bench.tape.libraries.refresh(library);
    await bench.ended(session);
    expect(await world.checkRestored(target)).toBe(1);
  });
});

describe('trouble', () => {
  test('a cancel in the middle leaves what is committed, and the next run writes the rest', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 4 });
    await world.backUp(repository, 'b', { sizeMib: 24 });
    const settings = world.settings(bench.createPool('P'), [repository]);
    let session = '';
    const passed = onPassage('drive.write', 60, () => bench.sessions.cancel(session));
    session = world.startBackupToTape(settings);
    await bench.ended(session, 'stopped');
    expect(passed.happened()).toBe(true);
    traceFaultPoints(undefined);
    expect(world.tapePoints().length).toBeLessThan(2);
    await world.reopen();
    await world.backUpToTape(settings);
    expect(world.tapePoints()).toHaveLength(2);
    expect(await world.checkRestored(await restoreAll())).toBe(2);
  });

  test('a write error costs what was not committed, and that is written again on another tape', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 4 });
    await world.backUp(repository, 'a', { sizeMib: 4, changeMib: 2 });
    const fault = bench.control(library).planFault({ site: 'drive.write', fault: 'medium-error', nth: 30 });
    const session = await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    expect(fault.fired()).toBe(true);
    expect(bench.log(session)).toMatch(/T00001L8.*(cannot|could not|error)/i);
    expect(world.tapePoints()).toHaveLength(2);
    expect(await world.checkRestored(await restoreAll())).toBe(2);
  });

  test('a deferred write error is found at the flush: nothing is promised that the tape has not got', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 3 });
    await world.backUp(repository, 'b', { sizeMib: 3 });
    const fault = bench.control(library).planFault({ site: 'drive.write', fault: 'deferred-write-error', nth: 20 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    expect(fault.fired()).toBe(true);
    expect(world.tapePoints()).toHaveLength(2);
    expect(await world.checkRestored(await restoreAll())).toBe(2);
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
    const session = world.startRestore(ids(), target);
    expect(await untilState(session, 'waiting-tape')).toContain('Bring in: T00001L8');
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
    await rm(world.repositories.absolutePath(repository, bad.path));
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
    bench.database.run('DELETE FROM tape_points WHERE id = ?', second?.id ?? '');
    bench.database.run('UPDATE media SET tape_state_json = ? WHERE id = ?', saved?.tape_state_json ?? '', medium.id);
    await world.reopen();
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const session = await world.backUpToTape(settings);
    expect(bench.log(session)).toContain('They were taken over: 1 restore points');
    expect(new Set(world.tapePoints().map((point) => point.pointUuid)).size).toBe(3);
    expect(await world.checkRestored(await restoreAll())).toBe(3);
  });

  test('a crash between the new label and the database: the tape is read before it is used again', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    const settings = world.settings(bench.createPool('P'), [repository], { waitForMediaHours: 0 });
    const faults = armFaults([
      { site: 'step.tape.start', when: 'after', nth: 1, effect: { kind: 'error', code: 'EIO' } },
    ]);
    await world.backUpToTape(settings);
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

describe('restore', () => {
  test('a cancelled restore goes on with what is missing', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 20 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    const target = await world.addRepository('restored');
    let session = '';
    const passed = onPassage('drive.read', 70, () => bench.sessions.cancel(session));
    session = world.startRestore(ids(), target);
    await bench.ended(session, 'stopped');
    traceFaultPoints(undefined);
    expect(passed.happened()).toBe(true);
    expect(world.backups.pointsIn(target)).toEqual([]);
    await world.reopen();
    const again = world.startRestore(ids(), target);
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
    const session = world.startRestore(ids(), target);
    await bench.ended(session, 'warning').catch(async () => bench.ended(session, 'failed'));
    expect(bench.log(session)).toMatch(/Lost: the restore point of .* cannot be read where bytes 0–/);
    expect(await world.checkRestored(target)).toBe(1);
  });

  test('bytes that changed on the way to the disk are found, and the file never gets its name', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 20 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    const target = await world.addRepository('restored');
    let session = '';
    onPassage('drive.read', 70, () => bench.sessions.cancel(session));
    session = world.startRestore(ids(), target);
    await bench.ended(session, 'stopped');
    traceFaultPoints(undefined);
    const root = bench.path('restored');
    const partial = (await readdir(root, { recursive: true })).find((name) => name.endsWith('.partial')) ?? '';
    await flipByte(`${root}/${partial}`, 1000);
    const again = world.startRestore(ids(), target);
    await bench.ended(again, 'failed');
    expect(bench.log(again)).toContain('does not match the file’s SHA-256');
    expect(world.backups.pointsIn(target)).toEqual([]);
    await bench.ended(world.startRestore(ids(), target));
    expect(await world.checkRestored(target)).toBe(1);
  });

  test('a repository without room is refused before a tape moves', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository], { ejectMedia: true }));
    const target = await world.addRepository('restored');
    bench.database.run('UPDATE tape_points SET size_bytes = size_bytes');
    const requireWritable = world.repositories.requireWritable.bind(world.repositories);
    world.repositories.requireWritable = (id) => requireWritable(id, 2 ** 60);
    const session = world.startRestore(ids(), target);
    await bench.ended(session, 'failed');
    expect(bench.log(session)).toContain('bytes free');
    expect(bench.log(session)).not.toContain('Moved tape');
  });

  test('where the machine’s live chain stands, nothing is mixed into it; what is there already is not read again', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUp(repository, 'a', { sizeMib: 2 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository], { ejectMedia: true }));
    const same = world.startRestore(ids(), repository);
    await bench.ended(same);
    expect(bench.log(same)).toContain('Everything chosen is in the repository already');
    const target = await world.addRepository('restored');
    const [oldest] = ids();
    await bench.ended(world.startRestore([oldest ?? ''], target));
    await bench.ended(world.startRestore(ids(), target));
    expect(await world.checkRestored(target)).toBe(2);
    const newest = world.backups.pointsIn(repository).at(-1);
    world.backups.removePoint(newest?.id ?? '');
    const refused = world.startRestore(ids(), repository);
    await bench.ended(refused, 'failed');
    expect(bench.log(refused)).toContain('Restore to another repository');
  });

  test('names on tape are data: they cannot lead out of the repository', async () => {
    const { bench } = world;
    await world.backUp(repository, 'a', { sizeMib: 1 });
    await world.backUpToTape(world.settings(bench.createPool('P'), [repository]));
    bench.database.run(
      "UPDATE tape_points SET file_name = '../../escape.rvb', job_name = '../..', machine_name = '../m'",
    );
    const target = await world.addRepository('restored');
    await mkdir(bench.path('restored'), { recursive: true });
    await bench.ended(world.startRestore(ids(), target));
    expect(await stat(bench.path('escape.rvb')).catch(() => null)).toBeNull();
    const [restored] = world.backups.pointsIn(target);
    expect(restored?.path).toMatch(/^[^/]+\/[^/]+\/[^/]+\.rvb$/);
    expect(restored?.sizeBytes).toBeGreaterThan(mib);
  });
});
