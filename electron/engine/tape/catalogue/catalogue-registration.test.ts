import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TapeCatalogue } from '../archive/documents.ts';
import { noteReplaced, registerCatalogue } from './catalogue-registration.ts';
import { applyLabel, forgetContents } from '../media/label-facts.ts';
import { blankMedium } from '../library/media-placement.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import { pointOn, temporaryStore, uuid } from '../testing/memory-tape.ts';

// The second tape of a set carries the catalogue of the first, which may be no more.
let world: ReturnType<typeof temporaryStore>;
beforeEach(() => {
  world = temporaryStore();
});
afterEach(() => world.close());

const [first, second] = [uuid(1), uuid(2)];
/** A point on the first tape, one over both, one on the second that builds on the first's, and a full on the second. */
const onFirst = pointOn({ session: 1, file: 10, point: 20 }, [first]);
const onBoth = pointOn({ session: 1, file: 11, point: 21 }, [first, second]);
const onSecond = pointOn({ session: 2, file: 12, point: 22, parent: 10 }, [second]);
const fullOnSecond = pointOn({ session: 2, file: 13, point: 23 }, [second]);

function catalogueOf(
  sequence: number,
  barcode: string,
  points: TapeCatalogue['sessions'][number]['points'],
): TapeCatalogue {
  return {
    tape: { uuid: uuid(sequence), barcode, label: barcode, createdAt: 1 },
    set: { uuid: uuid(500), poolName: 'P', poolUuid: 'p', name: 'S', createdAt: 1, sequence },
    sessions: [{ uuid: uuid(1), jobName: 'J', startedAt: 1, endedAt: 2, points }],
    tapeFiles: 5,
    bytes: 10,
    endBlock: 20,
    closed: false,
    lastFile: { uuid: uuid(600), block: 19 },
    catalogued: { lastSessionBlock: null, toBlock: 20 },
    problems: [],
  } as TapeCatalogue;
}
const firstTape = catalogueOf(1, 'A', [onFirst]);
const secondTape = catalogueOf(2, 'B', [onBoth, onSecond, fullOnSecond]);

function cartridge(barcode: string): MediumRecord {
  const row = { ...blankMedium(1), barcode, name: barcode, elementAddress: 1 };
  world.store.now((work) => world.store.media.insert(work, row));
  return row;
}

/** The second tape is in the drive and catalogued, with what it tells of the first. */
function catalogueSecond(row: MediumRecord) {
  noteReplaced(world.store, [firstTape]);
  return [
    registerCatalogue(world.store, secondTape, row, 5, () => true),
    registerCatalogue(world.store, firstTape, undefined, 5, () => true),
  ];
}

const listed = () =>
  world.database
    .all<{ point: string; state: string }>(
      'SELECT point_uuid AS point, state FROM tape_points ORDER BY point_uuid, state',
    )
    .map(({ point, state }) => `${Number(point.slice(-12))} ${state}`);

test('a tape that later ones tell of is taken for granted where nothing speaks against it', () => {
  catalogueSecond(cartridge('B'));
  expect(listed()).toEqual(['20 complete', '21 complete', '22 complete', '23 complete']);
  expect(world.store.media.byUuid(first)).toMatchObject({ barcode: 'A', libraryId: null });
});

test('what was erased or overwritten here does not come back with the catalogue of a later tape', () => {
  const row = cartridge('A');
  world.store.now((work) =>
    world.store.media.update(work, row.id, { tapeUuid: first, labelFormat: 'ours', labelReadAt: 1 }),
  );
  registerCatalogue(world.store, firstTape, row, 2, () => true);
  world.store.now((work) => forgetContents(work, world.store, { ...row, tapeUuid: first }));
  const counted = catalogueSecond(cartridge('B'));
  expect(counted.map(({ gonePoints }) => gonePoints)).toEqual([1, 1]);
  expect(listed()).toEqual(['22 incomplete', '23 complete']);
  expect(world.store.media.byUuid(first)).toBeUndefined();
});

test('without a database of before, the label in the cartridge tells; in whichever order they are read', () => {
  const row = cartridge('A');
  applyLabel(world.store, row.id, { kind: 'blank' }, 2);
  catalogueSecond(cartridge('B'));
  expect(listed()).toEqual(['22 incomplete', '23 complete']);

  world.close();
  world = temporaryStore();
  catalogueSecond(cartridge('B'));
  expect(listed()).toHaveLength(4);
  const { note } = applyLabel(world.store, cartridge('A').id, { kind: 'blank' }, 2);
  expect(note).toContain('overwritten since');
  expect(listed()).toEqual(['22 incomplete', '23 complete']);
  expect(world.store.media.byBarcode('A')).toHaveLength(1);
});

test('the tape itself in hand outweighs all of that', () => {
  applyLabel(world.store, cartridge('A').id, { kind: 'blank' }, 2);
  catalogueSecond(cartridge('B'));
  // Two cartridges carry the barcode A.
  const other = cartridge('A');
  world.store.now((work) =>
    world.store.media.update(work, other.id, { tapeUuid: first, labelFormat: 'ours', labelReadAt: 3 }),
  );
  registerCatalogue(world.store, firstTape, other, 6, () => true);
  expect(listed()).toEqual(['20 complete', '22 complete', '23 complete']);
});

test('a point goes with the tape that holds its POINT file; the tape itself in hand tells which that is', () => {
  const rows = { first: cartridge('A'), second: cartridge('B') };
  const [one, two] = [catalogueOf(1, 'A', []), catalogueOf(2, 'B', [onFirst, fullOnSecond])];
  // As tapes of before told it: with the tape that holds the end of its data.
  registerCatalogue(world.store, firstTape, undefined, 5, () => true);
  registerCatalogue(world.store, two, rows.second, 5, () => true);
  registerCatalogue(world.store, one, rows.first, 5, () => true);
  expect(world.store.catalogue.countOnTape(second)).toBe(2);
  expect(world.store.now((work) => forgetContents(work, world.store, { ...rows.second, tapeUuid: second }))).toBe(2);
  expect(listed()).toEqual([]);
  // Nor does a later tape bring it back.
  expect(registerCatalogue(world.store, two, undefined, 6, () => true).gonePoints).toBe(2);
  expect(listed()).toEqual([]);
});

test('one session may have written a file into two sets, as an increment and as a full: each is listed', () => {
  const increment = pointOn({ session: 1, file: 30, point: 40, parent: 31, parentPoint: 41 }, [first]);
  const full = pointOn({ session: 1, file: 30, point: 40 }, [second]);
  const other = { ...catalogueOf(2, 'B', [full]), set: { ...secondTape.set, uuid: uuid(501) } };
  const both = [catalogueOf(1, 'A', [increment]), other];
  for (const order of [both, both.toReversed()]) {
    const rows = order.map((catalogue) => cartridge(catalogue.tape.barcode));
    for (const round of ['first', 'again']) {
      const counted = order.map((catalogue, index) =>
        registerCatalogue(world.store, catalogue, rows[index], 5, () => true),
      );
      expect(counted.map(({ newPoints }) => newPoints)).toEqual(round === 'first' ? [1, 1] : [0, 0]);
      expect(listed()).toEqual(['40 complete', '40 incomplete']);
    }
    // What is written anew takes nothing away from the other writing.
    world.store.now((work) => world.store.catalogue.removeTape(work, second));
    expect(listed()).toEqual(['40 incomplete']);
    world.close();
    world = temporaryStore();
  }
});
