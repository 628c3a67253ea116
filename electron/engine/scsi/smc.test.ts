import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScsiError } from './sense.ts';
import { Changer } from './smc.ts';
import { TapeDrive } from './ssc.ts';
import type { ScsiReply, ScsiTransport } from './transport.ts';
import { tapeAlertPage } from './virtual/drive-pages.ts';
import { senseData } from './virtual/replies.ts';
import { type TemporaryLibrary, temporaryLibrary } from './virtual/testing/temporary-library.ts';

let temporary: TemporaryLibrary;

beforeEach(async () => {
  temporary = await temporaryLibrary();
});
afterEach(() => temporary.close());

/** Changes some answers of a device. */
function altered(
  inner: ScsiTransport,
  alter: (cdb: Uint8Array, reply: () => Promise<ScsiReply>) => Promise<ScsiReply> | ScsiReply,
): ScsiTransport {
  return {
    name: inner.name,
    execute: async (cdb, options) => alter(cdb, () => inner.execute(cdb, options)),
    close: () => inner.close(),
  };
}

const refused: ScsiReply = { status: 2, sense: senseData({ key: 5, asc: 0x24, ascq: 0 }) };

test('a library without MODE SENSE(6), drive serial numbers and barcodes is used without them', async () => {
  const transport = altered(temporary.library.changer, (cdb, reply) => {
    const [operation, flags, serials] = [cdb[0], cdb[1] as number, cdb[6]];
    if (operation === 0x1a) return refused;
    if (operation === 0xb8 && ((flags & 0x10) !== 0 || serials !== 0)) return refused;
    return reply();
  });
  const changer = await Changer.open(transport);
  const status = await changer.elementStatus();
  expect(status.filter((element) => element.full)).toHaveLength(2);
  expect(status.some((element) => element.barcode ?? element.driveSerial)).toBe(false);
  await changer.move(4096, 4099);
});

test('a library that never reports access is believed to have it', async () => {
  const transport = altered(temporary.library.changer, async (cdb, reply) => {
    const answer = await reply();
    if (cdb[0] !== 0xb8 || !answer.in) return answer;
    const data = Uint8Array.from(answer.in);
    const length = ((data[10] as number) << 8) | (data[11] as number);
    for (let at = 16; at < data.length; at += length) data[at + 2] = (data[at + 2] as number) & ~0x08;
    return { ...answer, in: data };
  });
  const status = await (await Changer.open(transport)).elementStatus();
  expect(status.every((element) => element.accessible)).toBe(true);
});

test('when somebody opened the library, only moves that still mean the same are carried out', async () => {
  const { changer, library } = temporary;
  await library.control.insertCartridge(0, 'AAA');
  await changer.elementStatus();
  await library.control.insertCartridge(1, 'BBB');
  await changer.move(4096, 4098);
  await library.control.removeFromImportExport(16);
  await library.control.insertCartridge(0, 'CCC');
  await expect(changer.move(16, 4099)).rejects.toThrow('held AAA and now holds CCC');
  await changer.move(16, 4099);
  expect((await changer.elementStatus()).find((element) => element.address === 4099)?.barcode).toBe('CCC');
});

test.each([
  ['an empty source', 4098, 4099, { asc: 0x3b, ascq: 0x0e }],
  ['a full destination', 4096, 4097, { asc: 0x3b, ascq: 0x0d }],
  ['the same element', 4096, 4096, { asc: 0x3b, ascq: 0x0d }],
  ['an address that is not there', 4096, 5, { asc: 0x21, ascq: 0x01 }],
  ['the robot itself', 4096, 1, { asc: 0x21, ascq: 0x01 }],
])('moving with %s is refused', async (_what, from, to, codes) => {
  await expect(temporary.changer.move(from, to)).rejects.toMatchObject({ key: 5, ...codes });
});

test('a device of another kind is not taken for a changer or a drive', async () => {
  await expect(Changer.open(temporary.library.drives[0]!)).rejects.toThrow('not a tape library');
  await expect(TapeDrive.open(temporary.library.changer)).rejects.toThrow('not a tape drive');
});

/** Answers every command with the next of the given replies; counts. */
function scripted(replies: { status: number; sense?: Uint8Array; data: Uint8Array }[], deviceType: number) {
  let commands = 0;
  const transport: ScsiTransport = {
    name: 'random device',
    async execute(cdb, options) {
      commands += 1;
      if (commands > 5000) throw new Error('too many commands');
      const next = replies[commands % replies.length];
      const data = Uint8Array.from(next?.data ?? []);
      if (cdb[0] === 0x12 && data.length > 0) data[0] = deviceType;
      return { status: next?.status ?? 0, sense: next?.sense, in: data.subarray(0, options?.inLength ?? 0) };
    },
    close: () => Promise.resolve(),
  };
  return { transport, commands: () => commands };
}

const randomReply = fc.record({
  status: fc.constantFrom(0, 0, 0, 2),
  sense: fc.option(
    fc.uint8Array({ minLength: 3, maxLength: 40 }).map((bytes) => {
      const sense = Uint8Array.from(bytes);
      sense[0] = 0x70;
      // Not ready by itself would be waited for, as it should.
      sense[2] = (sense[2] as number) % 8 === 2 ? 5 : (sense[2] as number);
      return sense;
    }),
    { nil: undefined },
  ),
  data: fc.uint8Array({ maxLength: 300 }),
});

test('a device that answers nonsense ends in an answer or an error, after few commands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(randomReply, { minLength: 1, maxLength: 12 }), async (replies) => {
      for (const kind of ['changer', 'drive'] as const) {
        const { transport, commands } = scripted(replies, kind === 'changer' ? 8 : 1);
        try {
          if (kind === 'changer') {
            const changer = await Changer.open(transport);
            await changer.elementStatus();
            await changer.move(1, 2);
          } else {
            const drive = await TapeDrive.open(transport, { emptyGraceMs: 0 });
            await drive.load();
            await drive.locate(7);
            await drive.readRecords(new Uint8Array(4096), 512);
            await drive.spaceToEndOfData();
            await drive.writeRecords(new Uint8Array(2048), 512);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          if (!(error instanceof ScsiError)) expect((error as Error).message).not.toBe('too many commands');
        }
        expect(commands()).toBeLessThan(5000);
      }
    }),
    { numRuns: 150 },
  );
});

test('a library as sloppy as the sloppiest one known is read whole and moved in', async () => {
  const sloppy = await temporaryLibrary({ shape: { profile: 'tgt' } });
  try {
    const { changer, library } = sloppy;
    expect(changer.info.serial).toBe(library.config.serial);
    const elements = await changer.elementStatus();
    expect(elements.map(({ address }) => address)).toEqual([1, 4096, 4097, 4098, 4099, 16, 17, 256, 257]);
    expect(elements.filter(({ barcode }) => barcode).map(({ barcode }) => barcode)).toEqual(['RV0001L8', 'RV0002L8']);
    expect(elements.every(({ accessible }) => accessible)).toBe(true);
    // Its reply ends within the serial number of the last drive.
    const serials = library.config.serial;
    expect(elements.slice(-2).map(({ driveSerial }) => driveSerial)).toEqual([
      `${serials}D01`,
      `${serials}D02`.slice(0, -8),
    ]);
    expect(await changer.alerts()).toEqual([]);
    await changer.initializeElementStatus();
    await sloppy.loadFirst();
    await sloppy.drive.writeRecord(Buffer.from('kept'));
    await sloppy.drive.unload();
    await changer.move(256, 4099);
    await changer.move(4097, 256);
    await sloppy.drive.load();
    expect((await sloppy.drive.readRecord(Buffer.alloc(10))).kind).toBe('blank');
    await changer.move(256, 4096);
    await changer.move(4099, 256);
    await sloppy.drive.load();
    expect(await sloppy.drive.readRecord(Buffer.alloc(4))).toEqual({ kind: 'record', length: 4 });
  } finally {
    await sloppy.close();
  }
});

test('a library that is busy with itself is waited for, one with an open door is not', async () => {
  let answers = [
    { key: 6, asc: 0x28, ascq: 0x01 },
    { key: 2, asc: 0x04, ascq: 0x01 },
    { key: 2, asc: 0x04, ascq: 0x01 },
  ];
  const transport = altered(temporary.library.changer, (cdb, reply) => {
    const next = cdb[0] === 0x12 ? undefined : answers.shift();
    return next ? { status: 2, sense: senseData(next) } : reply();
  });
  const changer = await Changer.open(transport);
  const busy = [
    { key: 2, asc: 0x04, ascq: 0x01 },
    { key: 2, asc: 0x04, ascq: 0x07 },
  ];
  answers = [...busy];
  expect((await changer.elementStatus()).filter((element) => element.full)).toHaveLength(2);
  answers = [...busy];
  await changer.move(4096, 4099);
  answers = [{ key: 2, asc: 0x04, ascq: 0x18 }];
  await expect(changer.move(4099, 4096)).rejects.toThrow('a door of the library is open: close it');
  expect((await changer.elementStatus()).find((element) => element.address === 4099)?.full).toBe(true);
});

test('alerts of the library are told in its own words', async () => {
  const transport = altered(temporary.library.changer, (cdb, reply) =>
    cdb[0] === 0x4d ? { status: 0, in: tapeAlertPage(new Set([16])) } : reply(),
  );
  const changer = await Changer.open(transport);
  expect(await changer.alerts()).toEqual([
    { flag: 16, severity: 'critical', words: 'A door of the library is open: close it.' },
  ]);
  expect(await temporary.changer.alerts()).toEqual([]);
});
