import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LibraryFacts } from './allocation-types.ts';
import type { MediaFacts } from './media.ts';
import type { PointArchive, TapeExtent } from './point-archive.ts';
import { planRestore, type RestoreRequest } from './restore-plan.ts';

const media = (uuid: string, more: Partial<MediaFacts> = {}): MediaFacts => ({
  mediaId: `m-${uuid}`,
  uuid,
  barcode: uuid.toUpperCase(),
  labelFormat: 'ours',
  poolId: 'p',
  setId: 's1',
  sequence: Number(uuid.replace(/\D/g, '') || 1),
  setClosedAt: null,
  location: { kind: 'slot', libraryId: 'l1', address: 1, name: 'Slot 1' },
  worm: false,
  writeProtected: false,
  protectedByAdmin: false,
  bytesUsed: 0,
  capacityBytes: null,
  lastWrittenAt: 0,
  full: false,
  expiresAt: null,
  committedFiles: 1,
  suspectReason: null,
  damagedReason: null,
  retired: false,
  cleaning: false,
  ...more,
});
const extent = (tapeUuid: string, firstBlock: number, offsetBytes: number, bytes: number): TapeExtent => ({
  tapeUuid,
  tapeFile: Math.floor(firstBlock / 10),
  firstBlock,
  firstSlice: offsetBytes,
  sliceCount: bytes,
  offsetBytes,
  bytes,
});
/** Point n of machine m: 'a2' builds on 'a1' builds on the full 'a0'. Lies whole on the given tape unless extents say otherwise. */
const archive = (id: string, tape: string, more: Partial<PointArchive> = {}): PointArchive => {
  const n = Number(id.slice(1));
  return {
    archiveId: `${id}@${more.setId ?? 's1'}`,
    pointId: id,
    machineId: id[0]!,
    machineName: id[0]!,
    createdAt: n * 1000,
    writtenAt: n * 1000,
    kind: n === 0 ? 'full' : 'increment',
    setId: 's1',
    fileUuid: `f-${id}`,
    fileName: `${id}.rvb`,
    sizeBytes: n === 0 ? 100 : 10,
    parentFileUuid: n === 0 ? null : `f-${id[0]}${n - 1}`,
    extents: [extent(tape, n * 10, 0, n === 0 ? 100 : 10)],
    ...more,
  };
};
const libraries: LibraryFacts[] = [{ libraryId: 'l1', name: 'Library A', online: true, usableDrives: 1 }];
const plan = (request: Partial<RestoreRequest>): ReturnType<typeof planRestore> =>
  planRestore({ archives: [], selected: [], media: [], libraries, ...request });
const offline = { location: { kind: 'vault' as const, vaultId: 'v', name: 'Bank' } };

describe('what is needed', () => {
  const archives = [archive('a0', 't1'), archive('a1', 't1'), archive('a2', 't2'), archive('b0', 't1')];

  test('a full needs its own file only', () => {
    const result = plan({ archives, selected: ['a0'], media: [media('t1'), media('t2')] });
    expect(result.files.map((f) => f.fileUuid)).toEqual(['f-a0']);
    expect(result.tapes.map((t) => t.barcode)).toEqual(['T1']);
    expect(result.points[0]).toMatchObject({ code: 'ready', fileCount: 1, bytes: 100, restorable: true });
  });

  test('an increment needs everything it builds on, and every tape that holds it', () => {
    const result = plan({ archives, selected: ['a2'], media: [media('t1'), media('t2')] });
    expect(result.files.map((f) => f.fileUuid)).toEqual(['f-a0', 'f-a1', 'f-a2']);
    expect(result.tapes.map((t) => `${t.order} ${t.barcode} ${t.bytes} ${t.fileCount}`)).toEqual([
      '1 T1 110 2',
      '2 T2 10 1',
    ]);
    expect(result.bytesAtTarget).toBe(120);
    expect(result.points[0]!.reason).toBe('All 2 tapes are in a library.');
  });

  test('several points share files and tapes: one pass, in position order', () => {
    const result = plan({ archives, selected: ['a2', 'a1', 'b0'], media: [media('t1'), media('t2')] });
    expect(result.bytesAtTarget).toBe(220);
    const [first] = result.tapes;
    const positions = first!.reads.map((read) => read.firstBlock);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(first!.reads.map((read) => read.fileUuid)).toEqual(['f-a0', 'f-b0', 'f-a1']);
  });

  test('a file that straddles tapes', () => {
    const split = archive('a0', 't1', { extents: [extent('t2', 5, 60, 40), extent('t1', 90, 0, 60)] });
    const result = plan({ archives: [split], selected: ['a0'], media: [media('t2'), media('t1')] });
    expect(result.tapes.map((t) => `${t.barcode} ${t.bytes}`)).toEqual(['T1 60', 'T2 40']);
  });
});

describe('where tapes are', () => {
  const archives = [archive('a0', 't1'), archive('a1', 't2'), archive('a2', 't3')];
  test('those at hand come first, the others are named with their place', () => {
    const result = plan({
      archives,
      selected: ['a2'],
      media: [
        media('t1', offline),
        media('t2'),
        media('t3', { location: { kind: 'import-export', libraryId: 'l1', address: 9, name: 'Mail slot 1' } }),
      ],
    });
    expect(result.tapes.map((t) => `${t.barcode}: ${t.where}`)).toEqual([
      'T2: Slot 1 in Library A',
      'T1: in vault Bank',
      'T3: Mail slot 1 in Library A: import it',
    ]);
    expect(result.tapes.filter((t) => !t.available).map((t) => t.barcode)).toEqual(['T1', 'T3']);
    expect(result.points[0]).toMatchObject({ code: 'bring-tapes', restorable: true });
    expect(result.points[0]!.reason).toContain('T1 (in vault Bank)');
  });

  test('a library that cannot be reached', () => {
    const away = libraries.map((library) => ({ ...library, online: false }));
    const result = plan({ archives, selected: ['a0'], media: [media('t1')], libraries: away });
    expect(result.tapes[0]).toMatchObject({ available: false, where: 'Slot 1 in Library A, which cannot be reached' });
  });

  test('a damaged tape is read all the same, with a warning', () => {
    const result = plan({ archives, selected: ['a0'], media: [media('t1', { damagedReason: 'medium error' })] });
    expect(result.tapes[0]!.warning).toContain('medium error');
    expect(result.points[0]!.restorable).toBe(true);
  });
});

describe('copies in several sets', () => {
  const both = [archive('a0', 't1'), archive('a0', 't9', { setId: 's2', writtenAt: 5000 })];
  const inS2 = { setId: 's2' };
  test.each<[string, Partial<MediaFacts>, Partial<MediaFacts>, string]>([
    ['the one at hand', offline, {}, 'T9'],
    ['either way round', {}, offline, 'T1'],
    ['a sound one, even from a vault', { damagedReason: 'x' }, offline, 'T9'],
    ['the newest of equals', {}, {}, 'T9'],
  ])('%s', (_name, first, second, tape) => {
    const result = plan({
      archives: both,
      selected: ['a0'],
      media: [media('t1', first), media('t9', { ...inS2, ...second })],
    });
    expect(result.tapes.map((t) => t.barcode)).toEqual([tape]);
  });

  test('a copy may be chosen by its own id', () => {
    const tapes = [media('t1', offline), media('t9', inS2)];
    expect(plan({ archives: both, selected: ['a0@s1'], media: tapes }).tapes.map((t) => t.barcode)).toEqual(['T1']);
  });

  test('an increment stays with the full of its own set', () => {
    const archives = [...both, archive('a1', 't2')];
    const tapes = [media('t1', offline), media('t2'), media('t9', inS2)];
    for (const listed of [archives, archives.toReversed()]) {
      const { files } = plan({ archives: listed, selected: ['a1'], media: tapes });
      expect(files.map((file) => file.archiveId)).toEqual(['a0@s1', 'a1@s1']);
    }
  });

  test('a tape that is needed anyway is better than another', () => {
    const archives = [archive('b0', 't1'), archive('b0', 't9', { setId: 's2', writtenAt: 9000 }), archive('a0', 't1')];
    const tapes = [media('t1'), media('t9', inS2)];
    expect(plan({ archives, selected: ['a0', 'b0'], media: tapes }).tapes.map((t) => t.barcode)).toEqual(['T1']);
  });

  test('a copy with a hole is passed over', () => {
    const holed = archive('a0', 't1', { extents: [extent('t1', 0, 0, 50)] });
    const result = plan({
      archives: [holed, both[1]!],
      selected: ['a0'],
      media: [media('t1'), media('t9', { ...inS2, ...offline })],
    });
    expect(result.points[0]).toMatchObject({ code: 'bring-tapes', restorable: true });
  });
});

describe('merged and virtual fulls', () => {
  test('an increment finds the full that has absorbed its parent', () => {
    const archives = [archive('a0', 't1', { absorbed: ['f-a1', 'f-a2'] }), archive('a3', 't1')];
    expect(plan({ archives, selected: ['a3'], media: [media('t1')] }).points[0]).toMatchObject({
      code: 'ready',
      fileCount: 2,
    });
  });

  test('but not one that has gone past it', () => {
    const archives = [
      archive('a0', 't1', { absorbed: ['f-a1', 'f-a2', 'f-a3'] }),
      archive('a3', 't1'),
      archive('a1', 't1'),
    ];
    for (const point of ['a3', 'a1'])
      expect(plan({ archives, selected: [point], media: [media('t1')] }).points[0]).toMatchObject({
        code: 'parent-missing',
      });
  });

  test('a virtual full with a file of its own is found by the point it holds', () => {
    const virtual = archive('a2', 't1', { kind: 'full', fileUuid: 'f-virtual', parentFileUuid: null });
    const archives = [virtual, archive('a3', 't1', { parentPointId: 'a2' })];
    expect(plan({ archives, selected: ['a3'], media: [media('t1')] }).files.map((f) => f.fileUuid)).toEqual([
      'f-virtual',
      'f-a3',
    ]);
  });
});

describe('what cannot be restored', () => {
  test.each<[string, PointArchive[], MediaFacts[], string]>([
    ['no tape holds it', [], [], 'not-on-tape'],
    ['what it builds on is not known', [archive('a1', 't1')], [media('t1')], 'parent-missing'],
    [
      'what that builds on is not known',
      [archive('a1', 't1', { parentFileUuid: 'f-a9' }), archive('a9', 't1')],
      [media('t1')],
      'parent-missing',
    ],
    [
      'files that name each other',
      [archive('a1', 't1', { parentFileUuid: 'f-a2' }), archive('a2', 't1')],
      [media('t1')],
      'parent-missing',
    ],
    [
      'a part is missing',
      [archive('a1', 't1', { kind: 'full', extents: [extent('t1', 0, 1, 9)] })],
      [media('t1')],
      'slices-missing',
    ],
    ['its tape is not known', [archive('a1', 't7', { kind: 'full' })], [media('t1')], 'tape-unknown'],
  ])('%s', (_name, archives, tapes, code) => {
    const result = plan({ archives, selected: ['a1'], media: tapes });
    expect(result.points[0]).toMatchObject({ code, restorable: false });
    expect(result.points[0]!.reason.length).toBeGreaterThan(20);
    expect([result.files, result.tapes, result.bytesAtTarget]).toEqual([[], [], 0]);
  });

  test('it does not stand in the way of the others', () => {
    const result = plan({
      archives: [archive('a0', 't1'), archive('b1', 't1')],
      selected: ['a0', 'b1'],
      media: [media('t1')],
    });
    expect(result.points.map((p) => p.restorable)).toEqual([true, false]);
    expect(result.files).toHaveLength(1);
  });
});

test('property: restorable points have every byte of every file they need on a listed tape, once', () => {
  const world = fc.record({
    archives: fc.uniqueArray(
      fc.record({
        machine: fc.constantFrom('a', 'b'),
        n: fc.integer({ min: 0, max: 5 }),
        set: fc.constantFrom('s1', 's2'),
        cut: fc.integer({ min: 1, max: 9 }),
        tapes: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
        hole: fc.boolean(),
      }),
      { selector: (a) => `${a.machine}${a.n}${a.set}`, maxLength: 14 },
    ),
    online: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    known: fc.integer({ min: 3, max: 5 }),
  });
  fc.assert(
    fc.property(world, ({ archives, online, known }) => {
      const rows = archives.map(({ machine, n, set, cut, tapes, hole }) =>
        archive(`${machine}${n}`, 't1', {
          setId: set,
          sizeBytes: 10,
          extents: [
            extent(`t${tapes[0]}`, n * 20, 0, cut),
            extent(`t${tapes[1]}`, n * 20 + 10, cut + (hole && n === 3 ? 1 : 0), 10 - cut),
          ],
        }),
      );
      const tapes = Array.from({ length: known }, (_, i) => media(`t${i + 1}`, online[i] ? {} : offline));
      const selected = ['a0', 'a2', 'a4', 'b1', 'b3', 'b5'];
      const result = plan({ archives: rows, selected, media: tapes });
      expect(result.points.map((p) => p.selectedId)).toEqual(selected);
      const planned = new Map(result.files.map((f) => [f.archiveId, f]));
      const read = new Map<string, number>();
      for (const tape of result.tapes) {
        const at = tape.reads.map((r) => r.firstBlock);
        expect(at).toEqual(at.toSorted((x, y) => x - y));
        for (const r of tape.reads) read.set(r.archiveId, (read.get(r.archiveId) ?? 0) + r.bytes);
      }
      expect([...read.keys()].toSorted()).toEqual([...planned.keys()].toSorted());
      for (const bytes of read.values()) expect(bytes).toBe(10);
      for (const point of result.points.filter((p) => p.restorable)) {
        const n = Number(point.pointId.slice(1));
        const own = result.files.filter((f) => f.machineId === point.machineId).map((f) => f.pointId);
        const needed = Array.from({ length: n + 1 }, (_, i) => `${point.pointId[0]}${i}`);
        expect(own).toEqual(expect.arrayContaining(needed));
        expect(point.fileCount).toBe(n + 1);
      }
      const firstAway = result.tapes.findIndex((t) => !t.available);
      expect(result.tapes.slice(firstAway < 0 ? result.tapes.length : firstAway).every((t) => !t.available)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
