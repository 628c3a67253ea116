import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TapeBench } from '../testing/tape-bench.ts';

let bench: TapeBench;
let library: string;

beforeEach(async () => {
  bench = await TapeBench.create();
  library = await bench.addLibrary();
});
afterEach(() => bench.close());

test('inventory finds barcodes, reads labels and puts blank tapes into Free', async () => {
  expect(bench.tape.store.media.all()).toHaveLength(6);
  expect(bench.medium('T00001L8')).toMatchObject({
    labelFormat: 'unread',
    poolId: 'unrecognized',
    elementType: 'slot',
  });
  await bench.inventory(library);
  for (const medium of bench.tape.store.media.all()) {
    expect(medium).toMatchObject({
      labelFormat: 'none',
      poolId: 'free',
      elementType: 'slot',
      capacityBytes: 16 * 2 ** 20,
    });
  }
  const rows = bench.tape.mediaList.page({ offset: 0, limit: 10 }).rows;
  expect(rows.map((row) => row.where)).toContain('Slot 1 in Library');
  expect(rows.every((row) => row.state === 'free' && row.online)).toBe(true);
});

test('places survive a restart; a library that is gone is offline with the reason and its tapes keep their places', async () => {
  await bench.inventory(library);
  await bench.shut();
  await rename(bench.path('library'), bench.path('elsewhere'));
  await bench.open();
  const attached = bench.tape.libraries.get(library);
  expect(attached.online).toBe(false);
  expect(attached.offlineReason).toContain('missing');
  const [row] = bench.tape.mediaList.page({ offset: 0, limit: 1 }).rows;
  expect(row).toMatchObject({ online: false, where: 'Slot 1 in Library' });
  await rename(bench.path('elsewhere'), bench.path('library'));
  await bench.inventory(library);
  expect(bench.tape.libraries.get(library).online).toBe(true);
});

test('insert, import, export and take out', async () => {
  await bench.inventory(library);
  await bench.control(library).insertCartridge(0, 'NEW001L8');
  await bench.tape.libraries.refresh(library);
  expect(bench.medium('NEW001L8')).toMatchObject({ elementType: 'import-export', labelFormat: 'unread' });
  await bench.ended(bench.tape.startImport(library, 'test'));
  expect(bench.medium('NEW001L8')).toMatchObject({ elementType: 'slot', labelFormat: 'none', poolId: 'free' });

  const { id } = bench.medium('T00002L8');
  await bench.ended(bench.tape.startExport([id], 'test'));
  const exported = bench.medium('T00002L8');
  expect(exported.elementType).toBe('import-export');
  expect(exported.exportedAt).not.toBeNull();
  await bench.control(library).removeFromImportExport(exported.elementAddress ?? 0);
  await bench.tape.libraries.refresh(library);
  expect(bench.medium('T00002L8')).toMatchObject({ libraryId: null, lastPlace: 'Mail slot 1 in Library' });
  expect(bench.tape.mediaList.row(id)).toMatchObject({
    online: false,
    where: 'offline (last seen: Mail slot 1 in Library)',
  });
});

test('an export of more tapes than mail slots waits for an operator, and goes on', async () => {
  await bench.inventory(library);
  const ids = ['T00001L8', 'T00002L8', 'T00003L8'].map((barcode) => bench.medium(barcode).id);
  const session = bench.tape.startExport(ids, 'test');
  while (bench.sessions.running().find(({ id }) => id === session)?.state !== 'waiting-tape') {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { elementAddress } = bench.medium('T00001L8');
  await bench.control(library).removeFromImportExport(elementAddress ?? 0);
  await bench.tape.libraries.refresh(library);
  await bench.ended(session);
  expect(bench.medium('T00003L8').elementType).toBe('import-export');
});

test('a jammed robot is told in words, and where the cartridge is stays known', async () => {
  await bench.inventory(library);
  const attached = bench.tape.libraries.get(library);
  const from = bench.medium('T00001L8').elementAddress ?? 0;
  const to = attached.freeSlot() ?? 0;
  const fault = bench.control(library).planFault({ site: 'changer.move', fault: 'robot-jam' });
  const session = bench.tape.startMove({ libraryId: library, from, to }, 'test');
  await bench.ended(session, 'failed');
  expect(fault.fired()).toBe(true);
  expect(bench.log(session)).toMatch(/Moving T00001L8 from Slot 1 to Slot 7 in Library failed/);
  bench.control(library).clearJam();
  await bench.inventory(library);
  expect(bench.tape.store.media.inLibrary(library)).toHaveLength(6);
});

test('a removed library leaves its tapes in the database, offline', async () => {
  await bench.inventory(library);
  await bench.tape.libraries.remove(library);
  expect(bench.tape.store.media.all()).toHaveLength(6);
  expect(bench.tape.store.media.all().every((medium) => medium.libraryId === null)).toBe(true);
  const [again] = bench.tape.store.media.all();
  expect(() => bench.tape.media.forget([again?.id ?? ''], 'wrong', 'test')).toThrow(/Type|removes/);
  bench.tape.media.forget([again?.id ?? ''], again?.barcode ?? '', 'test');
  expect(bench.tape.store.media.all()).toHaveLength(5);
});

test('erase asks for the barcode, empties the tape, and leaves protected ones alone', async () => {
  await bench.inventory(library);
  const { id } = bench.medium('T00001L8');
  const run = { mediaIds: [id], confirm: '', long: false };
  expect(() => bench.tape.startErase(run, 'ann')).toThrow('Erasing destroys everything on tape T00001L8');
  bench.tape.media.setProtected([id], true, 'ann');
  expect(() => bench.tape.startErase({ ...run, confirm: 'T00001L8' }, 'ann')).toThrow('it is protected');
  bench.tape.media.setProtected([id], false, 'ann');
  await bench.control(library).setWriteProtected('T00001L8', true);
  const refused = bench.tape.startErase({ ...run, confirm: 'T00001L8' }, 'ann');
  await bench.ended(refused, 'failed');
  expect(bench.log(refused)).toContain('is protected, so it was not erased');
  expect(() => bench.tape.startErase({ ...run, confirm: 'T00001L8' }, 'ann')).toThrow('it is write-protected');
  await bench.control(library).setWriteProtected('T00001L8', false);
  await bench.ended(bench.tape.startInventory({ libraryId: library, mediaIds: [id], readLabels: true }, 'ann'));
  for (const long of [false, true]) {
    await bench.ended(bench.tape.startErase({ ...run, confirm: 'T00001L8', long }, 'ann'));
  }
  expect(bench.medium('T00001L8')).toMatchObject({ labelFormat: 'none', poolId: 'free', setId: null });
  expect(bench.audited.map((line) => line.action)).toEqual(expect.arrayContaining(['media.erase', 'media.erase-long']));
  expect(bench.tape.store.intents.all()).toEqual([]);
  const both = { ...run, mediaIds: [id, bench.medium('T00002L8').id] };
  expect(() => bench.tape.startErase({ ...both, confirm: 'T00001L8' }, 'ann')).toThrow('2 tapes');
  await bench.ended(bench.tape.startErase({ ...both, confirm: 'ERASE' }, 'ann'));
});

test('a cartridge without a readable barcode is told apart by its label, and reported', async () => {
  bench.control(library).setReadBarcode('T00003L8', '');
  await bench.tape.libraries.refresh(library);
  const session = bench.tape.startInventory({ libraryId: library, readLabels: true }, 'test');
  await bench.ended(session, 'warning');
  expect(bench.log(session)).toContain('Slot 3: the cartridge has no readable barcode');
  expect(bench.tape.store.media.inLibrary(library)).toHaveLength(6);
});

test('two sessions that need the only drive go one after the other', async () => {
  const small = await bench.addLibrary({ drives: 1, cartridges: 2 }, 'Small');
  const sessions = [1, 2].map(() => bench.tape.startInventory({ libraryId: small, readLabels: true }, 'test'));
  for (const session of sessions) await bench.ended(session);
  expect(bench.tape.store.media.inLibrary(small).map((medium) => medium.elementType)).toEqual(['slot', 'slot']);
});

test('a session that is cancelled gives its drive back', async () => {
  const session = bench.tape.startInventory({ libraryId: library, readLabels: true }, 'test');
  while (bench.locks.holders(`drive:${library}:256`).length === 0)
    await new Promise((resolve) => setImmediate(resolve));
  bench.sessions.cancel(session);
  await bench.ended(session, 'stopped');
  expect(bench.locks.holders(`drive:${library}:256`)).toEqual([]);
  await bench.inventory(library);
});

test('an open door stops the robot and is shown; once it is closed, what waited goes on', async () => {
  await bench.inventory(library);
  const attached = bench.tape.libraries.get(library);
  const control = bench.control(library);
  const from = bench.medium('T00001L8').elementAddress ?? 0;
  const to = attached.freeSlot() ?? 0;
  control.setDoor(true);
  const stopped = bench.tape.startMove({ libraryId: library, from, to }, 'test');
  await expect.poll(() => bench.sessions.store.get(stopped)?.stateText).toBe('Close the door of Library.');
  bench.sessions.cancel(stopped);
  await bench.ended(stopped, 'stopped');
  expect(bench.log(stopped)).toContain('Waiting: a door of Library is open.');
  await expect(bench.tape.libraries.refresh(library)).rejects.toThrow('a door of the library is open');
  expect(attached).toMatchObject({ online: true, alert: 'A door of the library is open: close it. (TapeAlert 16)' });
  control.setDoor(false);
  await bench.ended(bench.tape.startMove({ libraryId: library, from, to }, 'test'));
  expect(bench.medium('T00001L8').elementAddress).toBe(to);
  await bench.tape.libraries.refresh(library);
  expect(attached.alert).toBeNull();
});

test('a cleaning cartridge that its barcode does not give away is found out once, and never again put into a drive', async () => {
  const id = await bench.addLibrary({ made: { barcodes: ['D00001L8'], cleaning: ['X00001L8'] } }, 'Plain');
  const session = bench.tape.startInventory({ libraryId: id, readLabels: true }, 'test');
  await bench.ended(session, 'failed');
  expect(bench.log(session)).toContain('X00001L8 is a cleaning cartridge');
  expect(bench.medium('X00001L8')).toMatchObject({ cleaning: true, elementType: 'slot' });
  // The drive is not to blame, and the next inventory leaves the cartridge alone.
  await bench.inventory(id);
  const erase = { mediaIds: [bench.medium('X00001L8').id], confirm: 'X00001L8', long: false };
  expect(() => bench.tape.startErase(erase, 'test')).toThrow('it is a cleaning cartridge');
});

test('what a drive raises is told with the tape it is about, and stays on the drive until it is asked again', async () => {
  const attached = bench.tape.libraries.get(library);
  bench.control(library).askForCleaning(0);
  const read = (barcode: string): string =>
    bench.tape.startInventory({ libraryId: library, mediaIds: [bench.medium(barcode).id], readLabels: true }, 'test');
  const cleaning = read('T00001L8');
  await bench.ended(cleaning);
  expect(bench.log(cleaning)).toContain('The drive must be cleaned now.');
  expect(attached.driveAlert(256)).toBe('The drive must be cleaned now. (TapeAlert 20)');
  expect(attached.driveAlert(257)).toBeNull();
  await bench.reopen();
  expect(bench.tape.libraries.get(library).driveAlert(256)).toContain('TapeAlert 20');
});

test('a robot that did its work without an answer is believed when the cartridge is there', async () => {
  await bench.inventory(library);
  const attached = bench.tape.libraries.get(library);
  const from = bench.medium('T00001L8').elementAddress ?? 0;
  const to = attached.freeSlot() ?? 0;
  const after = bench.control(library).planFault({ site: 'changer.move', fault: 'no-answer', when: 'after' });
  await bench.ended(bench.tape.startMove({ libraryId: library, from, to }, 'test'));
  expect(after.fired()).toBe(true);
  expect(bench.medium('T00001L8').elementAddress).toBe(to);
  const before = bench.control(library).planFault({ site: 'changer.move', fault: 'no-answer' });
  const session = bench.tape.startMove({ libraryId: library, from: to, to: from }, 'test');
  await bench.ended(session, 'failed');
  expect(before.fired()).toBe(true);
  expect(bench.medium('T00001L8').elementAddress).toBe(to);
  expect(bench.log(session)).not.toContain('all the same');
  const jam = bench.control(library).planFault({ site: 'changer.move', fault: 'robot-jam', when: 'after' });
  const jammed = bench.tape.startMove({ libraryId: library, from: to, to: from }, 'test');
  await bench.ended(jammed, 'failed');
  expect(jam.fired()).toBe(true);
  expect(bench.log(jammed)).toContain('It is in Slot 1 all the same.');
});

test('on a library as sloppy as the sloppiest one known: inventory, erase, export', async () => {
  const id = await bench.addLibrary({ made: { profile: 'tgt' } }, 'Sloppy');
  await bench.inventory(id);
  const { id: tape } = bench.tape.store.media.inLibrary(id).find((medium) => medium.barcode === 'T00001L8') ?? {
    id: '',
  };
  await bench.ended(bench.tape.startErase({ mediaIds: [tape], confirm: 'T00001L8', long: false }, 'test'));
  expect(bench.tape.store.media.get(tape)).toMatchObject({ labelFormat: 'none', poolId: 'free' });
  await bench.ended(bench.tape.startExport([tape], 'test'));
  expect(bench.tape.store.media.get(tape)).toMatchObject({ elementType: 'import-export' });
});
