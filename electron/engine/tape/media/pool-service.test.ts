import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestClock } from '../../faults/clock.ts';
import { blankMedium } from '../library/media-placement.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import { pointOn, register, uuid } from '../testing/memory-tape.ts';
import { TapeBench } from '../testing/tape-bench.ts';

const dayMs = 86_400_000;
const now = Date.parse('2026-11-21T00:00Z');
let bench: TapeBench;
beforeEach(async () => {
  bench = await TapeBench.create(new TestClock(now));
});
afterEach(() => bench.close());

function medium(name: string, more: Partial<MediumRecord> = {}): string {
  const row = { ...blankMedium(now), barcode: name, name, labelFormat: 'none' as const, ...more };
  bench.tape.store.now((work) => bench.tape.store.media.insert(work, row));
  return row.id;
}

/** A tape of a closed set in this pool, last written so many days ago, with a restore point on it. */
function written(name: string, poolId: string, daysAgo: number, number: number): string {
  const at = now - daysAgo * dayMs;
  const setId = uuid(500 + number);
  bench.tape.store.now((work) =>
    bench.tape.store.pools.saveSet(work, {
      id: setId,
      poolId,
      name,
      createdAt: at,
      lastWrittenAt: at,
      closedAt: at,
      closedReason: 'test',
    }),
  );
  const id = medium(name, {
    tapeUuid: uuid(number),
    labelFormat: 'ours',
    poolId,
    setId,
    sequence: 1,
    usedBytes: 10,
    full: true,
    lastWrittenAt: at,
    cataloguedAt: at,
  });
  register(
    bench.tape.store,
    { id: setId, poolId },
    pointOn({ session: number, file: number, point: number }, [uuid(number)]),
    at,
  );
  return id;
}

const poolOf = (id: string): string | undefined => bench.tape.store.media.get(id)?.poolId;
const move = (ids: string[], poolId: string) => () => bench.tape.pools.moveToPool(ids, poolId, 'test');

describe('moving tapes', () => {
  test('blank ones go into any pool of one’s own, and to Free', () => {
    const pool = bench.createPool('P');
    const id = medium('A');
    move([id], pool)();
    expect(poolOf(id)).toBe(pool);
    move([id], 'free')();
    expect(poolOf(id)).toBe('free');
    expect(bench.audited.map((line) => line.action)).toEqual(['pool.add', 'media.move-to-pool', 'media.move-to-pool']);
  });

  test.each(['imported', 'unrecognized'])('nothing is moved into %s by hand', (poolId) => {
    expect(move([medium('A')], poolId)).toThrow('automatically');
  });

  test.each<[string, Partial<MediumRecord>, string]>([
    ['protected', { protectedByAdmin: true }, 'it is protected'],
    ['foreign', { labelFormat: 'foreign' }, 'something else'],
    ['unread', { labelFormat: 'unread' }, 'label has not been read'],
    ['cleaning', { cleaning: true }, 'cleaning cartridge'],
  ])('a %s tape stays where it is', (_, facts, reason) => {
    const id = medium('A', facts);
    expect(move([id], bench.createPool('P'))).toThrow(reason);
    expect(poolOf(id)).toBe('unrecognized');
  });

  test('all or none', () => {
    const pool = bench.createPool('P');
    const [good, bad] = [medium('A'), medium('B', { protectedByAdmin: true })];
    expect(move([good, bad], pool)).toThrow('B cannot be moved');
    expect(poolOf(good)).toBe('unrecognized');
  });

  test('a tape with data does not go to Free: erasing asks first', () => {
    expect(move([written('A', bench.createPool('P'), 1, 1)], 'free')).toThrow('it holds 1 restore point');
  });

  test('a move never makes protected data overwritable', () => {
    const id = written('A', 'imported', 60, 1);
    expect(move([id], bench.createPool('Short', { retention: { kind: 'for', days: 30 } }))).toThrow(
      'overwritten at once',
    );
    expect(move([id], bench.createPool('None', { retention: { kind: 'overwrite' } }))).toThrow('overwritten at once');
    const long = bench.createPool('Long', { retention: { kind: 'for', days: 90 } });
    move([id], long)();
    expect(poolOf(id)).toBe(long);
    expect(bench.tape.store.pools.sets(long)).toHaveLength(1);
    expect(bench.tape.store.catalogue.pointsOfMachine('m1')[0]?.poolId).toBe(long);
  });

  test('the tapes of a set go together', () => {
    const first = written('A', 'imported', 1, 1);
    const second = medium('B', {
      tapeUuid: uuid(9),
      labelFormat: 'ours',
      poolId: 'imported',
      setId: uuid(501),
      cataloguedAt: 1,
    });
    const pool = bench.createPool('P');
    move([first], pool)();
    expect(poolOf(second)).toBe(pool);
  });

  test('into Retired by hand, and out again', () => {
    const id = medium('A');
    move([id], 'retired')();
    expect(bench.tape.store.media.get(id)).toMatchObject({ poolId: 'retired', retired: true });
    move([id], 'free')();
    expect(bench.tape.store.media.get(id)).toMatchObject({ poolId: 'free', retired: false });
  });
});

describe('pools', () => {
  test('a name is taken once; chosen libraries must be there', () => {
    bench.createPool('Weekly');
    expect(() => bench.createPool('weekly')).toThrow('already a media pool named “Weekly”');
    expect(() => bench.createPool('Other', { libraryIds: ['gone'] })).toThrow('not configured any more');
    expect(bench.tape.store.pools.all().map((pool) => pool.name)).toEqual([
      'Free',
      'Imported',
      'Retired',
      'Unrecognized',
      'Weekly',
    ]);
  });

  test('a pool that cannot take its tapes is not made', () => {
    expect(() => bench.createPool('P', { mediaIds: [medium('A', { protectedByAdmin: true })] })).toThrow('protected');
    expect(bench.tape.store.pools.byName('P')).toBeUndefined();
  });

  test('is not removed while tapes are in it or a job writes to it; the service pools never', () => {
    const pool = bench.createPool('P', { mediaIds: [medium('A')] });
    const remove = () => bench.tape.pools.remove(pool, 'test');
    expect(remove).toThrow('holds 1 tape');
    for (const row of bench.tape.store.media.inPools([pool])) bench.tape.pools.moveToPool([row.id], 'free', 'test');
    bench.database.now((work) =>
      bench.database.insert(work, 'jobs', {
        id: 'j',
        kind: 'backup-to-tape',
        name: 'To tape',
        description: '',
        enabled: 1,
        settings_json: JSON.stringify({ fullPoolId: 'x', incrementPoolId: pool }),
        created_at: 0,
        updated_at: 0,
      }),
    );
    expect(remove).toThrow('“To tape” writes to the pool');
    bench.database.now((work) => bench.database.run(work, 'DELETE FROM jobs'));
    remove();
    expect(bench.tape.store.pools.get(pool)).toBeUndefined();
    expect(() => bench.tape.pools.remove('free', 'test')).toThrow('always there');
  });

  test('sums and the next tape', () => {
    const pool = bench.createPool('P', { mediaIds: [medium('A', { capacityBytes: 100 })] });
    expect(bench.tape.store.pools.totals([]).get(pool)).toMatchObject({
      mediaCount: 1,
      onlineCount: 0,
      freeBytes: 100,
    });
    expect(bench.tape.nextTapeFor(pool)).toMatchObject({ text: 'No tape', mediaId: null });
    expect(() => bench.tape.nextTapeFor('free')).toThrow('Jobs do not write');
    expect(bench.tape.choice.explain(pool).candidates.map((entry) => entry.code)).toEqual(['offline']);
  });
});

describe('tapes', () => {
  test('renaming, protecting and forgetting leave a line in the audit', () => {
    const id = medium('A');
    bench.tape.media.setName(id, 'Blue box', 'ann', () => {});
    bench.tape.media.setProtected([id], true, 'ann');
    expect(() => bench.tape.media.forget([id], 'A', 'ann')).toThrow('protected');
    bench.tape.media.setProtected([id], false, 'ann');
    expect(() => bench.tape.media.forget([id], 'b', 'ann')).toThrow('from the database');
    bench.tape.media.forget([id], 'A', 'ann');
    expect(bench.tape.store.media.get(id)).toBeUndefined();
    expect(bench.audited.map((line) => line.action)).toEqual([
      'media.rename',
      'media.protect',
      'media.unprotect',
      'media.forget',
    ]);
  });

  test('forgetting a tape forgets the points that cannot be restored without it', () => {
    const id = written('A', 'imported', 1, 1);
    bench.tape.media.forget([id], 'A', 'ann');
    expect(bench.tape.store.catalogue.pointsOfMachine('m1')).toEqual([]);
    expect(bench.tape.store.pools.set(uuid(501))).toBeUndefined();
  });
});

describe('lists of tapes', () => {
  test('sort, filter and search by what is stored and by what is derived', () => {
    medium('B', { poolId: 'free' });
    medium('A', { poolId: 'free' });
    written('C', 'imported', 1, 1);
    const page = (more: object) => bench.tape.mediaList.page({ offset: 0, limit: 10, ...more });
    expect(page({}).rows.map((row) => row.barcode)).toEqual(['A', 'B', 'C']);
    expect(page({ sort: { by: 'state', direction: 'asc' } }).rows.map((row) => row.state)).toEqual([
      'closed',
      'free',
      'free',
    ]);
    expect(page({ filters: { state: ['closed'] } })).toMatchObject({
      total: 1,
      rows: [{ barcode: 'C', pointCount: 1 }],
    });
    expect(page({ filters: { poolName: ['Free'] }, limit: 1 })).toMatchObject({ total: 2, rows: [{ barcode: 'A' }] });
    expect(page({ search: 'c', sort: { by: 'where', direction: 'desc' } }).rows.map((row) => row.barcode)).toEqual([
      'C',
    ]);
    expect(page({ online: true }).total).toBe(0);
    expect(page({ poolId: 'imported' }).total).toBe(1);
    expect(() => page({ filters: { 'nonsense; DROP TABLE media': ['x'] } }).total).not.toThrow();
  });
});
