import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Changer } from '../smc.ts';
import { numberedRecord, type TemporaryLibrary, temporaryLibrary } from '../virtual/testing/temporary-library.ts';
import { listSgDevices, openSgDevice } from './sg-device.ts';
import { decodeSgAnswer, encodeSgCommand, hostTrouble, sgHeaderBytes } from './sg-packet.ts';
import { SgPortError } from './sg-port.ts';
import { SgTransport } from './sg-transport.ts';
import { VirtualSg } from './testing/virtual-sg.ts';

describe('packets', () => {
  test('a command that reads names the length of its answer, one that writes carries its data', () => {
    const into = new Uint8Array(100).fill(0xff);
    const inquiry = Uint8Array.of(0x12, 0, 0, 0, 96, 0);
    expect(encodeSgCommand(into, { cdb: inquiry, inBytes: 96, packetId: 7 })).toBe(42);
    const view = new DataView(into.buffer);
    expect([view.getInt32(4, true), view.getInt32(8, true), view.getUint32(16, true)]).toEqual([132, 7, 0]);
    expect(into.subarray(36, 42)).toEqual(inquiry);
    const out = Uint8Array.of(1, 2, 3);
    expect(encodeSgCommand(into, { cdb: inquiry, out, inBytes: 0, packetId: 8 })).toBe(45);
    expect(view.getInt32(4, true)).toBe(36);
    expect(into.subarray(42, 45)).toEqual(out);
  });

  test('a command of another length than its code says would be read wrongly by the driver', () => {
    const into = new Uint8Array(100);
    expect(() => encodeSgCommand(into, { cdb: new Uint8Array(10), inBytes: 0, packetId: 1 })).toThrow('its length');
  });

  test('status, sense data and what happened below SCSI', () => {
    const answer = new Uint8Array(sgHeaderBytes);
    const view = new DataView(answer.buffer);
    view.setInt32(8, 9, true);
    view.setUint32(16, (1 << 1) | (8 << 14), true);
    answer.set([0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20, 0], 20);
    const decoded = decodeSgAnswer(answer);
    expect(decoded).toMatchObject({ packetId: 9, status: 2, host: 0, result: 0 });
    expect(decoded.sense?.[12]).toBe(0x20);
    expect(hostTrouble(decoded)).toBeUndefined();
    view.setUint32(16, 3 << 6, true);
    expect(hostTrouble(decodeSgAnswer(answer))).toBe('it did not answer in time');
    answer.fill(0, 20);
    view.setUint32(16, 7 << 6, true);
    expect(hostTrouble(decodeSgAnswer(answer))).toContain('adapter');
    expect(decodeSgAnswer(answer).sense).toBeUndefined();
  });
});

describe.each(['standard', 'tgt'] as const)('a %s library by way of the driver', (profile) => {
  let temporary: TemporaryLibrary;
  let port: VirtualSg;
  beforeEach(async () => {
    temporary = await temporaryLibrary({
      shape: { profile },
      wrapDrive: (drive) => {
        port = new VirtualSg(drive);
        return new SgTransport('/dev/sg1', { name: 'drive 1' }, port);
      },
    });
  });
  afterEach(() => temporary.close());

  test('elements are read whole, whatever an earlier answer left behind', async () => {
    const changer = await Changer.open(
      new SgTransport('/dev/sg0', { name: 'robot' }, new VirtualSg(temporary.library.changer)),
    );
    for (let times = 0; times < 2; times++) {
      const elements = await changer.elementStatus();
      expect(elements.map(({ address }) => address)).toEqual([1, 4096, 4097, 4098, 4099, 16, 17, 256, 257]);
      expect(elements.filter(({ full }) => full).map(({ barcode }) => barcode)).toEqual(['RV0001L8', 'RV0002L8']);
    }
    await changer.move(4096, 4099);
    expect((await changer.elementStatus()).find(({ address }) => address === 4099)?.full).toBe(true);
  });

  test('records of every length come back as they were written', async () => {
    await temporary.loadFirst();
    const { drive } = temporary;
    const lengths = [65_536, 500, 40_000, 1, 65_536];
    for (const [number, length] of lengths.entries()) await drive.writeRecord(numberedRecord(number, length));
    await drive.writeFilemarks(1, { immediate: true });
    await drive.writeRecord(numberedRecord(9, 300));
    await drive.flush();
    await drive.rewind();
    const buffer = Buffer.alloc(100_000);
    for (const [number, length] of lengths.entries()) {
      expect(await drive.readRecord(buffer.fill(0))).toEqual({ kind: 'record', length });
      expect(buffer.subarray(0, length).equals(numberedRecord(number, length))).toBe(true);
    }
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'filemark' });
    await drive.locate(1);
    expect(await drive.readRecord(buffer.subarray(0, 500))).toEqual({ kind: 'record', length: 500 });
    await drive.spaceToEndOfData();
    expect(await drive.position()).toMatchObject({ block: 7, file: 1 });
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'end-of-data' });
    await drive.unload();
  });

  test('trouble below SCSI and of the system is told in words', async () => {
    const { drive } = temporary;
    port.host = 3;
    await expect(drive.rewind()).rejects.toThrow('drive 1: it did not answer in time (/dev/sg1).');
    port.refuse = new SgPortError('EBUSY', 'busy');
    await expect(drive.rewind()).rejects.toThrow('in use by another program');
    port.refuse = new SgPortError('EINVAL', 'invalid');
    await expect(drive.isWriteProtected()).rejects.toThrow('does not take a transfer of');
    await temporary.loadFirst();
  });
});

test('waiting can be given up and a device that does not answer can be closed', async () => {
  const temporary = await temporaryLibrary();
  const port = new VirtualSg(temporary.library.changer);
  const transport = new SgTransport('/dev/sg0', { name: 'robot' }, port);
  const changer = await Changer.open(transport);
  port.hang = true;
  const giveUp = new AbortController();
  const reading = changer.elementStatus(giveUp.signal);
  setTimeout(() => giveUp.abort(new Error('cancelled')), 20);
  await expect(reading).rejects.toThrow('cancelled');
  const next = changer.elementStatus();
  next.catch(() => {});
  await transport.close();
  await expect(next).rejects.toThrow('was closed');
  await expect(changer.elementStatus()).rejects.toThrow('was closed');
  await temporary.close();
});

describe('devices of this machine', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sysfs-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function device(at: string, facts: Record<string, string>, generic?: string): Promise<void> {
    const folder = join(root, 'sys/bus/scsi/devices', at);
    await mkdir(generic === undefined ? folder : join(folder, 'scsi_generic', generic), { recursive: true });
    for (const [name, text] of Object.entries(facts)) await writeFile(join(folder, name), text);
    if (generic === undefined) return;
    await mkdir(join(root, 'dev/tape/by-id'), { recursive: true });
    await writeFile(join(root, 'dev', generic), '');
  }

  const paths = (): { sys: string; dev: string } => ({ sys: join(root, 'sys'), dev: join(root, 'dev') });

  test('changers and drives come first, by paths that stay', async () => {
    await device('host0', { type: '0' });
    await device('2:0:10:0', { type: '1\n', vendor: 'IBM     \n', model: 'ULTRIUM-HH8\n', rev: 'N9M1\n' }, 'sg4');
    await device(
      '2:0:9:0',
      { type: '1\n', vendor: 'IBM\n', model: 'ULTRIUM-HH8\n', vpd_pg80: '\x01\x80\0\x0a  1068000012' },
      'sg3',
    );
    await device('0:0:0:0', { type: '0\n', vendor: 'ATA\n', model: 'Disk\n' }, 'sg0');
    await device('2:0:9:1', { type: '8\n', vendor: 'IBM\n', model: '3573-TL\n', rev: 'F.11\n' }, 'sg5');
    await symlink('../../sg5', join(root, 'dev/tape/by-id/scsi-3573-changer'));
    const found = await listSgDevices(paths());
    expect(found.map(({ path, type }) => [path.slice(root.length), type])).toEqual([
      ['/dev/tape/by-id/scsi-3573-changer', 'changer'],
      ['/dev/sg3', 'drive'],
      ['/dev/sg4', 'drive'],
      ['/dev/sg0', 'other'],
    ]);
    expect(found[1]).toMatchObject({ vendor: 'IBM', product: 'ULTRIUM-HH8', serial: '1068000012', problem: null });
  });

  test('a device without the driver is shown with what to do, and a machine without any is none', async () => {
    expect(await listSgDevices(paths())).toEqual([]);
    await device('1:0:0:0', { type: '8\n', vendor: 'X\n', model: 'Y\n' });
    expect(await listSgDevices(paths())).toMatchObject([
      { type: 'changer', problem: expect.stringContaining('modprobe sg') },
    ]);
  });

  test('opening what is not there, or no such device, is told in words and leaves nothing running', async () => {
    const role = { name: 'Library robot' };
    await expect(openSgDevice(join(root, 'sg9'), role)).rejects.toThrow('is the device switched on');
    await expect(openSgDevice(root, role)).rejects.toThrow('Library robot: ');
  });
});
