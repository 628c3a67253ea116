import { afterEach, beforeEach, expect, test } from 'vitest';
import { TapeTestWorld } from './tape-test-world.ts';

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

test('a chain spans tapes, the database is lost, the catalogue brings it back, and the restored bytes are the same', async () => {
  const { bench } = world;
  await world.backUp(repository, 'erp-01', { sizeMib: 34 });
  await world.backUp(repository, 'erp-01', { sizeMib: 34, changeMib: 3 });
  const settings = world.settings(bench.createPool('Weekly'), [repository]);
  await world.backUpToTape(settings);
  const before = world.tapePoints();
  expect(before).toHaveLength(2);
  expect(new Set(before.flatMap((point) => point.tapes)).size).toBeGreaterThanOrEqual(3);
  // Nothing is missing: nothing is written.
  const again = await world.backUpToTape(settings);
  expect(bench.log(again)).toContain('Everything is on tape already');

  await world.reopenWithoutDatabase();
  const found = await bench.addLibrary();
  await bench.inventory(found);
  await bench.ended(bench.tape.startCatalog({ libraryId: found }, 'test'));
  expect(world.tapePoints()).toEqual(before);
  const target = await world.addRepository('restored');
  const session = world.startRestore(
    before.map((point) => point.id),
    target,
  );
  await bench.ended(session);
  expect(await world.checkRestored(target)).toBe(2);
});
