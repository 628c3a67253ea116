import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestClock } from '../../faults/clock.ts';
import { TapeTestWorld } from '../../testing/tape-test-world.ts';

// While a door of the library is open its robot stands still: who needs it waits, as for a tape.
let clock: TestClock;
let world: TapeTestWorld;
let library: string;
let repository: string;

beforeEach(async () => {
  clock = new TestClock(Date.UTC(2026, 10, 16, 12));
  world = await TapeTestWorld.create(clock);
  library = await world.bench.addLibrary({ drives: 1, slots: 4, cartridges: 2, capacityMib: 16 });
  await world.bench.inventory(library);
  repository = await world.addRepository('primary');
  await world.backUp(repository, 'a', { sizeMib: 2 });
});
afterEach(() => world.close());

const setDoor = (open: boolean): void => world.bench.control(library).setDoor(open);

/** Lets time pass until the session has ended. */
async function untilEnded(session: string): Promise<void> {
  while (world.bench.sessions.isRunning(session)) {
    await clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('whatever needs the robot waits for the door to be closed, and then goes on', async () => {
  const { bench } = world;
  const target = await world.addRepository('restored');
  const works = [
    () => world.startBackupToTape(world.settings(bench.createPool('P'), [repository])),
    () => world.startRestore(world.tapePointIds(), target),
    () => bench.tape.startErase({ mediaIds: [bench.medium('T00001L8').id], confirm: 'T00001L8', long: false }, 'test'),
    () => bench.tape.startInventory({ libraryId: library, readLabels: true }, 'test'),
    () => bench.tape.startExport([bench.medium('T00001L8').id], 'test'),
    () => bench.tape.startImport(library, 'test'),
    () => {
      const from = bench.medium('T00001L8').elementAddress ?? 0;
      const to = bench.tape.libraries.get(library).freeSlot() ?? 0;
      return bench.tape.startMove({ libraryId: library, from, to }, 'test');
    },
  ];
  for (const start of works) {
    setDoor(true);
    const session = start();
    expect(await world.untilState(session, 'waiting-tape')).toBe('Close the door of Library.');
    await clock.advance(60_000);
    expect(bench.sessions.isRunning(session)).toBe(true);
    setDoor(false);
    await untilEnded(session);
    await bench.ended(session);
    expect(bench.log(session).match(/a door of Library is open/g)).toHaveLength(1);
  }
  expect(await world.checkRestored(target)).toBe(1);
});

test('an open door is waited for as long as the job waits for tapes, and a cancel ends it at once', async () => {
  const { bench } = world;
  const settings = world.settings(bench.createPool('P'), [repository], { waitForMediaHours: 2 });
  setDoor(true);
  const cancelled = world.startBackupToTape(settings);
  await world.untilState(cancelled, 'waiting-tape');
  bench.sessions.cancel(cancelled);
  await bench.ended(cancelled, 'stopped');

  const began = clock.now();
  const late = world.startBackupToTape(settings);
  await world.untilState(late, 'waiting-tape');
  await untilEnded(late);
  await bench.ended(late, 'failed');
  expect((clock.now() - began) / 3_600_000).toBeCloseTo(2, 1);
  expect(bench.log(late)).toContain('a door of the library is open');
  expect(bench.tape.leases.userOf(library, 256)).toBeNull();

  // Whoever does not wait for tapes does not wait for doors.
  const now = clock.now();
  await world.backUpToTape({ ...settings, waitForMediaHours: 0 }, 'failed');
  expect(clock.now()).toBe(now);
  setDoor(false);
  await world.backUpToTape(settings);
});
