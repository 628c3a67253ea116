import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocate, type AllocationDecision } from './allocation.ts';
import type { MediaFacts, MediaSetFacts, PoolFacts } from './media.ts';
import type { PointArchive } from './point-archive.ts';
import { planRestore } from './restore-plan.ts';
import { planRetention } from './retention.ts';
import { planTape, type DiskPoint, type TapePoint } from './tape-plan.ts';
import { dayMs } from './zoned-time.ts';

/**
 * The rules together: a chain that is kept forever-forward on disk, a nightly job to tape, a pool that goes round. What
 * is promised: nothing is overwritten before its time, and every point on a protected tape can be restored.
 */
interface World {
  now: number;
  disk: DiskPoint[];
  media: MediaFacts[];
  sets: MediaSetFacts[];
  archives: (PointArchive & { as: TapePoint['as'] })[];
  waits: number;
}

const libraries = [{ libraryId: 'l', name: 'L', online: true, usableDrives: 1 }];
const capacity = 100;

function backUp(world: World, keep: number, activeFull: boolean): void {
  const kind = activeFull || world.disk.length === 0 ? 'full' : 'increment';
  world.disk.push({
    pointId: `p${world.now / dayMs}`,
    createdAt: world.now,
    kind,
    sizeBytes: kind === 'full' ? 60 : 5,
    complete: true,
  });
  const facts = world.disk.map((point) => ({ id: point.pointId, createdAt: point.createdAt, kind: point.kind }));
  for (const step of planRetention(facts, { kind: 'points', count: keep }, world.now)) {
    if (step.kind === 'delete') world.disk = world.disk.filter((point) => point.pointId !== step.pointId);
    else {
      // The full now stands at the increment's point; merges name the file by its first point, which is the oldest.
      const full = world.disk.findIndex((point) => point.kind === 'full');
      const increment = world.disk[full + 1]!;
      world.disk.splice(full, 2, { ...world.disk[full]!, pointId: increment.pointId, createdAt: increment.createdAt });
    }
  }
}

function writeToTape(
  world: World,
  pool: PoolFacts,
  options: { processIncrements: boolean; latestOnly: boolean },
): void {
  const sessionStart = world.now;
  let set = world.sets.at(-1) ?? null;
  let last: string | null = null;
  const take = (): Extract<AllocationDecision, { kind: 'use' }> | null => {
    const { decision } = allocate({
      pool,
      set,
      media: world.media,
      libraries,
      now: world.now,
      sessionStart,
      lastWrittenMediaId: last,
    });
    if (decision.kind === 'wait') {
      world.waits += 1;
      return null;
    }
    if (decision.newSet) {
      for (const tape of world.media) if (tape.setId === set?.setId) tape.setClosedAt ??= world.now;
      set = { setId: `s${world.sets.length}`, poolId: pool.poolId, startedAt: world.now, closedAt: null };
      world.sets.push(set);
    }
    const tape = world.media.find((entry) => entry.mediaId === decision.mediaId)!;
    if (decision.action !== 'append') {
      const lost = world.archives.filter((archive) => archive.extents.some((e) => e.tapeUuid === tape.uuid));
      const allowedFrom = pool.retention.kind === 'for' ? world.now - pool.retention.days * dayMs : world.now;
      for (const archive of lost) expect(archive.writtenAt).toBeLessThanOrEqual(allowedFrom);
      world.archives = world.archives.filter((archive) => !lost.includes(archive));
      const sequence = world.media.filter((entry) => entry.setId === set!.setId).length + 1;
      Object.assign(tape, {
        uuid: `${tape.mediaId}-${world.now}-${sequence}`,
        labelFormat: 'ours',
        poolId: pool.poolId,
      });
      Object.assign(tape, {
        setId: set!.setId,
        setClosedAt: null,
        sequence,
        bytesUsed: 0,
        committedFiles: 0,
        full: false,
      });
    }
    last = tape.mediaId;
    return decision;
  };

  const first = take();
  if (!first) return;
  const onTape = protectedArchives(world, pool).map((archive) => ({
    pointId: archive.pointId,
    createdAt: archive.createdAt,
    as: archive.as,
    writtenAt: archive.writtenAt,
    inCurrentSet: archive.setId === set!.setId,
  }));
  const plan = planTape([{ machineId: 'm', machineName: 'm', onDisk: world.disk, onTape }], options, world.now);
  for (const item of plan.items) {
    const index = world.disk.findIndex((point) => point.pointId === item.pointId);
    const extents: PointArchive['extents'][number][] = [];
    for (let offset = 0; offset < item.estimatedBytes; ) {
      let tape = world.media.find((entry) => entry.mediaId === last)!;
      if (tape.bytesUsed >= capacity) {
        tape.full = true;
        const setBefore = set;
        if (!take()) return;
        // A point must not be cut between sets; a job begins it anew, which this model leaves to the next night.
        if (set !== setBefore) return;
        tape = world.media.find((entry) => entry.mediaId === last)!;
      }
      const bytes = Math.min(item.estimatedBytes - offset, capacity - tape.bytesUsed);
      extents.push({
        tapeUuid: tape.uuid!,
        tapeFile: tape.committedFiles,
        firstBlock: tape.bytesUsed,
        firstSlice: offset,
        sliceCount: bytes,
        offsetBytes: offset,
        bytes,
      });
      tape.bytesUsed += bytes;
      tape.committedFiles += 1;
      tape.lastWrittenAt = world.now;
      offset += bytes;
    }
    world.archives.push({
      archiveId: `${item.pointId}@${set!.setId}`,
      pointId: item.pointId,
      machineId: 'm',
      machineName: 'm',
      createdAt: world.disk[index]!.createdAt,
      writtenAt: world.now,
      as: item.as,
      kind: item.as === 'increment' ? 'increment' : 'full',
      setId: set!.setId,
      fileUuid: `${item.pointId}-${item.as}-${set!.setId}`,
      fileName: item.pointId,
      sizeBytes: item.estimatedBytes,
      parentFileUuid: null,
      parentPointId: item.as === 'increment' ? world.disk[index - 1]!.pointId : null,
      extents,
    });
  }
}

/** What counts as being on tape: sets that are still protected, and the one that is written. */
function protectedArchives(world: World, pool: PoolFacts): World['archives'] {
  const { retention } = pool;
  if (retention.kind === 'forever') return world.archives;
  const current = world.sets.at(-1)?.setId;
  const lastWrite = new Map<string, number>();
  for (const { setId, writtenAt } of world.archives)
    lastWrite.set(setId, Math.max(lastWrite.get(setId) ?? 0, writtenAt));
  return world.archives.filter(({ setId }) => {
    const ends = lastWrite.get(setId)! + (retention.kind === 'for' ? retention.days * dayMs : 0);
    return setId === current || ends > world.now;
  });
}

function everythingRestores(world: World, pool: PoolFacts): void {
  const selected = protectedArchives(world, pool).map((archive) => archive.archiveId);
  const { points, tapes } = planRestore({ archives: world.archives, selected, media: world.media, libraries });
  expect(points.filter((point) => !point.restorable).map((point) => `${point.selectedId} ${point.reason}`)).toEqual([]);
  for (const tape of tapes) expect(world.media.some((entry) => entry.uuid === tape.mediaUuid)).toBe(true);
}

function newWorld(tapeCount: number): World {
  const media = Array.from(
    { length: tapeCount },
    (_, i): MediaFacts => ({
      mediaId: `t${i}`,
      uuid: null,
      barcode: `T${i}`,
      labelFormat: 'none',
      poolId: 'free',
      setId: null,
      sequence: null,
      setClosedAt: null,
      location: { kind: 'slot', libraryId: 'l', address: i },
      worm: false,
      writeProtected: false,
      protectedByAdmin: false,
      bytesUsed: 0,
      capacityBytes: capacity,
      lastWrittenAt: null,
      full: false,
      expiresAt: null,
      committedFiles: 0,
      suspectReason: null,
      damagedReason: null,
      retired: false,
      cleaning: false,
    }),
  );
  return { now: 20_000 * dayMs, disk: [], media, sets: [], archives: [], waits: 0 };
}

const poolWith = (allocation: PoolFacts['allocation'], retention: PoolFacts['retention']): PoolFacts => ({
  poolId: 'p',
  name: 'Pool',
  kind: 'custom',
  allocation,
  retention,
  replenishFromFree: true,
  takeBlank: true,
  maxDrives: 1,
  libraryIds: [],
});

test('property: over weeks of nights every point on tape restores, and nothing protected is overwritten', () => {
  fc.assert(
    fc.property(
      fc.record({
        tapes: fc.integer({ min: 1, max: 9 }),
        keep: fc.integer({ min: 1, max: 5 }),
        allocation: fc.constantFrom<PoolFacts['allocation']>(
          { kind: 'continue' },
          { kind: 'session' },
          {
            kind: 'schedule',
            schedule: { kind: 'daily', at: '00:00', days: ['sunday'] },
          },
        ),
        retention: fc.constantFrom<PoolFacts['retention']>(
          { kind: 'for', days: 4 },
          { kind: 'overwrite' },
          { kind: 'forever' },
        ),
        processIncrements: fc.boolean(),
        latestOnly: fc.boolean(),
        nights: fc.array(fc.constantFrom('backup', 'backup', 'backup', 'full', 'tape only', 'nothing'), {
          minLength: 10,
          maxLength: 30,
        }),
      }),
      ({ tapes, keep, allocation, retention, processIncrements, latestOnly, nights }) => {
        const world = newWorld(tapes);
        const pool = poolWith(allocation, retention);
        for (const night of nights) {
          world.now += dayMs;
          if (night === 'backup' || night === 'full') backUp(world, keep, night === 'full');
          if (night !== 'nothing') writeToTape(world, pool, { processIncrements, latestOnly });
          everythingRestores(world, pool);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('enough tapes in rotation never wait', () => {
  // A virtual full of at most 75 bytes each night fits one tape, which is free again after five days.
  const world = newWorld(5);
  const pool = poolWith({ kind: 'session' }, { kind: 'for', days: 5 });
  for (let night = 0; night < 60; night += 1) {
    world.now += dayMs;
    backUp(world, 4, false);
    writeToTape(world, pool, { processIncrements: true, latestOnly: false });
  }
  expect(world.waits).toBe(0);
  expect(new Set(world.archives.map((archive) => archive.setId)).size).toBe(5);
});
