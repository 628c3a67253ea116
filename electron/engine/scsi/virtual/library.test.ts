import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EndOfMedium, ScsiError } from '../sense.ts';
import { Changer } from '../smc.ts';
import { RecordTooLong, TapeDrive } from '../ssc.ts';
import { createVirtualLibrary, openVirtualLibrary, type VirtualLibrary } from './library.ts';

const recordSize = 65_536;
let root: string;
let library: VirtualLibrary;
let changer: Changer;
let drive: TapeDrive;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'virtual-library-'));
  await createVirtualLibrary(join(root, 'lib'), {
    name: 'Test library',
    drives: 2,
    slots: 4,
    importExportSlots: 2,
    cartridgeCapacityBytes: 4 * 1_048_576,
    barcodes: ['RV0001L8', 'RV0002L8'],
    cleaning: ['CLN001L1'],
  });
  await reopen();
});

afterEach(async () => {
  await library.close();
  await rm(root, { recursive: true });
});

async function reopen(): Promise<void> {
  library = await openVirtualLibrary(join(root, 'lib'));
  changer = await Changer.open(library.changer);
  drive = await TapeDrive.open(library.drives[0]!, { emptyGraceMs: 0 });
}

function record(seed: number, length = recordSize): Buffer {
  return Buffer.alloc(length, Buffer.from(`record ${seed} `));
}

async function loadFirst(): Promise<void> {
  await changer.move(4096, 256);
  await drive.load();
}

test('the library describes itself, its cartridges and its drives', async () => {
  expect(changer.info).toMatchObject({ vendor: 'REELVLT', serial: library.config.serial });
  expect(changer.layout.slots).toEqual({ first: 4096, count: 4 });
  const status = await changer.elementStatus();
  expect(status).toHaveLength(1 + 4 + 2 + 2);
  expect(status.find((element) => element.address === 4097)).toEqual({
    address: 4097,
    type: 'slot',
    full: true,
    accessible: true,
    barcode: 'RV0002L8',
  });
  const serials = status.filter((element) => element.type === 'drive').map((element) => element.driveSerial);
  expect(serials[0]).toBe(drive.info.serial);
  expect(new Set(serials).size).toBe(2);
});

test('a cartridge is moved, written, read back by record and in batches, and put away', async () => {
  await loadFirst();
  const loaded = (await changer.elementStatus()).find((element) => element.address === 256);
  expect(loaded).toMatchObject({ full: true, accessible: false, barcode: 'RV0001L8', source: 4096 });
  expect(await drive.readRecord(Buffer.alloc(10))).toEqual({ kind: 'blank' });

  const data = Buffer.concat([record(1), record(2), record(3), record(4, 1001)]);
  expect(await drive.writeRecords(data, recordSize)).toEqual({ earlyWarning: false, writtenRecords: 4 });
  await drive.writeFilemarks(1, { immediate: true });
  await drive.writeRecord(record(5, 33));
  expect(await drive.position()).toMatchObject({ block: 6, file: 1, bop: false });
  await drive.flush();

  await drive.rewind();
  const buffer = Buffer.alloc(8 * recordSize);
  expect(await drive.readRecords(buffer, recordSize)).toEqual({
    records: 4,
    lengthBytes: data.length,
    stoppedBy: 'short-record',
  });
  expect(buffer.subarray(0, data.length).equals(data)).toBe(true);
  expect(await drive.readRecords(buffer, recordSize)).toEqual({ records: 0, lengthBytes: 0, stoppedBy: 'filemark' });
  expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: 33 });
  expect(await drive.readRecord(buffer)).toEqual({ kind: 'end-of-data' });

  await drive.locate(2);
  await expect(drive.readRecord(Buffer.alloc(100))).rejects.toBeInstanceOf(RecordTooLong);
  expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: recordSize });
  expect(buffer.subarray(0, recordSize).equals(record(3))).toBe(true);

  await expect(changer.move(256, 4096)).rejects.toThrow('unload it first');
  await drive.unload();
  await changer.move(256, 4099);
  expect((await changer.elementStatus()).find((element) => element.address === 4099)?.barcode).toBe('RV0001L8');
  await expect(drive.load()).rejects.toThrow('no cartridge in the drive');
});

test('positions: spacing, locating beyond the data, appending and writing in the middle', async () => {
  await loadFirst();
  for (const file of [0, 1, 2]) {
    await drive.writeRecords(Buffer.concat([record(file), record(file)]), recordSize);
    await drive.writeFilemarks(1, { immediate: true });
  }
  await drive.rewind();
  await drive.spaceFilemarks(2);
  expect(await drive.position()).toMatchObject({ block: 6, file: 2 });
  await expect(drive.spaceFilemarks(2)).rejects.toMatchObject({ key: 8, asc: 0, ascq: 5 });
  await expect(drive.locate(100)).rejects.toBeInstanceOf(ScsiError);
  await drive.spaceToEndOfData();
  expect(await drive.position()).toMatchObject({ block: 9, file: 3, eod: true });

  await drive.locate(4);
  await drive.writeRecord(record(9, 10));
  expect(await drive.readRecord(Buffer.alloc(20))).toEqual({ kind: 'end-of-data' });
  await drive.spaceToEndOfData();
  expect(await drive.position()).toMatchObject({ block: 5, file: 1 });
});

test('what was flushed is there after the library is opened again, without or with a stale index', async () => {
  await loadFirst();
  await drive.writeRecords(Buffer.concat([record(1), record(2, 77)]), recordSize);
  await drive.writeFilemarks(1, { immediate: false });
  await library.close();
  const cartridges = join(root, 'lib', 'cartridges');
  expect(await readdir(cartridges)).toEqual(['RV0001L8.index.json', 'RV0001L8.tap']);

  const check = async (): Promise<void> => {
    await reopen();
    await drive.load();
    const buffer = Buffer.alloc(recordSize);
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: recordSize });
    expect(buffer.equals(record(1))).toBe(true);
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: 77 });
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'filemark' });
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'end-of-data' });
    await library.close();
  };
  await check();
  const index = join(cartridges, 'RV0001L8.index.json');
  await rm(index);
  await check();
  await writeFile(index, (await readFile(index, 'utf8').catch(() => '{"format":')).slice(0, 10));
  await check();
  await reopen();
});

test('near the end writing warns, and beyond it nothing is written', async () => {
  await loadFirst();
  const tape = Buffer.concat(Array.from({ length: 8 }, (_, i) => record(i)));
  let warned = 0;
  let written = 0;
  await expect(
    (async () => {
      for (;;) {
        const outcome = await drive.writeRecords(tape, recordSize);
        written += outcome.writtenRecords;
        if (outcome.earlyWarning) warned += 1;
      }
    })(),
  ).rejects.toBeInstanceOf(EndOfMedium);
  expect(warned).toBeGreaterThan(0);
  const { remainingBytes, capacityBytes } = (await drive.remainingBytes())!;
  expect(capacityBytes).toBe(4 * 1_048_576);
  expect(remainingBytes).toBeLessThan(1_048_576);
  expect(written * recordSize).toBeGreaterThan(capacityBytes - 10 * recordSize);
  await drive.flush();
  await drive.spaceToEndOfData();
  expect((await drive.position()).block).toBeGreaterThanOrEqual(written);
});

test('import, export and the shelf', async () => {
  await library.control.insertCartridge(1, 'NEW001L8', 2 * 1_048_576);
  await expect(library.control.insertCartridge(1, 'NEW002L8')).rejects.toThrow('holds NEW001L8');
  await expect(library.control.insertCartridge(0, 'NEW001L8')).rejects.toThrow('already');
  await expect(library.control.insertCartridge(0, 'new-2')).rejects.toThrow('not a barcode');
  const before = await changer.elementStatus();
  expect(before.find((element) => element.type === 'import-export' && element.full)).toMatchObject({
    address: 17,
    barcode: 'NEW001L8',
  });
  await changer.move(17, 4099);
  await changer.move(4096, 17);
  expect(await library.control.removeFromImportExport(17)).toBe('RV0001L8');
  expect(library.control.shelf()).toEqual([{ barcode: 'RV0001L8', capacityBytes: 4 * 1_048_576 }]);
  await library.control.insertCartridge(0, 'RV0001L8');
  expect(library.control.shelf()).toEqual([]);
  await library.close();
  await reopen();
  expect((await changer.elementStatus()).find((element) => element.address === 16)?.barcode).toBe('RV0001L8');
});

test('write protection, cleaning, memory chip and alerts', async () => {
  await library.control.setWriteProtected('RV0001L8', true);
  await loadFirst();
  expect(await drive.isWriteProtected()).toBe(true);
  await expect(drive.writeRecord(record(1))).rejects.toMatchObject({ isWriteProtected: true });
  expect(await drive.readMam()).toMatchObject({ barcode: 'RV0001L8', loadCount: 1, mediumType: 'data' });
  await drive.unload();
  await changer.move(256, 4096);
  library.control.askForCleaning(0);
  expect(await drive.tapeAlerts()).toMatchObject([{ flag: 20, severity: 'critical' }]);
  await changer.move(4098, 256);
  await expect(drive.load()).rejects.toMatchObject({ asc: 0x30, ascq: 0x03 });
  expect(await drive.tapeAlerts()).toEqual([]);
  await changer.move(256, 4098);
});

test('a WORM cartridge takes every block once', async () => {
  await library.control.insertCartridge(0, 'RV0003LX');
  await changer.move(16, 256);
  await drive.load();
  await drive.writeRecord(record(1));
  await drive.writeFilemarks(1, { immediate: false });
  await drive.rewind();
  const overwriting = { asc: 0x30, ascq: 0x0c, isWriteProtected: true };
  await expect(drive.writeRecord(record(2))).rejects.toMatchObject(overwriting);
  await expect(drive.writeFilemarks(1, { immediate: true })).rejects.toMatchObject(overwriting);
  await expect(drive.erase()).rejects.toMatchObject(overwriting);
  await drive.spaceToEndOfData();
  await drive.writeRecord(record(2));
  expect(await drive.readMam()).toMatchObject({ mediumType: 'worm' });
  expect((await drive.tapeAlerts()).map((alert) => alert.flag)).toEqual([60]);
});

test('no command of any kind breaks a device', async () => {
  const commands = fc.array(
    fc.record({
      device: fc.nat(2),
      cdb: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      operation: fc.constantFrom(
        0x03,
        0x08,
        0x0a,
        0x10,
        0x11,
        0x12,
        0x15,
        0x1a,
        0x2b,
        0x34,
        0x4d,
        0x55,
        0x5a,
        0x8c,
        0x92,
        0xa5,
        0xb8,
        0xff,
      ),
      out: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }),
      inLength: fc.nat(300),
    }),
    { minLength: 1, maxLength: 20 },
  );
  await loadFirst();
  const devices = [library.changer, ...library.drives];
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      for (const { device, cdb, operation, out, inLength } of list) {
        cdb[0] = operation;
        // Filemarks by the million are no error, only slow.
        if (operation === 0x10) cdb.fill(0, 2, 4);
        const reply = await devices[device]!.execute(cdb, { out, inLength });
        expect([0, 2]).toContain(reply.status);
        if (reply.status === 2) expect(reply.sense?.length).toBe(18);
        expect(reply.in?.length ?? 0).toBeLessThanOrEqual(inLength);
      }
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['{"format":', 'not JSON'],
  ['null', 'is not a virtual tape library'],
  ['{"format":"other"}', 'is not a virtual tape library'],
  ['{"format":"reelvault-virtual-library","version":2}', 'of version 2'],
  ['{"format":"reelvault-virtual-library","version":1,"name":"x"}', 'serial, driveSerials'],
])('a library.json that holds %s is refused, and the library is not left locked', async (content, words) => {
  await library.close();
  const path = join(root, 'lib', 'library.json');
  const before = await readFile(path);
  await writeFile(path, content);
  await expect(openVirtualLibrary(join(root, 'lib'))).rejects.toThrow(words);
  await writeFile(path, before);
  await reopen();
});

test('a creation that was cut off does not stand in the way of the next', async () => {
  await mkdir(join(root, 'half', 'cartridges'), { recursive: true });
  await writeFile(join(root, 'half', 'library.json.new'), '{');
  await createVirtualLibrary(join(root, 'half'), {
    name: 'Half',
    drives: 1,
    slots: 1,
    importExportSlots: 0,
    cartridgeCapacityBytes: 2 ** 20,
    barcodes: [],
  });
  await (await openVirtualLibrary(join(root, 'half'))).close();
});

test('one process at a time, and bad input is refused before anything is written', async () => {
  await expect(openVirtualLibrary(join(root, 'lib'))).rejects.toThrow('in use by process');
  await expect(openVirtualLibrary(join(root, 'none'))).rejects.toThrow('no virtual tape library');
  const good = {
    name: 'x',
    drives: 1,
    slots: 1,
    importExportSlots: 0,
    cartridgeCapacityBytes: 2 ** 20,
    barcodes: ['A1'],
  };
  const bad: [Partial<typeof good>, string][] = [
    [{ barcodes: ['A1', 'A2'] }, '2 cartridges do not fit'],
    [{ slots: 2, barcodes: ['A1', 'A1'] }, 'twice'],
    [{ barcodes: ['a1'] }, 'not a barcode'],
    [{ barcodes: ['../A'] }, 'not a barcode'],
    [{ drives: 0 }, 'drives'],
    [{ cartridgeCapacityBytes: 5 }, 'capacity'],
    [{ name: ' ' }, 'name'],
  ];
  for (const [change, words] of bad) {
    await expect(createVirtualLibrary(join(root, 'bad'), { ...good, ...change })).rejects.toThrow(words);
  }
  await expect(createVirtualLibrary(join(root, 'lib'), good)).rejects.toThrow('not empty');
  expect(await readdir(root)).toEqual(['lib']);
});
