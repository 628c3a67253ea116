import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { firstMailSlot, firstSlot, Tgt, type TgtOptions, tgtMissing } from './scsi/iscsi/testing/tgt.ts';
import { iscsiTimes } from './scsi/iscsi/times.ts';
import { World } from './testing/scenario.ts';

// What goes wrong with a real library, in the middle of a job, and what the product makes of it: the job goes on or says
// why not, nothing is promised that the tape has not got, and afterwards everything listed on tape can be restored.
const mib = 2 ** 20;
const barcodes = ['RV0001L8', 'RV0002L8', 'RV0003L8', 'RV0004L8'];
let world: World;
let tgt: Tgt;
let library: string;
let backup: string;
let job: string;

beforeAll(() => {
  // A target that hangs is given up after seconds here, not minutes.
  const command = Object.fromEntries(Object.keys(iscsiTimes.command).map((key) => [key, 4000]));
  const short = { reconnectMs: 8000, pingAfterMs: 1000, pingLimitMs: 2000, taskManagementMs: 500 };
  Object.assign(iscsiTimes, short, { command });
});

afterEach(async () => {
  tgt.signal('SIGCONT');
  const { died } = tgt;
  await world?.close();
  await tgt.close();
  if (died) throw new Error(died);
});

async function begin(options: TgtOptions = {}, fillMib = 24): Promise<void> {
  tgt = await Tgt.start({ barcodes, cartridgeMib: 200, profile: 'tuned', ...options });
  world = await World.create({ diskMib: 128, fillMib, cartridges: 0, cartridgeMib: 0 });
  await world.makeDisk();
  const repository = await world.addRepository('primary');
  backup = await world.createBackupJob(repository);
  await world.keep();
  await world.run(backup);
  const device = (lun: number) => ({ target: tgt.target, lun });
  const added = await world.client.tape.attach({
    settings: {
      name: 'Appliance',
      connection: { kind: 'iscsi', portal: tgt.portal, changer: device(1), drives: [device(2), device(3)] },
    },
  });
  library = added.id;
  await world.ended(added.sessionId);
  job = await world.createTapeJob(backup, await world.createPool());
}

/** Runs the tape job and does something to the target as soon as data is on a tape; returns how the session ended. */
async function during(act: () => Promise<void> | void) {
  const { sessionId } = await world.client.jobs.run({ id: job });
  const written = (): number =>
    Math.max(...barcodes.map((barcode) => statSync(tgt.cartridgePath(barcode), { throwIfNoEntry: false })?.size ?? 0));
  let acting: Promise<void> | undefined;
  const watch = setInterval(() => {
    if (acting || written() < mib) return;
    acting = Promise.resolve(act());
  }, 1);
  try {
    for await (const _update of await world.client.sessions.follow({ id: sessionId }));
  } finally {
    clearInterval(watch);
  }
  expect(acting).toBeDefined();
  await acting;
  return world.client.sessions.get({ id: sessionId });
}

/** Runs the tape job to its end, or stops it once it waits for tapes that nobody will bring. */
async function untilItWaits() {
  const { sessionId } = await world.client.jobs.run({ id: job });
  let waiting = '';
  for await (const update of await world.client.sessions.follow({ id: sessionId })) {
    if (update.session?.state !== 'waiting-tape' || waiting !== '') continue;
    waiting = update.session.stateText ?? 'waiting';
    await world.client.sessions.cancel({ id: sessionId });
  }
  return { waiting, ended: await world.client.sessions.get({ id: sessionId }) };
}

/** Every restore point listed on tape comes back from there, to one of the disks that were kept. */
async function everythingListedRestores(points: number): Promise<void> {
  const found = await world.points('tape');
  expect(found.length).toBe(points);
  const repositoryId = await world.addRepository('restored');
  const pointIds = found.map((point) => point.id);
  await world.ended((await world.client.restores.fromTape({ pointIds, repositoryId })).sessionId);
  for (const point of await world.points('imported'))
    expect(world.kept).toContain(await world.restoredDigest(point.id));
}

const words = (picture: { log: { text: string }[] }): string => picture.log.map((line) => line.text).join('\n');

describe.skipIf(tgtMissing)(`trouble over iSCSI${tgtMissing ? ` (skipped: ${tgtMissing})` : ''}`, () => {
  test('connections cut in the middle of a write: written again, on a tape that is right', async () => {
    await begin({}, 100);
    const ended = await during(async () => {
      await tgt.cutConnections();
    });
    if (ended.session.result !== 'success') await world.run(job);
    await everythingListedRestores(1);
  });

  test('a target that stops answering: the session says so within its limits and the next run makes it good', async () => {
    await begin({}, 100);
    const ended = await during(() => {
      tgt.signal('SIGSTOP');
      setTimeout(() => tgt.signal('SIGCONT'), 6000);
    });
    expect(words(ended)).toMatch(/does not answer|no answer|given up|within/);
    await world.client.tape.rescan({ id: library });
    await world.run(job);
    await everythingListedRestores(1);
  });

  test('a target killed in mid-write: started again, the job is made good', async () => {
    await begin({}, 100);
    const ended = await during(() => tgt.kill());
    expect(ended.session.result).not.toBe('success');
    const { rows } = await world.client.backups.points({ origin: 'tape' });
    expect(rows).toEqual([]);
    await tgt.restart();
    await world.client.tape.rescan({ id: library });
    await world.ended((await world.client.tape.inventory({ id: library })).sessionId);
    await world.run(job);
    await everythingListedRestores(1);
  });

  test('a cartridge that cannot be loaded is skipped, and tapes moved behind our back are found', async () => {
    await begin();
    // The robot fetches it and finds nothing.
    await rm(tgt.cartridgePath('RV0001L8'));
    // Somebody swaps two tapes by hand, puts one into the mail slot, and takes one out.
    await tgt.takeAway(2, firstSlot + 1);
    await tgt.takeAway(2, firstSlot + 2);
    await tgt.put(2, firstSlot + 2, 'RV0002L8');
    await tgt.put(3, firstMailSlot, 'RV0003L8');
    await world.ended((await world.client.tape.inventory({ id: library })).sessionId, 'warning').catch(() => undefined);
    const { elements } = await world.client.tape.library({ id: library });
    const at = (address: number) => elements.find((element) => element.address === address)?.barcode;
    expect([at(firstSlot + 1), at(firstSlot + 2), at(firstMailSlot)]).toEqual([null, 'RV0002L8', 'RV0003L8']);
    const { sessionId } = await world.client.jobs.run({ id: job });
    for await (const _update of await world.client.sessions.follow({ id: sessionId }));
    const ended = await world.client.sessions.get({ id: sessionId });
    expect(words(ended)).toMatch(/skipped in this session/);
    expect(ended.session.result).not.toBe('failed');
    await everythingListedRestores(1);
  });

  test('write-protected drives are not written, and it is said', async () => {
    await begin();
    await tgt.unit(2, 'readonly=1');
    await tgt.unit(3, 'readonly=1');
    const { waiting, ended } = await untilItWaits();
    expect(`${waiting}\n${words(ended)}`).toMatch(/write-protected|protect/i);
    expect(ended.session.result).not.toBe('success');
    expect(await world.points('tape')).toEqual([]);
  });

  test('medium errors on every tape: the job ends with the reason and nothing is promised', async () => {
    await begin({ fileLimitKib: 6 * 1024 });
    const { ended } = await untilItWaits();
    // Every cartridge ends early here, so the job cannot do it; it says why and lists nothing that is not whole.
    expect(ended.session.result).not.toBe('success');
    expect(words(ended)).toMatch(/MEDIUM ERROR/);
    expect(await world.points('tape')).toEqual([]);
  });
});
