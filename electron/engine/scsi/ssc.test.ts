import { afterEach, expect, test } from 'vitest';
import { ScsiError } from './sense.ts';
import { RecordTooLong, TapeDrive } from './ssc.ts';
import { type ScsiReply, type ScsiTransport, TransportError } from './transport.ts';
import { senseData } from './virtual/replies.ts';
import { numberedRecord, type TemporaryLibrary, temporaryLibrary } from './virtual/testing/temporary-library.ts';

let temporary: TemporaryLibrary;
afterEach(() => temporary.close());

const unsupported: ScsiReply = { status: 2, sense: senseData({ key: 5, asc: 0x20, ascq: 0x00 }) };

async function writeThreeFiles(drive: TapeDrive): Promise<void> {
  for (const file of [0, 1, 2]) {
    await drive.writeRecord(numberedRecord(file * 2, 3000));
    await drive.writeRecord(numberedRecord(file * 2 + 1, 500 + file));
    await drive.writeFilemarks(1, { immediate: true });
  }
  await drive.flush();
}

test.each([0, 1, 2, 3])(
  'a drive without LOCATE and READ POSITION: %i files are counted and found again',
  async (files) => {
    temporary = await temporaryLibrary({ shape: { profile: 'tgt' } });
    await temporary.loadFirst();
    const { drive } = temporary;
    for (let file = 0; file < files; file++) {
      await drive.writeRecords(Buffer.concat([numberedRecord(file, 100), numberedRecord(9, 50)]), 100);
      if (file < 2) await drive.writeFilemarks(1, { immediate: true });
    }
    const marks = Math.min(files, 2);
    const total = files * 2 + marks;
    await drive.spaceToEndOfData();
    expect(await drive.position()).toMatchObject({ block: total, file: marks, eod: true });
    expect(drive.capabilities).toMatchObject({ maxRecordBytes: 1_048_576 });
    for (let block = 0; block < total; block++) {
      await drive.locate(block);
      expect(await drive.position()).toMatchObject({ block });
      const isMark = block % 3 === 2 && block < 6;
      expect((await drive.readRecord(new Uint8Array(300))).kind).toBe(isMark ? 'filemark' : 'record');
    }
    await drive.locate(total);
    expect((await drive.readRecord(new Uint8Array(300))).kind).toBe(total === 0 ? 'blank' : 'end-of-data');
    await expect(drive.locate(total + 1)).rejects.toMatchObject({ key: 8 });
    await expect(drive.locate(total + 5)).rejects.toMatchObject({ key: 8 });
    expect(drive.capabilities).toMatchObject({ locate: false, readPosition: false, tapeAlerts: undefined });
  },
);

test('a short record whose data came in the wrong amount is read again exactly', async () => {
  temporary = await temporaryLibrary({ shape: { profile: 'tgt' } });
  await temporary.loadFirst();
  const { drive } = temporary;
  await writeThreeFiles(drive);
  await drive.rewind();
  const buffer = Buffer.alloc(4000);
  expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: 3000 });
  expect(buffer.subarray(0, 3000).equals(numberedRecord(0, 3000))).toBe(true);
  expect(await drive.readRecord(buffer)).toEqual({ kind: 'record', length: 500 });
  expect(await drive.position()).toMatchObject({ block: 2, file: 0 });
  expect(await drive.tapeAlerts()).toEqual([]);
  expect(await drive.readMam()).toBeUndefined();
  expect(await drive.remainingBytes()).toBeUndefined();
});

test('a standard drive without LOCATE is positioned over filemarks', async () => {
  const withoutLocate = (inner: ScsiTransport): ScsiTransport => ({
    name: inner.name,
    execute: async (cdb, options) => (cdb[0] === 0x2b ? unsupported : inner.execute(cdb, options)),
    close: () => inner.close(),
  });
  temporary = await temporaryLibrary({ wrapDrive: withoutLocate });
  await temporary.loadFirst();
  await writeThreeFiles(temporary.drive);
  for (const block of [1, 2, 3, 7, 9]) {
    await temporary.drive.locate(block);
    expect(await temporary.drive.position()).toMatchObject({ block, file: Math.floor(block / 3) });
  }
  await expect(temporary.drive.locate(10)).rejects.toMatchObject({ key: 8, asc: 0, ascq: 5 });
});

test('after a reset nothing is read or written before the tape is positioned', async () => {
  temporary = await temporaryLibrary();
  await temporary.loadFirst();
  const { drive, library } = temporary;
  await writeThreeFiles(drive);
  const reset = library.control.planFault({ site: 'drive.write', fault: 'unit-attention' });
  const data = numberedRecord(7, 100);
  await expect(drive.writeRecord(data)).rejects.toMatchObject({ isUnitAttention: true, asc: 0x29 });
  expect(reset.fired()).toBe(true);
  await expect(drive.writeRecord(data)).rejects.toMatchObject({ asc: 0x29 });
  await expect(drive.readRecord(new Uint8Array(100))).rejects.toMatchObject({ asc: 0x29 });
  await expect(drive.writeFilemarks(1, { immediate: true })).rejects.toMatchObject({ asc: 0x29 });
  await drive.locate(9);
  await drive.writeRecord(data);
});

test('after another cartridge came in, only loading it makes the drive usable', async () => {
  temporary = await temporaryLibrary();
  await temporary.loadFirst();
  const { drive, library } = temporary;
  await writeThreeFiles(drive);
  library.control.planFault({ site: 'drive.command', fault: 'cartridge-changed' });
  // Even where the news came with a harmless question.
  await drive.remainingBytes();
  await expect(drive.writeRecord(numberedRecord(7, 100))).rejects.toMatchObject({ asc: 0x28 });
  await expect(drive.rewind()).rejects.toMatchObject({ asc: 0x28 });
  await drive.load();
  await drive.readRecord(Buffer.alloc(3000));
});

test('a read error behind good records comes with the next read, and positioning takes it back', async () => {
  temporary = await temporaryLibrary();
  await temporary.loadFirst();
  const { drive, library } = temporary;
  await drive.writeRecords(Buffer.concat([0, 1, 2, 3].map((n) => numberedRecord(n, 64))), 64);
  const fault = { site: 'drive.read', fault: 'medium-error', barcode: 'RV0001L8', block: 2 } as const;
  for (const reposition of [false, true]) {
    await drive.rewind();
    const planned = library.control.planFault(fault);
    const buffer = Buffer.alloc(256);
    expect(await drive.readRecords(buffer, 64)).toEqual({ records: 2, lengthBytes: 128 });
    expect(planned.fired()).toBe(true);
    if (reposition) await drive.locate(2);
    else await expect(drive.readRecords(buffer, 64)).rejects.toMatchObject({ key: 3, asc: 0x11, block: 2 });
    if (!reposition) await drive.locate(3);
    expect((await drive.readRecords(buffer, 64)).records).toBe(reposition ? 2 : 1);
  }
  expect((await drive.tapeAlerts()).map((alert) => alert.flag)).toEqual([5]);
});

test('a record cut on its way is an error, and GOOD next to an error is an error', async () => {
  temporary = await temporaryLibrary();
  await temporary.loadFirst();
  const { drive, library } = temporary;
  await drive.writeRecord(numberedRecord(1, 100));
  await drive.rewind();
  const { armFaults } = await import('../faults/fault-points.ts');
  const cut = armFaults([{ site: 'drive.read', when: 'before', nth: 1, effect: { kind: 'short', bytes: 40 } }]);
  await expect(drive.readRecord(Buffer.alloc(100))).rejects.toBeInstanceOf(TransportError);
  expect(cut.unfired()).toEqual([]);

  const inner = library.drives[1]!;
  const full: ScsiTransport = {
    name: inner.name,
    execute: async (cdb, options) =>
      cdb[0] === 0x10 ? { status: 0, sense: senseData({ key: 3, asc: 0x0c, ascq: 0 }) } : inner.execute(cdb, options),
    close: () => inner.close(),
  };
  await temporary.changer.move(4097, 257);
  const second = await TapeDrive.open(full);
  await second.load();
  await expect(second.flush()).rejects.toMatchObject({ key: 3, asc: 0x0c });
  await expect(second.unload()).resolves.toBeUndefined();
});

test('several writes under way at once end in order, and a failure tells how many were written', async () => {
  temporary = await temporaryLibrary({
    wrapDrive: (inner) => ({
      name: inner.name,
      queueDepth: 4,
      execute: (cdb, options) => inner.execute(cdb, options),
      close: () => inner.close(),
    }),
  });
  await temporary.loadFirst();
  const { drive, library } = temporary;
  const data = Buffer.concat([...[0, 1, 2, 3, 4, 5, 6].map((n) => numberedRecord(n, 1000)), numberedRecord(7, 10)]);
  expect(await drive.writeRecords(data, 1000)).toEqual({ earlyWarning: false, writtenRecords: 8 });
  await drive.rewind();
  const back = Buffer.alloc(data.length + 1000);
  expect(await drive.readRecords(back, 1000)).toMatchObject({ records: 8, stoppedBy: 'short-record' });
  expect(back.subarray(0, data.length).equals(data)).toBe(true);
  library.control.planFault({ site: 'drive.write', fault: 'end-of-medium', block: 11 });
  await expect(drive.writeRecords(data, 1000)).rejects.toMatchObject({ name: 'EndOfMedium', writtenRecords: 3 });
});

/** A drive that takes READs ahead, and how many were under way at most. */
async function readingAhead(): Promise<{ most: () => number }> {
  let [underWay, most] = [0, 0];
  temporary = await temporaryLibrary({
    wrapDrive: (inner) => ({
      name: inner.name,
      readsAhead: true,
      async execute(cdb, options) {
        underWay += 1;
        most = Math.max(most, underWay);
        if (underWay > 1) expect(options?.ahead).toBe(true);
        return inner.execute(cdb, options).finally(() => {
          underWay -= 1;
        });
      },
      close: () => inner.close(),
    }),
  });
  await temporary.loadFirst();
  return { most: () => most };
}

test('records that are known to be there are read ahead, two at a time, and arrive in order', async () => {
  const { most } = await readingAhead();
  const { drive } = temporary;
  const data = Buffer.concat(Array.from({ length: 9 }, (_, n) => numberedRecord(n, 1000)));
  await drive.writeRecords(data, 1000);
  await drive.rewind();
  const back = Buffer.alloc(5000);
  expect(await drive.readRecords(back, 1000)).toEqual({ records: 5, lengthBytes: 5000 });
  expect(most()).toBe(1);
  await drive.rewind();
  for (const from of [0, 5000]) {
    const sureBytes = data.length - from;
    const { records } = await drive.readRecords(back, 1000, { sureBytes });
    expect(back.subarray(0, records * 1000).equals(data.subarray(from, from + 5000))).toBe(true);
  }
  expect(most()).toBe(2);
  expect(await drive.position()).toMatchObject({ block: 9 });
});

test('what is not as it should be is met where it is, also with a record read ahead', async () => {
  await readingAhead();
  const { drive, library } = temporary;
  // Blocks 0 to 3: two records, a short one, a filemark; 4 to 8: five records.
  const first = Buffer.concat([numberedRecord(0, 1000), numberedRecord(1, 1000), numberedRecord(2, 300)]);
  const second = Buffer.concat(Array.from({ length: 5 }, (_, n) => numberedRecord(4 + n, 1000)));
  await drive.writeRecords(first, 1000);
  await drive.writeFilemarks(1, { immediate: true });
  await drive.writeRecords(second, 1000);
  const back = Buffer.alloc(6000);
  const sure = { sureBytes: back.length };
  await drive.rewind();
  expect(await drive.readRecords(back, 1000, sure)).toEqual({
    records: 3,
    lengthBytes: 2300,
    stoppedBy: 'short-record',
  });
  expect(back.subarray(0, 2300).equals(first)).toBe(true);
  expect(await drive.readRecords(back, 1000, sure)).toEqual({ records: 0, lengthBytes: 0, stoppedBy: 'filemark' });
  expect(await drive.readRecords(back, 1000, sure)).toEqual({
    records: 5,
    lengthBytes: 5000,
    stoppedBy: 'end-of-data',
  });
  expect(back.subarray(0, 5000).equals(second)).toBe(true);

  await drive.locate(4);
  library.control.planFault({ site: 'drive.read', fault: 'medium-error', barcode: 'RV0001L8', block: 6 });
  library.control.planFault({ site: 'drive.read', fault: 'medium-error', barcode: 'RV0001L8', block: 6 });
  expect(await drive.readRecords(back, 1000, sure)).toEqual({ records: 2, lengthBytes: 2000 });
  await expect(drive.readRecords(back, 1000, sure)).rejects.toMatchObject({ key: 3 });
  // Met once: read again alone, nobody has to hear of it.
  await drive.locate(4);
  library.control.planFault({ site: 'drive.read', fault: 'medium-error', barcode: 'RV0001L8', block: 6 });
  expect(await drive.readRecords(back, 1000, sure)).toMatchObject({ records: 5 });
  expect(back.subarray(0, 5000).equals(second)).toBe(true);
  // The tape was rewound by somebody else: never passed over.
  await drive.locate(4);
  library.control.planFault({ site: 'drive.read', fault: 'unit-attention', barcode: 'RV0001L8', block: 6 });
  await expect(drive.readRecords(back, 1000, sure)).rejects.toMatchObject({ key: 6 });
  await expect(drive.readRecords(back, 1000, sure)).rejects.toMatchObject({ key: 6 });
});

test('records that no drive takes, and buffers that hold none, are refused at once', async () => {
  temporary = await temporaryLibrary();
  await temporary.loadFirst();
  const { drive } = temporary;
  await expect(drive.writeRecord(new Uint8Array(0))).rejects.toBeInstanceOf(RangeError);
  await expect(drive.writeRecords(new Uint8Array(10), 0)).rejects.toBeInstanceOf(RangeError);
  await expect(drive.writeRecord(new Uint8Array(2 ** 24))).rejects.toBeInstanceOf(RangeError);
  await expect(drive.readRecord(new Uint8Array(0))).rejects.toBeInstanceOf(RangeError);
  await expect(drive.locate(-1)).rejects.toBeInstanceOf(RangeError);
  await expect(drive.spaceFilemarks(-1)).rejects.toBeInstanceOf(RangeError);
  await expect(drive.writeRecord(new Uint8Array(9 * 1_048_576))).rejects.toBeInstanceOf(ScsiError);
  await drive.writeRecord(numberedRecord(1, 200));
  await drive.rewind();
  await expect(drive.readRecords(new Uint8Array(100), 100)).rejects.toBeInstanceOf(RecordTooLong);
  expect((await drive.readRecords(new Uint8Array(200), 200)).records).toBe(1);
});

test('waiting for a drive can be given up', async () => {
  temporary = await temporaryLibrary({ timeModel: { loadMs: 3_600_000 } });
  await temporary.changer.move(4096, 256);
  const giveUp = new AbortController();
  const loading = temporary.drive.load(giveUp.signal);
  setTimeout(() => giveUp.abort(new Error('cancelled')), 30);
  await expect(loading).rejects.toThrow('cancelled');
  Object.assign(temporary.library.control.timeModel, { loadMs: 0 });
});

test.each(['standard', 'tgt'] as const)(
  'a %s drive takes no more than was agreed behind its warning',
  async (profile) => {
    const shape = { profile, cartridgeCapacityBytes: 1_048_576, earlyWarningBytes: 262_144 };
    temporary = await temporaryLibrary({ shape, drive: { mostAfterWarningBytes: 100_000 } });
    await temporary.loadFirst();
    const { drive } = temporary;
    const record = numberedRecord(1, 20_000);
    let before = 0;
    while (!(await drive.writeRecord(record)).earlyWarning) before += 1;
    expect(before).toBeGreaterThan(30);
    for (let more = 1; more < 5; more++) expect(await drive.writeRecord(record)).toEqual({ earlyWarning: true });
    await expect(drive.writeRecord(record)).rejects.toMatchObject({ name: 'EndOfMedium', block: before + 5 });
    await expect(drive.writeRecords(Buffer.concat([record, record]), 20_000)).rejects.toMatchObject({
      name: 'EndOfMedium',
      writtenRecords: 0,
    });
    // What ends the tape goes behind the last whole file, where there is room again.
    await drive.locate(before - 1);
    expect((await drive.writeRecord(record)).earlyWarning).toBe(false);
    await drive.flush();
  },
);

test('changes that leave the tape alone are passed over, one command at a time', async () => {
  let told = 0;
  temporary = await temporaryLibrary({
    wrapDrive: (inner) => ({
      name: inner.name,
      execute: async (cdb, options) => {
        const isFirst = [0x08, 0x0a, 0x10].includes(cdb[0] as number) && told++ % 2 === 0;
        if (isFirst) return { status: 2, sense: senseData({ key: 6, asc: 0x3f, ascq: 0x0e }) };
        return inner.execute(cdb, options);
      },
      close: () => inner.close(),
    }),
  });
  await temporary.loadFirst();
  const { drive } = temporary;
  await drive.writeRecords(Buffer.concat([numberedRecord(1, 100), numberedRecord(2, 100)]), 100);
  await drive.flush();
  await drive.rewind();
  const back = Buffer.alloc(200);
  expect(await drive.readRecords(back, 100)).toMatchObject({ records: 2 });
  expect(back.subarray(100).equals(numberedRecord(2, 100))).toBe(true);
  expect(told).toBe(10);
});

test('a drive that tells nothing of its mode is written to all the same; one with fixed blocks is not', async () => {
  let fixed = false;
  temporary = await temporaryLibrary({
    wrapDrive: (inner) => ({
      name: inner.name,
      execute: async (cdb, options) => {
        if (cdb[0] === 0x15) return unsupported;
        if (cdb[0] !== 0x1a) return inner.execute(cdb, options);
        // Block descriptor with a block length of 512 bytes.
        return fixed ? { status: 0, in: Uint8Array.of(11, 0, 0x10, 8, 0, 0, 0, 0, 0, 0, 2, 0) } : unsupported;
      },
      close: () => inner.close(),
    }),
  });
  await temporary.loadFirst();
  const { drive } = temporary;
  expect(await drive.isWriteProtected()).toBe(false);
  await drive.writeRecord(numberedRecord(1, 100));
  fixed = true;
  await expect(drive.load()).rejects.toMatchObject({ command: 'MODE SELECT(6)' });
});

test('work that may outlast the transport is begun at once and waited for', async () => {
  const immediate: string[] = [];
  temporary = await temporaryLibrary({
    wrapDrive: (inner) => {
      let busy = 0;
      return {
        name: inner.name,
        longestCommandMs: 1000,
        execute: async (cdb, options) => {
          const operation = cdb[0] as number;
          if (operation === 0x00 && busy > 0) {
            busy -= 1;
            // Drives word it in both ways.
            const key = busy % 2 === 0 ? 2 : 0;
            return { status: 2, sense: senseData({ key, asc: 0x00, ascq: 0x19 }) };
          }
          const isImmediate = [0x01, 0x1b, 0x2b, 0x92].includes(operation) && ((cdb[1] as number) & 1) !== 0;
          if (isImmediate) {
            immediate.push(operation.toString(16));
            busy = 3;
          }
          expect(busy === 0 || isImmediate).toBe(true);
          return inner.execute(cdb, options);
        },
        close: () => inner.close(),
      };
    },
  });
  await temporary.loadFirst();
  const { drive } = temporary;
  await writeThreeFiles(drive);
  await drive.locate(4);
  expect(await drive.position()).toMatchObject({ block: 4, file: 1 });
  await drive.spaceToEndOfData();
  expect(await drive.position()).toMatchObject({ block: 9, file: 3 });
  await drive.unload();
  expect(immediate).toEqual(['1b', '1', '2b', '2b', '92', '1']);
});

test.each([
  ['finds no block 0 on a blank tape', { key: 8, asc: 0x00, ascq: 0x05 }, undefined],
  ['rejects the field', { key: 5, asc: 0x24, ascq: 0x00 }, false],
])('a drive that %s when it is asked for LOCATE is loaded all the same', async (_how, answer, locate) => {
  temporary = await temporaryLibrary({
    wrapDrive: (inner) => ({
      name: inner.name,
      execute: async (cdb, options) =>
        cdb[0] === 0x2b ? { status: 2, sense: senseData(answer) } : inner.execute(cdb, options),
      close: () => inner.close(),
    }),
  });
  await temporary.loadFirst();
  const { drive } = temporary;
  expect(drive.capabilities).toMatchObject({ locate, readPosition: true });
  await drive.writeRecord(numberedRecord(1, 100));
});
