import { describe, expect, test } from 'vitest';
import type { VirtualFault } from '../../scsi/virtual/library.ts';
import { TapeTestWorld } from '../../testing/tape-test-world.ts';

// Random faults of drives and tapes, cancels and restarts, over several runs: whatever happened, what is listed restores
// to the very bytes, the next undisturbed run completes it, and losing the database loses nothing.
// REELVAULT_TAPE_SEED chooses the first seed, REELVAULT_TAPE_SEEDS how many.
const firstSeed = Number(process.env.REELVAULT_TAPE_SEED ?? 1);
const seeds = Array.from({ length: Number(process.env.REELVAULT_TAPE_SEEDS ?? 2) }, (_, index) => firstSeed + index);
const faults: VirtualFault[] = [
  'medium-error',
  'end-of-medium',
  'deferred-write-error',
  'unit-attention',
  'hardware-error',
  'early-warning',
  'becoming-ready',
  'cartridge-changed',
];

/** Mulberry32: small, and good enough to choose. */
function choices(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Faults that are left over may end a restore, too: as its log advises, it is run again and goes on. */
async function restoreAll(world: TapeTestWorld, name: string): Promise<string> {
  const target = await world.addRepository(name);
  const { bench } = world;
  for (let run = 0; run < 4; run += 1) {
    const session = world.startRestore(world.tapePointIds(), target);
    await bench.sessions.ended(session);
    // Read again after a fault, all of it is there all the same.
    const isWhole = bench.sessions.picture(session)?.tasks.every((task) => task.outcome?.startsWith('done'));
    if (isWhole && bench.sessions.store.get(session)?.result !== 'failed') return target;
    expect(bench.log(session)).toContain('run the restore again');
  }
  throw new Error('The restore did not get through.');
}

describe.each(seeds)('seed %i', (seed) => {
  test('nothing that is promised is lost, and nothing is promised that is not there', async () => {
    const choose = choices(seed);
    const world = await TapeTestWorld.create();
    const { bench } = world;
    try {
      const library = await bench.addLibrary({ drives: 2, slots: 26, cartridges: 24, capacityMib: 16 });
      await bench.inventory(library);
      const repository = await world.addRepository('primary');
      const pool = bench.createPool('P', { allocation: { kind: choose(2) === 0 ? 'continue' : 'session' } });
      const settings = world.settings(pool, [repository], { parallelDrives: 1 + choose(2), waitForMediaHours: 0 });
      for (let run = 0; run < 3; run += 1) {
        for (const name of ['a', 'b', 'c']) {
          await world.backUp(repository, name, { sizeMib: 2 + choose(8), changeMib: 1 + choose(2) });
        }
        for (let left = choose(4); left > 0; left -= 1) {
          const site = choose(5) === 0 ? 'drive.read' : 'drive.write';
          const fault = faults[choose(faults.length)] ?? 'medium-error';
          bench.control(library).planFault({ site, fault, nth: 1 + choose(80) });
        }
        const session = world.startBackupToTape(settings);
        if (choose(4) === 0) setTimeout(() => bench.sessions.cancel(session), choose(1500));
        await bench.sessions.ended(session);
        if (choose(3) === 0) await world.reopen();
      }
      // Faults that have not fired yet may still do so; each run gets further.
      let log = '';
      for (let run = 0; run < 12 && !log.includes('Everything is on tape'); run += 1) {
        const session = world.startBackupToTape(settings);
        await bench.sessions.ended(session);
        log = bench.log(session);
      }
      const onTape = new Set(world.tapePoints().map((point) => point.pointUuid));
      expect([...onTape].sort()).toEqual(
        world.backups
          .pointsIn(repository)
          .map((point) => point.pointUuid)
          .sort(),
      );
      expect(await world.checkRestored(await restoreAll(world, 'restored'))).toBe(onTape.size);

      await world.reopenWithoutDatabase();
      const found = await bench.addLibrary();
      await bench.inventory(found);
      await bench.sessions.ended(bench.tape.startCatalog({ libraryId: found }, 'test'));
      expect(new Set(world.tapePoints().map((point) => point.pointUuid))).toEqual(onTape);
      expect(await world.checkRestored(await restoreAll(world, 'again'))).toBe(onTape.size);
    } finally {
      await world.close();
    }
  });
});
