import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { Changer } from '../smc.ts';
import { TapeDrive } from '../ssc.ts';
import { TransportError } from '../transport.ts';
import { discoverTargets, discoverUnits } from './discovery.ts';
import { parsePortal } from './connection.ts';
import { IscsiTransport } from './iscsi-transport.ts';
import { LoginRefused } from './login-status.ts';
import { Nexus, type NexusOptions } from './nexus.ts';
import { firstDrive, firstSlot, Tgt, tgtMissing, type TgtOptions, type TgtProfile } from './testing/tgt.ts';
import { iscsiTimes } from './times.ts';
import { slowness } from '../../testing/slow-computer.ts';

const times = { ...iscsiTimes, loginMs: 3000, reconnectMs: 3000, taskManagementMs: 500, cancelGraceMs: 50 };
let tgt: Tgt;
const open: { close(): Promise<void> }[] = [];

async function start(options: TgtOptions = {}): Promise<void> {
  tgt = await Tgt.start({ barcodes: ['RV0001L8', 'RV0002L8'], ...options });
}

function access(more: Partial<NexusOptions> = {}): NexusOptions {
  return {
    portal: parsePortal(tgt.portal),
    target: tgt.target,
    initiatorName: 'iqn.2026-01.net.reelvault:test',
    headerDigest: false,
    dataDigest: false,
    times,
    ...more,
  };
}

async function unit(lun: number, more: Partial<NexusOptions> = {}): Promise<IscsiTransport> {
  const nexus = await Nexus.open(access(more));
  open.push(nexus);
  return new IscsiTransport(nexus, lun, { name: `unit ${lun}` }, () => nexus.close());
}

async function loadedDrive(more: Partial<NexusOptions> = {}): Promise<TapeDrive> {
  const changer = await Changer.open(await unit(1, more));
  await changer.move(firstSlot, firstDrive);
  const drive = await TapeDrive.open(await unit(2, more));
  await drive.load();
  return drive;
}

afterEach(async () => {
  tgt.signal('SIGCONT');
  await Promise.all(open.splice(0).map((one) => one.close()));
  const { died } = tgt;
  await tgt.close();
  if (died) throw new Error(died);
});

/** Records of many lengths, odd ones too, written and read back. */
async function roundTrip(drive: TapeDrive): Promise<void> {
  const sizes = [262_144, 1, 3, 513, 65_535, 262_144, 1_048_576, 262_144];
  const records = sizes.map((size) => randomBytes(size));
  for (const record of records) await drive.writeRecord(record);
  await drive.writeFilemarks(1, { immediate: false });
  await drive.rewind();
  for (const record of records) {
    const buffer = Buffer.alloc(record.length);
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: record.length });
    expect(buffer.equals(record)).toBe(true);
  }
  expect(await drive.readRecord(Buffer.alloc(262_144))).toEqual({ kind: 'filemark' });
  await readAhead(drive, records.length + 1);
}

/** Many records from a block on with two reads under way, the last of them told of though it is not there. */
async function readAhead(drive: TapeDrive, block: number): Promise<void> {
  const recordBytes = 65_536;
  const data = randomBytes(40 * recordBytes);
  await drive.writeRecords(data, recordBytes);
  await drive.writeFilemarks(1, { immediate: false });
  await drive.locate(block);
  const back = Buffer.alloc(data.length + recordBytes);
  const read = await drive.readRecords(back, recordBytes, { sureBytes: back.length });
  expect(read).toEqual({ records: 40, lengthBytes: data.length, stoppedBy: 'filemark' });
  expect(back.subarray(0, data.length).equals(data)).toBe(true);
  await drive.locate(block + 3);
  expect(await drive.readRecords(back, recordBytes, { sureBytes: 37 * recordBytes })).toMatchObject({ records: 37 });
  expect(back.subarray(0, 37 * recordBytes).equals(data.subarray(3 * recordBytes))).toBe(true);
}

describe.skipIf(tgtMissing)(`iSCSI against tgt${tgtMissing ? ` (skipped: ${tgtMissing})` : ''}`, () => {
  test('discovery lists target and devices', async () => {
    await start();
    expect(await discoverTargets(access())).toEqual([tgt.target]);
    const units = await discoverUnits(access());
    expect(units.map(({ lun, info }) => [lun, info?.deviceType, info?.serial])).toEqual([
      [0, 0x0c, expect.any(String)],
      [1, 0x08, 'LIB0001'],
      [2, 0x01, 'DRV0001'],
      [3, 0x01, 'DRV0002'],
    ]);
  });

  for (const profile of ['default', 'tuned'] as TgtProfile[]) {
    for (const [headerDigest, dataDigest] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const digests = `${headerDigest ? ', header digest' : ''}${dataDigest ? ', data digest' : ''}`;
      test(`${profile} profile${digests}: a cartridge is moved, written and read back`, async () => {
        await start({ profile, headerDigest, dataDigest });
        const transport = await unit(2, { headerDigest, dataDigest });
        const { parameters } = await (open[0] as Nexus).session();
        expect(parameters).toMatchObject({ headerDigest, dataDigest, initialR2T: profile === 'default' });
        expect(parameters.targetSegmentBytes).toBe(profile === 'default' ? 8192 : 1_048_576);
        await transport.close();
        await roundTrip(await loadedDrive({ headerDigest, dataDigest }));
      });
    }
  }

  test('digests a target does not do are left out', async () => {
    await start();
    const nexus = await Nexus.open(access({ headerDigest: true, dataDigest: true }));
    open.push(nexus);
    expect((await nexus.session()).parameters).toMatchObject({ headerDigest: false, dataDigest: false });
  });

  test('CHAP: none, wrong, one way, mutual, and a target that proves another secret', async () => {
    const secrets = { user: 'anna', secret: 'secret-of-anna', mutualUser: 'vtl', mutualSecret: 'secret-of-the-vtl' };
    await start({ chap: secrets });
    const refused = (chap: NexusOptions['chap']) =>
      Nexus.open(access({ chap })).then(
        () => 'let in',
        (error: unknown) => (error instanceof LoginRefused ? error.fault : error),
      );
    const { user, secret } = secrets;
    expect(await refused(undefined)).toBe('credentials');
    expect(await refused({ user, secret: 'wrong-wrong-wrong' })).toBe('credentials');
    expect(await refused({ user, secret })).toBe('let in');
    expect(await refused({ user, secret, mutual: { user: 'vtl', secret: secrets.mutualSecret } })).toBe('let in');
    expect(await refused({ user, secret, mutual: { user: 'vtl', secret: 'another-secret' } })).toBe('credentials');
    await roundTrip(await loadedDrive({ chap: { user, secret } }));
  });

  test('a target without sign-in lets a known user in, and one that must sign in to us does not get by', async () => {
    await start();
    await expect(
      Nexus.open(access({ chap: { user: 'a', secret: 'b' } })).then((one) => one.close()),
    ).resolves.toBeUndefined();
    const mutual = { user: 'vtl', secret: 'secret-of-the-vtl' };
    await expect(Nexus.open(access({ chap: { user: 'a', secret: 'b', mutual } }))).rejects.toBeInstanceOf(LoginRefused);
    await expect(Nexus.open(access({ target: 'iqn.2003-01.com.example:other' }))).rejects.toMatchObject({
      fault: 'target',
    });
  });

  test('a cut connection fails what was under way, comes back, and the position counts as lost', async () => {
    await start({ profile: 'tuned' });
    const drive = await loadedDrive();
    await drive.writeRecord(randomBytes(262_144));
    expect(await tgt.cutConnections()).toBe(2);
    const record = randomBytes(1000);
    // Whether the cut is seen before or during the command: nothing is written at an unknown place.
    await expect(drive.writeRecord(record)).rejects.toThrow();
    await expect(drive.writeRecord(record)).rejects.toThrow(/29\/0[07]|reset|lost/i);
    await drive.rewind();
    const buffer = Buffer.alloc(262_144);
    expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: 262_144 });
    expect((await drive.readRecord(buffer)).kind).toBe('end-of-data');
  });

  test('a target that does not answer a command is asked to abort it; one that hangs is given up', async () => {
    await start();
    const command = { ...times.command, quick: 300, io: 300 };
    const drive = await loadedDrive({ times: { ...times, command } });
    await tgt.setTarget('state', 'offline');
    await expect(drive.writeRecord(randomBytes(4096))).rejects.toThrow(/no answer within|given up/);
    await tgt.setTarget('state', 'ready');
    await drive.rewind();
    await roundTrip(drive);
    tgt.signal('SIGSTOP');
    await expect(drive.writeRecord(randomBytes(4096))).rejects.toBeInstanceOf(TransportError);
    tgt.signal('SIGCONT');
    await drive.rewind();
    expect((await drive.readRecord(Buffer.alloc(262_144))).kind).toBe('record');
  });

  test('silence is noticed by asking', async () => {
    await start();
    const impatient = { ...times, pingAfterMs: 100, pingLimitMs: 300 };
    const drive = await loadedDrive({ times: impatient });
    // Pings are answered: the session stands.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((open[1] as Nexus).generation).toBe(1);
    await drive.rewind();
    tgt.signal('SIGSTOP');
    await expect(drive.writeRecord(randomBytes(4096))).rejects.toThrow(/does not answer/);
    tgt.signal('SIGCONT');
  });

  test('a cancelled command ends promptly and the session goes on', async () => {
    await start();
    const drive = await loadedDrive();
    await tgt.setTarget('state', 'offline');
    const cancel = new AbortController();
    const writing = drive.writeRecord(randomBytes(262_144), cancel.signal);
    setTimeout(() => cancel.abort(), 50);
    const start0 = performance.now();
    await expect(writing).rejects.toThrow();
    expect(performance.now() - start0).toBeLessThan(2000 * slowness);
    await tgt.setTarget('state', 'ready');
    await drive.rewind();
    await roundTrip(drive);
  });

  test('killed and started again: tapes keep what was flushed', async () => {
    await start();
    const drive = await loadedDrive();
    const record = randomBytes(262_144);
    await drive.writeRecord(record);
    await drive.writeFilemarks(1, { immediate: false });
    await tgt.kill();
    await expect(drive.writeRecord(record)).rejects.toBeInstanceOf(TransportError);
    await tgt.restart();
    const again = await loadedDrive();
    const buffer = Buffer.alloc(262_144);
    expect(await again.readRecord(buffer)).toEqual({ kind: 'record', length: 262_144 });
    expect(buffer.equals(record)).toBe(true);
  });

  test('two sessions are two: each drive its own', async () => {
    await start({ profile: 'tuned' });
    const changer = await Changer.open(await unit(1));
    await changer.move(firstSlot, firstDrive);
    await changer.move(firstSlot + 1, firstDrive + 1);
    const drives = await Promise.all([2, 3].map(async (lun) => TapeDrive.open(await unit(lun))));
    await Promise.all(drives.map((drive) => drive.load()));
    await Promise.all(drives.map(roundTrip));
  });
});
