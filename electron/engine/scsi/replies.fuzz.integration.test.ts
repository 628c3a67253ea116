import { expect, test } from 'vitest';
import { fuzz } from '../testing/fuzzing/fuzz.ts';
import { mutate } from '../testing/fuzzing/mutate.ts';
import { changerAlerts, driveAlerts, parseAlerts } from './alerts.ts';
import { parseElementStatus } from './element-status.ts';
import { parseSense, ScsiError } from './sense.ts';
import { Changer } from './smc.ts';
import { inquiry } from './spc.ts';
import { parseLongPosition, parseShortPosition } from './tape-position.ts';
import { parseCapacity, parseCartridgeMemory, parseTapeMode } from './tape-reports.ts';
import { TapeDrive } from './ssc.ts';
import type { ScsiTransport } from './transport.ts';
import { temporaryLibrary } from './virtual/testing/temporary-library.ts';
import { slowness } from '../testing/slow-computer.ts';

interface Recorded {
  changer: Map<number, Buffer>;
  drive: Map<number, Buffer>;
  all: Buffer[];
}

/** Replies of the virtual library's devices, as they come off the wire, by operation code. */
async function recorded(): Promise<Recorded> {
  const replies: Recorded = { changer: new Map(), drive: new Map(), all: [] };
  const listening = (transport: ScsiTransport, into: Map<number, Buffer>): ScsiTransport => ({
    name: transport.name,
    close: () => transport.close(),
    async execute(cdb, options) {
      const reply = await transport.execute(cdb, options);
      if (reply.in) into.set(cdb[0] ?? 0, Buffer.from(reply.in));
      for (const bytes of [reply.in, reply.sense]) if (bytes && bytes.length > 0) replies.all.push(Buffer.from(bytes));
      return reply;
    },
  });
  const temporary = await temporaryLibrary({ wrapDrive: (drive) => listening(drive, replies.drive) });
  try {
    const changer = await Changer.open(listening(temporary.library.changer, replies.changer));
    await changer.elementStatus();
    await inquiry(listening(temporary.library.changer, replies.changer));
    await temporary.loadFirst();
    await temporary.drive.writeRecord(Buffer.alloc(1000));
    await temporary.drive.position();
    await temporary.drive.remainingBytes();
    await temporary.drive.readMam();
    await temporary.drive.tapeAlerts();
  } finally {
    await temporary.close();
  }
  return replies;
}

test('replies of any kind are read leniently, without a slip', async () => {
  const { all: replies } = await recorded();
  expect(replies.length).toBeGreaterThan(10);
  const parsers: ((bytes: Uint8Array) => unknown)[] = [
    parseElementStatus,
    parseSense,
    parseShortPosition,
    parseLongPosition,
    (bytes) => parseAlerts(bytes, driveAlerts),
    (bytes) => parseAlerts(bytes, changerAlerts),
    parseCapacity,
    parseCartridgeMemory,
    parseTapeMode,
  ];
  await fuzz('SCSI reply', (choose) => {
    const reply = mutate(replies[choose(replies.length)] ?? Buffer.alloc(0), choose, replies[choose(replies.length)]);
    for (const parse of parsers) parse(reply);
    const { elements } = parseElementStatus(reply);
    if (elements.length > reply.length) throw new Error('More elements than bytes.');
    const sense = parseSense(reply);
    if (sense) expect(new ScsiError('x', 'READ', 2, sense).message.length).toBeGreaterThan(10);
    return elements.length > 0 || sense !== undefined;
  });
});

test('a device that answers anything at all is attached or refused, and never waited for without end', async () => {
  const { changer, drive, all } = await recorded();
  const { taken, refused } = await fuzz('SCSI device', async (choose) => {
    let calls = 0;
    const isChanger = choose(2) === 0;
    const transport: ScsiTransport = {
      name: 'fuzz',
      async close() {},
      async execute(cdb, options) {
        calls += 1;
        if (calls > 10_000) throw new Error('It was asked ten thousand times.');
        const right = (isChanger ? changer : drive).get(cdb[0] ?? 0) ?? Buffer.alloc(0);
        const odd = choose(3) === 0;
        if (odd && choose(3) === 0) return { status: 2, sense: mutate(all[choose(all.length)] ?? right, choose) };
        const reply = odd ? mutate(choose(4) === 0 ? (all[choose(all.length)] ?? right) : right, choose) : right;
        return { status: 0, in: reply.subarray(0, options?.inLength ?? options?.into?.length ?? 0) };
      },
    };
    const never = AbortSignal.timeout(1500 * slowness);
    try {
      if (isChanger) {
        await inquiry(transport, never);
        await (await Changer.open(transport)).elementStatus(never);
      } else await (await TapeDrive.open(transport, { emptyGraceMs: 0 })).position();
      return true;
    } catch (error) {
      const slip = error instanceof TypeError || (error instanceof RangeError && !/elements?/.test(error.message));
      if (slip || never.aborted || String(error).includes('ten thousand')) throw error;
      return false;
    }
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(20);
});
