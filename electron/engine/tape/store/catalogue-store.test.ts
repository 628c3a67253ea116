import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerPoint } from '../catalogue/catalogue-registration.ts';
import { documentOf } from '../catalogue/catalogue-documents.ts';
import { tapePointId } from './catalogue-store.ts';
import { pointOn, register, temporaryStore, uuid } from '../testing/memory-tape.ts';

let world: ReturnType<typeof temporaryStore>;
const set = { id: uuid(500), poolId: 'imported' };
beforeEach(() => {
  world = temporaryStore();
  const record = { ...set, name: 'S', createdAt: 1, lastWrittenAt: 1, closedAt: null, closedReason: null };
  world.store.now((work) => world.store.pools.saveSet(work, record));
});
afterEach(() => world.close());

const sums = () =>
  world.database.all<{ n: number; bytes: number; newest: number }>(
    'SELECT point_count AS n, size_bytes AS bytes, newest_at AS newest FROM tape_groups ORDER BY machine_id',
  );

test('a point comes back as its document said it, over several tapes', () => {
  const document = pointOn({ session: 1, file: 2, point: 3, parent: 9 }, [uuid(1), uuid(4), uuid(5)], 3);
  register(world.store, set, document, 50);
  const id = tapePointId(uuid(1), uuid(2));
  const point = world.store.catalogue.point(id);
  expect(point).toMatchObject({ setId: set.id, poolId: 'imported', writtenAt: 50, encrypted: false });
  expect(point && documentOf(point, world.store.catalogue.parts(id))).toEqual(document);
  expect(
    world.store.catalogue.partSummaries(id).map((part) => [part.tapeUuid, part.firstSlice, part.sliceCount]),
  ).toEqual([
    [uuid(1), 0, 3],
    [uuid(4), 3, 3],
    [uuid(5), 6, 3],
  ]);
});

test('what a tape says of encryption and of object ids is taken over, and said again on later tapes', () => {
  const plain = pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]);
  const document = {
    ...plain,
    encrypted: true,
    objects: [{ id: 'scsi0:1', name: 'scsi0', kind: 'disk', sizeBytes: 10 }],
  };
  register(world.store, set, document, 50);
  const id = tapePointId(uuid(1), uuid(2));
  const point = world.store.catalogue.point(id);
  expect(point).toMatchObject({ encrypted: true, objects: [{ id: 'scsi0:1', name: 'scsi0' }] });
  expect(point && documentOf(point, world.store.catalogue.parts(id))).toEqual(document);
});

test('sums of a machine in a pool follow its points', () => {
  register(world.store, set, pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]), 1);
  register(world.store, set, pointOn({ session: 1, file: 4, point: 5 }, [uuid(1), uuid(6)]), 1);
  register(world.store, set, pointOn({ session: 1, file: 7, point: 8, machine: 'm2' }, [uuid(6)]), 1);
  expect(sums()).toEqual([
    { n: 2, bytes: 6 * 2 ** 20, newest: 1005 },
    { n: 1, bytes: 2 * 2 ** 20, newest: 1008 },
  ]);
  register(world.store, set, pointOn({ session: 1, file: 4, point: 5 }, [uuid(1), uuid(6)]), 1);
  expect(sums()[0]?.n).toBe(2);
});

test('overwriting a tape takes every point with a slice on it, and no other', () => {
  register(world.store, set, pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]), 1);
  register(world.store, set, pointOn({ session: 1, file: 4, point: 5 }, [uuid(1), uuid(6)]), 1);
  register(world.store, set, pointOn({ session: 1, file: 7, point: 8, machine: 'm2' }, [uuid(6)]), 1);
  expect(world.store.catalogue.countOnTape(uuid(6))).toBe(2);
  expect(world.store.now((work) => world.store.catalogue.removeTape(work, uuid(6)))).toBe(2);
  expect(world.store.catalogue.pointsInSet(set.id).map((point) => point.pointUuid)).toEqual([uuid(3)]);
  expect(sums().map((row) => row.n)).toEqual([1]);
  expect(world.database.get('SELECT count(*) AS n FROM tape_extents')).toEqual({ n: 1 });
});

test('a point goes with the tape that holds its POINT file, though its data is on the tape before', () => {
  world.store.now((work) =>
    registerPoint(work, world.store, set, uuid(6), pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]), 1),
  );
  register(world.store, set, pointOn({ session: 1, file: 4, point: 5, parent: 2 }, [uuid(6)]), 1);
  expect(world.store.catalogue.countOnTape(uuid(1))).toBe(1);
  expect(world.store.catalogue.countOnTape(uuid(6))).toBe(2);
  expect(world.store.catalogue.pointsOnTape(uuid(6)).map((point) => point.pointUuid)).toEqual([uuid(3), uuid(5)]);
  expect(world.store.now((work) => world.store.catalogue.removeTape(work, uuid(6)))).toBe(2);
  expect(world.store.catalogue.pointsInSet(set.id)).toEqual([]);
  expect(sums()).toEqual([]);
});

test('points follow their set into another pool', () => {
  register(world.store, set, pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]), 1);
  world.store.now((work) => world.store.pools.updateSet(work, set.id, { poolId: 'free' }));
  expect(world.store.catalogue.pointsOfMachine('m1')[0]?.poolId).toBe('free');
});

const states = () =>
  world.database
    .all<{ file: string; state: string }>('SELECT file_uuid AS file, state FROM tape_points ORDER BY file_uuid')
    .map(({ file, state }) => `${Number(file.slice(-12))} ${state}`);

test('a point is whole only where everything it builds on is on a known tape', () => {
  register(world.store, set, pointOn({ session: 1, file: 7, point: 8, parent: 4 }, [uuid(6)]), 1);
  register(world.store, set, pointOn({ session: 1, file: 4, point: 5, parent: 2 }, [uuid(6)]), 1);
  register(world.store, set, pointOn({ session: 1, file: 9, point: 10, parent: 99 }, [uuid(6)]), 1);
  expect(states()).toEqual(['4 incomplete', '7 incomplete', '9 incomplete']);
  // The full was catalogued last.
  register(world.store, set, pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]), 1);
  expect(states()).toEqual(['2 complete', '4 complete', '7 complete', '9 incomplete']);
  expect(sums().map((row) => row.n)).toEqual([1, 2, 1]);
  world.store.now((work) => world.store.catalogue.removeTape(work, uuid(1)));
  expect(states()).toEqual(['4 incomplete', '7 incomplete', '9 incomplete']);
});

test('another state of the same file is not what an increment builds on', () => {
  register(world.store, set, pointOn({ session: 1, file: 2, point: 3 }, [uuid(1)]), 1);
  register(world.store, set, pointOn({ session: 2, file: 2, point: 5 }, [uuid(4)]), 1);
  register(world.store, set, pointOn({ session: 2, file: 7, point: 8, parent: 2, parentPoint: 5 }, [uuid(6)]), 1);
  expect(states()).toEqual(['2 complete', '2 complete', '7 complete']);
  world.store.now((work) => world.store.catalogue.removeTape(work, uuid(4)));
  expect(states()).toEqual(['2 complete', '7 incomplete']);
  // The point is there again, as an increment.
  register(world.store, set, pointOn({ session: 3, file: 4, point: 5, parent: 2, parentPoint: 3 }, [uuid(9)]), 1);
  expect(states()).toEqual(['2 complete', '4 complete', '7 complete']);
});

test('whatever comes and goes, in any order, points are whole that lead to a full', () => {
  const tapes = [1, 2, 3, 4];
  const file = fc.integer({ min: 1, max: 6 });
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        file,
        parent: fc.option(file),
        tells: fc.boolean(),
        session: fc.constantFrom(1, 2),
        tape: fc.constantFrom(...tapes),
      }),
    },
    { weight: 1, arbitrary: fc.record({ lost: fc.constantFrom(...tapes) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      for (const tape of tapes) world.store.now((work) => world.store.catalogue.removeTape(work, uuid(tape)));
      for (const each of steps) {
        if ('lost' in each) world.store.now((work) => world.store.catalogue.removeTape(work, uuid(each.lost)));
        else {
          const { file: at, parent, tells, session, tape } = each;
          const told = parent === null ? {} : { parent, ...(tells ? { parentPoint: 50 + parent } : {}) };
          const of = { session, file: at, point: 50 + at, ...told };
          register(world.store, set, pointOn(of, [uuid(tape)], 1), 1);
        }
        const rows = world.database.all<{ file: string; parent: string | null; state: string }>(
          'SELECT file_uuid AS file, parent_file_uuid AS parent, state FROM tape_points',
        );
        const complete = new Set<string>();
        for (let before = -1; before !== complete.size; ) {
          before = complete.size;
          for (const row of rows) if (row.parent === null || complete.has(row.parent)) complete.add(row.file);
        }
        const wrong = rows.filter(
          ({ parent, state }) => (state === 'complete') !== (parent === null || complete.has(parent)),
        );
        expect(wrong).toEqual([]);
      }
    }),
    { numRuns: 60 },
  );
});
