import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Counters } from '../../../../shared/domain/session-types.ts';
import { tapeRecordBytes } from '../../tape/archive/documents.ts';
import { readTapeLabel } from '../../tape/archive/label.ts';
import { recordedBytes } from '../../tape/archive/scan.ts';
import { walkTape } from '../../tape/archive/tape-walk.ts';
import { requesterOf } from '../../tape/mounting/mount-requester.ts';
import { TapeTestWorld } from '../../testing/tape-test-world.ts';

// One meter from the drive to the screen: what a session tells is what was moved.
let world: TapeTestWorld;
let library: string;
let repository: string;

beforeEach(async () => {
  world = await TapeTestWorld.create();
  library = await world.bench.addLibrary({ drives: 2, slots: 10, cartridges: 8, capacityMib: 16 });
  await world.bench.inventory(library);
  repository = await world.addRepository('primary');
});
afterEach(() => world.close());

const names = ['processedBytes', 'readBytes', 'transferredBytes'] as const;

/** Follows a session as a console does: at no moment does a counter go back, or the sum differ from its parts. */
async function watched(id: string): Promise<Counters> {
  const { sessions } = world.bench;
  const tasks = new Map<string, Counters>();
  const last = new Map<string, Counters>();
  let updates = 0;
  const forward = (key: string, now: Counters): void => {
    const before = last.get(key);
    for (const name of names) expect(now[name]).toBeGreaterThanOrEqual(before?.[name] ?? 0);
    expect(now.processedBytes).toBeLessThanOrEqual(now.totalBytes);
    last.set(key, { ...now });
  };
  for await (const update of sessions.follow(id)) {
    updates += 1;
    for (const task of update.tasks ?? []) {
      forward(task.id, task);
      tasks.set(task.id, task);
    }
    if (!update.session) continue;
    forward('session', update.session);
    for (const name of [...names, 'totalBytes'] as const) {
      expect(update.session[name]).toBe([...tasks.values()].reduce((sum, task) => sum + task[name], 0));
    }
  }
  expect(updates).toBeGreaterThan(1);
  const record = sessions.store.get(id);
  if (!record) throw new Error('The session vanished.');
  return record;
}

/** What drives took of records from now on, counted beside the engine. */
function countDrives(): { bytes: number } {
  const count = { bytes: 0 };
  const { mounts } = world.bench.tape;
  const mount = mounts.mount.bind(mounts);
  const known = new WeakSet<object>();
  mounts.mount = async (...of) => {
    const mounted = await mount(...of);
    const { drive } = mounted;
    if (known.has(drive)) return mounted;
    known.add(drive);
    const writeRecords = drive.writeRecords.bind(drive);
    drive.writeRecords = async (buffer, recordBytes, ...more) => {
      const result = await writeRecords(buffer, recordBytes, ...more);
      count.bytes += result.writtenRecords * recordBytes;
      return result;
    };
    return mounted;
  };
  return count;
}

/** Bytes of the records of all tape files on all tapes: those that `sessionId` wrote, and those that made the tapes ready. */
async function recordedBy(sessionId: string): Promise<{ session: number; ready: number }> {
  const { bench } = world;
  const bytes = { session: 0, ready: 0 };
  const reading = bench.sessions.start({ kind: 'catalog', name: 'Counting', who: 'test' }, async (session) => {
    for (const medium of bench.tape.store.media.all().filter(({ setId }) => setId !== null)) {
      const mounted = await bench.tape.mounts.mount(medium.id, requesterOf(session), { expectIdentity: true });
      await readTapeLabel(mounted.drive);
      const from = { tapeUuid: medium.tapeUuid ?? '', tapeFile: 2, block: (await mounted.drive.position()).block };
      bytes.ready += recordedBytes(from.block, from.tapeFile);
      for await (const file of walkTape(mounted.drive, from, new Uint8Array(tapeRecordBytes))) {
        const isIts = ['data', 'point', 'session', 'tape-end'].includes(file.head.kind);
        const size = (file.endBlock - file.firstBlock - 1) * tapeRecordBytes;
        if (isIts && file.head.sessionUuid === sessionId) bytes.session += size;
        else bytes.ready += size;
      }
      await bench.tape.mounts.unmount(mounted);
    }
  });
  await bench.ended(reading.id);
  return bytes;
}

const sizeOf = (sizes: readonly { sizeBytes: number }[]): number =>
  sizes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

test('several machines on two tapes: read is what their files hold, transferred what the drive took; and so on the way back', async () => {
  for (const machine of ['a', 'b', 'c']) await world.backUp(repository, machine, { sizeMib: 7 });
  const pool = world.bench.createPool('P');
  const drives = countDrives();
  const id = world.startBackupToTape(world.settings(pool, [repository]));
  const session = await watched(id);
  expect(session).toMatchObject({ result: 'success' });
  const content = sizeOf(world.backups.pointsIn(repository));
  expect(new Set(world.tapePoints().flatMap((point) => point.tapes)).size).toBe(2);
  expect(session).toMatchObject({ totalBytes: content, processedBytes: content });
  // What the end of the first tape took with it was read again.
  expect(session.readBytes).toBeGreaterThanOrEqual(content);
  const recorded = await recordedBy(id);
  expect(session.transferredBytes).toBe(drives.bytes - recorded.ready);
  expect(session.transferredBytes).toBeGreaterThanOrEqual(recorded.session);
  expect(recorded.session).toBeGreaterThan(content);

  const target = await world.addRepository('restored');
  const restore = world.startRestore(world.tapePointIds(), target);
  const restored = await watched(restore);
  expect(restored).toMatchObject({ result: 'success', totalBytes: content, processedBytes: content });
  expect(restored.transferredBytes).toBe(content);
  expect(restored.readBytes).toBeGreaterThanOrEqual(content);
  const onTapes = sizeOf(
    world.bench.tape.store.media.all().flatMap((medium) => {
      const state = world.bench.tape.store.media.tapeState(medium.id);
      return state ? [{ sizeBytes: state.bytes }] : [];
    }),
  );
  expect(restored.readBytes).toBeLessThanOrEqual(onTapes);
  expect(await world.checkRestored(target)).toBe(3);
});

test('what a failing drive takes with it is counted as written, and no counter goes back', async () => {
  for (const machine of ['a', 'b']) await world.backUp(repository, machine, { sizeMib: 6 });
  world.bench.control(library).planFault({ site: 'drive.write', fault: 'medium-error', nth: 30 });
  const id = world.startBackupToTape(world.settings(world.bench.createPool('P'), [repository]));
  const session = await watched(id);
  expect(session).toMatchObject({ result: 'warning' });
  const content = sizeOf(world.backups.pointsIn(repository));
  expect(session).toMatchObject({ totalBytes: content, processedBytes: content });
  expect(session.readBytes).toBeGreaterThanOrEqual(content);
  expect(session.transferredBytes).toBeGreaterThanOrEqual((await recordedBy(id)).session);
});
