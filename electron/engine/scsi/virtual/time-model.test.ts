import { afterEach, expect, test } from 'vitest';
import { TestClock } from '../../faults/clock.ts';
import { realisticTimes } from './time-model.ts';
import { numberedRecord, type TemporaryLibrary, temporaryLibrary } from './testing/temporary-library.ts';

let temporary: TemporaryLibrary;
afterEach(() => temporary.close());

/** How much test time something takes: the clock is moved on until it is done. */
async function duration<T>(clock: TestClock, work: Promise<T>): Promise<number> {
  const start = clock.now();
  let ended = false;
  const finished = work.finally(() => {
    ended = true;
  });
  finished.catch(() => {});
  for (let steps = 0; !ended && steps < 5000; steps++) {
    await clock.advance(250);
    // File work under way is in real time.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await finished;
  return clock.now() - start;
}

test('moves, loads, locates, rewinds and transfers take their time, in proportion', async () => {
  const clock = new TestClock(0);
  temporary = await temporaryLibrary({ clock });
  const { changer, drive, library } = temporary;
  Object.assign(library.control.timeModel, { ...realisticTimes, nativeBytesPerSecond: 100_000 });

  expect(await duration(clock, changer.move(4096, 256))).toBeGreaterThanOrEqual(12_000);
  const loading = await duration(clock, drive.load());
  expect(loading).toBeGreaterThanOrEqual(14_000);
  expect(loading).toBeLessThan(18_000);

  // 20 records of 100 kB at 100 kB/s.
  const data = Buffer.concat(Array.from({ length: 20 }, (_, i) => numberedRecord(i, 100_000)));
  const writing = await duration(
    clock,
    drive.writeRecords(data, 100_000).then(() => drive.flush()),
  );
  expect(writing).toBeGreaterThanOrEqual(20_000);
  // The clock runs on while files are really written and flushed, the more so on a busy machine.
  expect(writing).toBeLessThan(40_000);

  const whole = await duration(clock, drive.rewind());
  const half = await duration(clock, drive.locate(10));
  expect(half).toBeLessThan(whole);
  expect(half).toBeGreaterThan(realisticTimes.startMs);
  const reading = await duration(clock, drive.readRecords(Buffer.alloc(1_000_000), 100_000));
  expect(reading).toBeGreaterThanOrEqual(9_000);
  expect(await duration(clock, drive.unload())).toBeGreaterThanOrEqual(realisticTimes.unloadMs);
});

test('giving up on a move does not stop the robot', async () => {
  const clock = new TestClock(0);
  temporary = await temporaryLibrary({ clock, timeModel: { moveMs: 10_000 } });
  const giveUp = new AbortController();
  const moving = temporary.changer.move(4096, 4099, giveUp.signal);
  moving.catch(() => {});
  await clock.advance(5_000);
  giveUp.abort(new Error('cancelled'));
  await expect(moving).rejects.toThrow('cancelled');
  const elements = temporary.changer.elementStatus();
  expect(await duration(clock, elements)).toBeGreaterThanOrEqual(4_000);
  expect((await elements).find((element) => element.barcode === 'RV0001L8')?.address).toBe(4099);
});

test('closing the library does not wait for its machinery', async () => {
  temporary = await temporaryLibrary({ clock: new TestClock(0), timeModel: { moveMs: 3_600_000 } });
  const moving = temporary.changer.move(4096, 4099);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await temporary.library.close();
  await moving;
  await expect(temporary.changer.move(4099, 4096)).rejects.toThrow('was closed');
});
