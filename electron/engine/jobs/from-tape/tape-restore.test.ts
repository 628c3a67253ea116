import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armFaults, type PlannedFault } from '../../faults/fault-points.ts';
import { blankMedium } from '../../tape/library/media-placement.ts';
import { pointOn, register, uuid } from '../../tape/testing/memory-tape.ts';
import { directoryKind, directoryPlace } from '../../repository/kinds/directory.ts';
import { TapeBench } from '../../tape/testing/tape-bench.ts';
import { RestoredFile } from './tape-restore-file.ts';
import { planRestoreFromTape } from './tape-restore-plan.ts';

describe('a file that comes back', () => {
  const content = randomBytes(3 * 65_536 + 100);
  const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const sizeBytes = content.length;
  const identity = { archiveId: 'a', fileUuid: uuid(1), pointUuid: uuid(2), sizeBytes, sha256: sha256Of(content) };
  const slices = [0, 1, 2, 3].map((slice) => ({
    fileUuid: uuid(1),
    slice,
    offset: slice * 65_536,
    lengthBytes: Math.min(65_536, content.length - slice * 65_536),
    sha256: sha256Of(content.subarray(slice * 65_536, (slice + 1) * 65_536)),
    tapeUuid: uuid(9),
    tapeFile: 2,
    firstBlock: 0,
  }));
  let folder: string;
  let path: string;
  const { signal } = new AbortController();
  const place = () => directoryKind.open(directoryPlace(folder), { scratchDir: folder }).place('chain/a.rvb');
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reelvault-restored-'));
    path = join(folder, 'chain', 'a.rvb');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const bring = async (file: RestoredFile, numbers: number[]): Promise<void> => {
    for (const number of numbers) {
      const slice = slices[number];
      if (!slice) throw new Error('no such slice');
      await file.write(content.subarray(slice.offset, slice.offset + slice.lengthBytes), slice.offset);
      file.verified(slice);
    }
  };

  test('in any order, over a restart, under its name only when all of it is verified', async () => {
    const first = new RestoredFile(place(), identity, slices);
    await first.load();
    await first.open();
    await bring(first, [3, 1]);
    await first.checkpoint();
    await first.close();
    const second = new RestoredFile(place(), identity, slices);
    await second.load();
    expect(second.missing.map((slice) => slice.slice)).toEqual([0, 2]);
    expect(second.verifiedBytes).toBe(65_636);
    await second.open();
    await bring(second, [0, 2]);
    await second.verifyLeft(signal);
    expect(await readdir(join(folder, 'chain'))).toEqual(['a.rvb.partial', 'a.rvb.partial.progress']);
    await second.commit();
    expect(await readdir(join(folder, 'chain'))).toEqual(['a.rvb']);
    expect(await readFile(path)).toEqual(content);
  });

  test.each<[string, string | undefined]>([
    ['nothing was noted', undefined],
    ['the note is not JSON', '{"format"'],
    [
      'the note is of another file',
      JSON.stringify({ format: 'reelvault-restore-progress', version: 1, archiveId: 'b', verified: [[0, 3]] }),
    ],
  ])('starts anew when %s', async (_, note) => {
    const left = new RestoredFile(place(), identity, slices);
    await left.open();
    await bring(left, [0]);
    await left.close();
    if (note !== undefined) await writeFile(`${path}.partial.progress`, note);
    const file = new RestoredFile(place(), identity, slices);
    await file.load();
    expect(file.missing).toHaveLength(4);
  });

  test('what is noted as verified was durable before', async () => {
    const file = new RestoredFile(place(), identity, slices);
    await file.open();
    await bring(file, [0]);
    const plan: PlannedFault[] = [
      { site: 'step.restore.data', when: 'before', nth: 1, effect: { kind: 'error', code: 'EIO' } },
    ];
    const faults = armFaults(plan);
    await expect(file.checkpoint()).rejects.toThrow('EIO');
    faults.disarm();
    expect(faults.unfired()).toEqual([]);
    await file.close();
    const again = new RestoredFile(place(), identity, slices);
    await again.load();
    expect(again.missing).toHaveLength(4);
  });

  test('a file of which only the slices were digested is verified by them', async () => {
    const file = new RestoredFile(place(), { ...identity, sha256: '' }, slices);
    await file.open();
    await bring(file, [0, 1, 2, 3]);
    await file.verifyLeft(signal);
    await file.commit();
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  test('a byte of what was left that changed on disk is found, and the partial file dropped', async () => {
    const first = new RestoredFile(place(), identity, slices);
    await first.open();
    await bring(first, [0, 1]);
    await first.write(Buffer.from([~(content[5] ?? 0) & 0xff]), 5);
    await first.checkpoint();
    await first.close();
    const file = new RestoredFile(place(), identity, slices);
    await file.load();
    await file.open();
    await bring(file, [2, 3]);
    await expect(file.verifyLeft(signal)).rejects.toThrow('does not match');
    expect(await readdir(join(folder, 'chain'))).toEqual([]);
  });
});

describe('planning', () => {
  let bench: TapeBench;
  const set = { id: uuid(500), poolId: 'imported' };
  beforeEach(async () => {
    bench = await TapeBench.create();
    bench.tape.store.now((work) =>
      bench.tape.store.pools.saveSet(work, {
        ...set,
        name: 'S',
        createdAt: 1,
        lastWrittenAt: 1,
        closedAt: 1,
        closedReason: null,
      }),
    );
    const tape = {
      ...blankMedium(1),
      barcode: 'A',
      name: 'A',
      tapeUuid: uuid(1),
      labelFormat: 'ours' as const,
      cataloguedAt: 1,
    };
    bench.tape.store.now((work) =>
      bench.tape.store.media.insert(work, {
        ...tape,
        setId: set.id,
        sequence: 1,
        poolId: 'imported',
        lastPlace: 'Slot 1 in Library',
      }),
    );
  });
  afterEach(() => bench.close());

  const add = (
    of: Omit<Parameters<typeof pointOn>[0], 'session'> & { session?: number },
    tapes = [uuid(1)],
  ): string => {
    const session = of.session ?? 1;
    register(bench.tape.store, set, pointOn({ ...of, session }, tapes), of.point);
    return `${uuid(session)}.${uuid(of.file)}`;
  };
  const files = (ids: string[]) => planRestoreFromTape(bench.tape, ids).files.map((file) => file.pointId);

  test('an increment brings what it builds on; a tape that is away is named with its last place', () => {
    add({ file: 10, point: 1 });
    const increment = add({ file: 11, point: 2, parent: 10 });
    const plan = planRestoreFromTape(bench.tape, [increment]);
    expect(plan.files.map((file) => file.pointId)).toEqual([uuid(1), uuid(2)]);
    expect(plan.tapes).toMatchObject([
      { barcode: 'A', available: false, where: 'offline (last seen: Slot 1 in Library)' },
    ]);
    expect(files([uuid(2)])).toEqual([uuid(1), uuid(2)]);
  });

  test('a point that stands in the set twice is restored from its full', () => {
    add({ file: 10, point: 1 });
    const increment = add({ file: 11, point: 2, parent: 10 });
    add({ file: 11, point: 2, session: 2 });
    expect(files([increment])).toEqual([uuid(2)]);
  });

  test('of a full that was rolled forward, an increment takes the state it was made on', () => {
    add({ file: 10, point: 1 });
    const old = add({ file: 11, point: 2, parent: 10 });
    add({ file: 10, point: 5, session: 2 });
    const young = add({ file: 16, point: 6, parent: 10, session: 2 });
    expect(files([old])).toEqual([uuid(1), uuid(2)]);
    expect(files([young])).toEqual([uuid(5), uuid(6)]);
    // One repository cannot hold both states of the full: the older point is refused, with words.
    const both = planRestoreFromTape(bench.tape, [old, young]);
    expect(both.files.map((file) => file.pointId)).toEqual([uuid(5), uuid(6)]);
    expect(both.points.find((point) => point.selectedId === old)).toMatchObject({ restorable: false });
    expect(both.points.find((point) => point.selectedId === old)?.reason).toContain('to another repository');
  });

  test('where the tape tells which state that was, no other one is taken for it', () => {
    add({ file: 10, point: 1 });
    const young = add({ file: 16, point: 6, parent: 10, parentPoint: 5, session: 2 });
    expect(planRestoreFromTape(bench.tape, [young])).toMatchObject({ files: [], points: [{ code: 'parent-missing' }] });
    // In another form: an increment of its own, which builds on the first state.
    add({ file: 15, point: 5, parent: 10, parentPoint: 1, session: 3 });
    expect(files([young])).toEqual([uuid(1), uuid(5), uuid(6)]);
    add({ file: 10, point: 5, session: 2 });
    expect(files([young])).toEqual([uuid(5), uuid(6)]);
  });

  test('what no tape holds is said', () => {
    const orphan = add({ file: 11, point: 2, parent: 10 });
    const elsewhere = add({ file: 12, point: 3 }, [uuid(77)]);
    const plan = planRestoreFromTape(bench.tape, [orphan, elsewhere, 'nonsense']);
    expect(plan.files).toEqual([]);
    expect(plan.points.map((point) => point.code)).toEqual(['parent-missing', 'tape-unknown', 'not-on-tape']);
  });
});
