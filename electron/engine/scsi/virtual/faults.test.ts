import { afterEach, beforeEach, expect, test } from 'vitest';
import { armFaults } from '../../faults/fault-points.ts';
import { EndOfMedium } from '../sense.ts';
import { TransportError } from '../transport.ts';
import type { VirtualFaultPlan } from './library.ts';
import { numberedRecord, type TemporaryLibrary, temporaryLibrary } from './testing/temporary-library.ts';

let temporary: TemporaryLibrary;
let planned: { fired(): boolean; cancel(): void }[];
const trouble: string[] = [];

beforeEach(async () => {
  planned = [];
  trouble.length = 0;
  temporary = await temporaryLibrary({ onTrouble: (message) => trouble.push(message) });
});

afterEach(async () => {
  await temporary.close();
  for (const fault of planned) {
    if (!fault.fired()) throw new Error('A planned fault never fired.');
    fault.cancel();
  }
});

function plan(fault: VirtualFaultPlan): void {
  planned.push(temporary.library.control.planFault(fault));
}

const record = (n: number): Buffer => numberedRecord(n, 1000);
const barcode = 'RV0001L8';

test('early warning from a record on: written, and said with every later write', async () => {
  await temporary.loadFirst();
  const { drive } = temporary;
  plan({ site: 'drive.write', fault: 'early-warning', barcode, nth: 2 });
  expect(await drive.writeRecord(record(0))).toEqual({ earlyWarning: false });
  expect(await drive.writeRecord(record(1))).toEqual({ earlyWarning: true });
  expect(await drive.writeRecord(record(2))).toEqual({ earlyWarning: true });
  expect(await drive.writeFilemarks(1, { immediate: true })).toEqual({ earlyWarning: true });
  await drive.spaceToEndOfData();
  expect(await drive.position()).toMatchObject({ block: 4 });
});

test('the end of the medium: nothing of the record is written, and none after it', async () => {
  await temporary.loadFirst();
  const { drive } = temporary;
  await drive.writeRecord(record(0));
  plan({ site: 'drive.write', fault: 'end-of-medium', barcode });
  await expect(drive.writeRecord(record(1))).rejects.toBeInstanceOf(EndOfMedium);
  await expect(drive.writeRecord(record(1))).rejects.toBeInstanceOf(EndOfMedium);
  await expect(drive.writeFilemarks(1, { immediate: true })).rejects.toBeInstanceOf(EndOfMedium);
  await drive.flush();
  await drive.spaceToEndOfData();
  expect(await drive.position()).toMatchObject({ block: 1 });
});

test('a write error, with its alert; the block is not on the tape', async () => {
  await temporary.loadFirst();
  const { drive } = temporary;
  plan({ site: 'drive.write', fault: 'medium-error', barcode, block: 1 });
  await drive.writeRecord(record(0));
  await expect(drive.writeRecord(record(1))).rejects.toMatchObject({ key: 3, asc: 0x0c, isDeferred: false, block: 1 });
  expect((await drive.tapeAlerts()).map((alert) => alert.flag)).toEqual([6]);
  expect(await drive.position()).toMatchObject({ block: 1 });
});

test('a deferred error: accepted, told with the flush, and what was in the buffer is gone', async () => {
  await temporary.loadFirst();
  const { drive } = temporary;
  await drive.writeRecord(record(0));
  await drive.flush();
  await drive.writeRecord(record(1));
  plan({ site: 'drive.write', fault: 'deferred-write-error', barcode, block: 2 });
  await drive.writeRecord(record(2));
  await expect(drive.flush()).rejects.toMatchObject({ isDeferred: true, key: 3 });
  await drive.spaceToEndOfData();
  expect(await drive.position()).toMatchObject({ block: 1 });
});

test('a full disk under the cartridge is a deferred error, and its reason is told beside SCSI', async () => {
  await temporary.loadFirst();
  const { drive } = temporary;
  const disk = armFaults([
    {
      site: 'fs.write',
      when: 'before',
      nth: 1,
      target: '.tap',
      effect: { kind: 'error', code: 'ENOSPC', message: 'disk full' },
    },
  ]);
  await drive.writeRecord(record(0));
  await expect(drive.unload()).rejects.toMatchObject({ isDeferred: true });
  expect(disk.unfired()).toEqual([]);
  expect(trouble).toEqual(['Test library, drive 1: Writing to cartridge RV0001L8 failed: disk full']);
  await drive.unload();
  await temporary.changer.move(256, 4096);
});

test('a drive that becomes ready is waited for', async () => {
  plan({ site: 'drive.load', fault: 'becoming-ready', barcode });
  await temporary.loadFirst();
  await temporary.drive.writeRecord(record(0));
});

test('a cartridge that cannot be loaded stays in the drive until it is moved out', async () => {
  plan({ site: 'drive.load', fault: 'load-failed', barcode });
  plan({ site: 'drive.load', fault: 'load-failed', barcode });
  await temporary.changer.move(4096, 256);
  await expect(temporary.drive.load()).rejects.toMatchObject({ asc: 0x53 });
  expect((await temporary.drive.tapeAlerts()).map((alert) => alert.flag)).toEqual([55]);
  await temporary.changer.move(256, 4096);
  await temporary.loadFirst();
});

test('a lost drive answers nothing, cannot be emptied of a loaded tape, and comes back reset', async () => {
  await temporary.loadFirst();
  const { drive, changer, library } = temporary;
  plan({ site: 'drive.write', fault: 'drive-lost', drive: 0 });
  await expect(drive.writeRecord(record(0))).rejects.toBeInstanceOf(TransportError);
  await expect(drive.position()).rejects.toBeInstanceOf(TransportError);
  await expect(changer.move(256, 4096)).rejects.toMatchObject({ asc: 0x53 });
  library.control.reviveDrive(0);
  await expect(drive.writeRecord(record(0))).rejects.toMatchObject({ asc: 0x29 });
  await drive.load();
  await drive.writeRecord(record(0));
});

test('a jam before a move leaves everything in its place; nothing moves before it is cleared', async () => {
  const { changer, library } = temporary;
  plan({ site: 'changer.move', fault: 'robot-jam', barcode });
  await expect(changer.move(4096, 4098)).rejects.toMatchObject({ key: 4, asc: 0x15 });
  await expect(changer.move(4097, 4098)).rejects.toMatchObject({ key: 2, asc: 0x04, ascq: 0x03 });
  const status = await changer.elementStatus();
  expect(status.find((element) => element.type === 'transport')?.exception).toContain('jam');
  expect(status.find((element) => element.address === 4096)?.barcode).toBe(barcode);
  library.control.clearJam();
  await changer.move(4096, 4098);
});

test.each([
  ['before', 4096],
  ['after', 4098],
] as const)('no answer to a move: %s it, the cartridge is at %i', async (when, address) => {
  plan({ site: 'changer.move', fault: 'no-answer', when });
  await expect(temporary.changer.move(4096, 4098)).rejects.toBeInstanceOf(TransportError);
  const status = await temporary.changer.elementStatus();
  expect(status.find((element) => element.barcode === barcode)?.address).toBe(address);
});

test('barcodes that are not read, or read wrongly, once or until further notice', async () => {
  const { changer, library } = temporary;
  const at4096 = async (): Promise<string | undefined> =>
    (await changer.elementStatus()).find((element) => element.address === 4096)?.barcode;
  plan({ site: 'changer.status', fault: 'no-barcode', barcode });
  expect(await at4096()).toBeUndefined();
  plan({ site: 'changer.status', fault: 'wrong-barcode', barcode, message: 'RV0009L8' });
  expect(await at4096()).toBe('RV0009L8');
  library.control.setReadBarcode(barcode, '');
  expect(await at4096()).toBeUndefined();
  expect(await at4096()).toBeUndefined();
  library.control.setReadBarcode(barcode, undefined);
  expect(await at4096()).toBe(barcode);
});

test('a damaged record stays damaged, and its neighbours can be read', async () => {
  await temporary.loadFirst();
  const { drive, changer, library } = temporary;
  for (const n of [0, 1, 2]) await drive.writeRecord(record(n));
  await expect(library.control.damageRecord(barcode, 1)).rejects.toThrow('in a drive');
  await drive.unload();
  await changer.move(256, 4096);
  await library.control.damageRecord(barcode, 1);
  await expect(library.control.damageRecord(barcode, 3)).rejects.toThrow('no record at block 3');
  await temporary.loadFirst();
  const buffer = Buffer.alloc(1000);
  for (const _twice of [1, 2]) {
    await drive.locate(1);
    await expect(drive.readRecord(buffer)).rejects.toMatchObject({ key: 3, asc: 0x11, block: 1 });
    await drive.readRecord(buffer);
    expect(buffer.equals(record(2))).toBe(true);
  }
});

test('bytes that change on the way, and answers that take their time', async () => {
  await temporary.loadFirst();
  const { drive } = temporary;
  const faults = armFaults([
    { site: 'drive.write', when: 'before', nth: 2, target: barcode, effect: { kind: 'corrupt', offset: 5 } },
    { site: 'drive.read', when: 'before', nth: 1, target: barcode, effect: { kind: 'corrupt', offset: 7 } },
    // The passage that the one before it fires on is not counted here: this one is met by the second read.
    { site: 'drive.read', when: 'before', nth: 1, target: barcode, effect: { kind: 'delay', ms: 5 } },
  ]);
  await drive.writeRecord(record(0));
  await drive.writeRecord(record(0));
  await drive.rewind();
  const differing = async (): Promise<number[]> => {
    const buffer = Buffer.alloc(1000);
    await drive.readRecord(buffer);
    return [...buffer.keys()].filter((at) => buffer[at] !== record(0)[at]);
  };
  expect(await differing()).toEqual([7]);
  expect(await differing()).toEqual([5]);
  expect(faults.unfired()).toEqual([]);
});

test('a cleaning cartridge is used up in the end', async () => {
  await temporary.close();
  temporary = await temporaryLibrary({ shape: { barcodes: [], cleaning: ['CLN001L1'] } });
  const { changer, drive, library } = temporary;
  for (let use = 1; use <= 50; use++) {
    await changer.move(4096, 256);
    await changer.move(256, 4096);
  }
  library.control.askForCleaning(0);
  await changer.move(4096, 256);
  await expect(drive.load()).rejects.toMatchObject({ asc: 0x30, ascq: 0x07 });
  expect((await drive.tapeAlerts()).map((alert) => alert.flag)).toEqual([20, 22]);
});

test('faults that nothing could meet are refused', () => {
  expect(() =>
    temporary.library.control.planFault({ site: 'drive.read', fault: 'medium-error', drive: 0, block: 1 }),
  ).toThrow('barcode');
});
