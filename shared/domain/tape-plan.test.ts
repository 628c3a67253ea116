import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Schedule } from './schedule.ts';
import { type DiskPoint, planTape, type TapePlanMachine, type TapePlanOptions, type TapePoint } from './tape-plan.ts';
import { dayMs } from './zoned-time.ts';

const start = Date.parse('2026-11-16T21:00Z'); // a Monday
const disk = (kinds: string, more: Record<number, Partial<DiskPoint>> = {}): DiskPoint[] =>
  [...kinds].map((kind, index) => ({
    pointId: `p${index}`,
    createdAt: start + index * dayMs,
    kind: kind === 'F' ? 'full' : 'increment',
    sizeBytes: kind === 'F' ? 1000 : 10,
    complete: true,
    ...more[index],
  }));
const tape = (index: number, as: TapePoint['as'], inCurrentSet = true): TapePoint => ({
  pointId: `p${index}`,
  createdAt: start + index * dayMs,
  as,
  writtenAt: start + index * dayMs + 3_600_000,
  inCurrentSet,
});
const plan = (
  onDisk: DiskPoint[],
  onTape: TapePoint[],
  options: Partial<TapePlanOptions> = {},
  more: Partial<TapePlanMachine> = {},
): { items: string; skips: string; bytes: number } => {
  const now = start + onDisk.length * dayMs;
  const machine = { machineId: 'm', machineName: 'web01', onDisk, onTape, ...more };
  const result = planTape([machine], { processIncrements: true, ...options }, now);
  return {
    items: result.items.map((i) => `${i.pointId} ${i.as}`).join(', '),
    skips: result.skipped.map((s) => `${s.pointId} ${s.code}`).join(', '),
    bytes: result.estimatedBytes,
  };
};
const saturdays: Schedule = { kind: 'daily', at: '18:00', days: ['saturday'] };

describe('with increments', () => {
  test.each<[string, string, TapePoint[], string]>([
    ['the first run writes the chain as it is', 'FII', [], 'p0 full, p1 increment, p2 increment'],
    [
      'the same set goes on with increments',
      'FIII',
      [tape(0, 'full'), tape(1, 'increment')],
      'p2 increment, p3 increment',
    ],
    [
      'a new set begins with a virtual full of the oldest missing point',
      'FIIII',
      [tape(0, 'full', false), tape(1, 'increment', false), tape(2, 'increment', false)],
      'p3 virtual-full, p4 increment',
    ],
    ['nothing new', 'FI', [tape(0, 'full'), tape(1, 'increment')], ''],
    ['nothing new in a new set', 'FI', [tape(0, 'full', false), tape(1, 'increment', false)], ''],
    ['a gap is filled', 'FIII', [tape(0, 'full'), tape(2, 'virtual-full'), tape(3, 'increment')], 'p1 increment'],
    ['a real full on disk is a full on tape', 'FIFI', [tape(0, 'full'), tape(1, 'increment')], 'p2 full, p3 increment'],
    [
      'an increment does not lean on another set',
      'FIII',
      [tape(0, 'full', false), tape(1, 'increment', false), tape(2, 'virtual-full')],
      'p3 increment',
    ],
    ['what was on tape and has expired is not written again', 'FIIII', [tape(3, 'virtual-full')], 'p4 increment'],
  ])('%s', (_name, kinds, onTape, items) => {
    expect(plan(disk(kinds), onTape).items).toBe(items);
  });

  test('a virtual full counts the chain it reads, at most the disks', () => {
    const onTape = [tape(0, 'full', false), tape(1, 'increment', false)];
    expect(plan(disk('FII'), onTape).bytes).toBe(1020);
    expect(plan(disk('FII'), onTape, {}, { diskBytes: 1005 }).bytes).toBe(1005);
  });

  test('latest only: one point, a virtual full unless what it builds on is in the set', () => {
    expect(plan(disk('FII'), [], { latestOnly: true })).toMatchObject({
      items: 'p2 virtual-full',
      skips: 'p0 not-latest, p1 not-latest',
    });
    expect(plan(disk('FII'), [tape(1, 'virtual-full')], { latestOnly: true }).items).toBe('p2 increment');
    expect(plan(disk('F'), [], { latestOnly: true }).items).toBe('p0 full');
  });

  test('virtual fulls by schedule: the newest point, once', () => {
    // p5 is of Saturday 21:00, p6 of Sunday; the plan is made on Monday.
    const old = [0, 1, 2, 3, 4].map((n) => tape(n, n === 0 ? 'full' : 'increment'));
    const options = { virtualFullSchedule: saturdays };
    expect(plan(disk('FIIIIII'), old, options).items).toBe('p5 increment, p6 virtual-full');
    const done = [...old, tape(5, 'increment'), tape(6, 'virtual-full')];
    expect(plan(disk('FIIIIIII'), done, options).items).toBe('p7 increment');
    expect(plan(disk('FIIIIIF'), old, options).items).toBe('p5 increment, p6 full');
  });

  test('an active full: the newest point, also one that is on tape, and only once', () => {
    const since = start + 30 * dayMs;
    const options = { fullSince: since };
    const onTape = [tape(0, 'full'), tape(1, 'increment'), tape(2, 'increment')];
    expect(plan(disk('FII'), onTape, options).items).toBe('p2 virtual-full');
    expect(plan(disk('FIII'), onTape, options).items).toBe('p3 virtual-full');
    expect(plan(disk('FIIII'), onTape, options).items).toBe('p3 increment, p4 virtual-full');
    expect(plan(disk('F'), [tape(0, 'full')], options).items).toBe('p0 full');
    expect(plan(disk('FII'), onTape, { ...options, processIncrements: false }).items).toBe('p2 virtual-full');
    const written = { ...tape(2, 'virtual-full'), writtenAt: since };
    expect(plan(disk('FII'), [...onTape, written], options).items).toBe('');
    expect(plan(disk('FIII'), [...onTape, written], options).items).toBe('p3 increment');
  });

  test('what counts is when a full was written, and to which set', () => {
    const options = { virtualFullSchedule: saturdays };
    // Made on Saturday at 17:00, written at 19:00, due at 18:00.
    const sixPoints = disk('FIIIIII', { 5: { createdAt: start + 5 * dayMs - 4 * 3_600_000 } });
    const made = { ...tape(5, 'virtual-full'), createdAt: sixPoints[5]!.createdAt, writtenAt: start + 5 * dayMs };
    expect(plan(sixPoints, [tape(0, 'full'), made], options).items).toContain('p6 increment');
    const elsewhere = [tape(0, 'full'), ...[1, 2, 3, 4, 5].map((n) => tape(n, 'increment'))];
    const other = { ...tape(0, 'virtual-full', false), pointId: 'other', writtenAt: start + 6 * dayMs };
    expect(plan(disk('FIIIIII'), [...elsewhere, other], options).items).toBe('p6 virtual-full');
  });

  test('locked and incomplete points are passed over, and what then cannot be read', () => {
    const locked = disk('FIII', { 2: { lockedBy: 'it is being merged' } });
    expect(plan(locked, [tape(0, 'full')])).toMatchObject({
      items: 'p1 increment',
      skips: 'p0 already-on-tape, p2 locked, p3 ancestor-locked',
    });
    expect(plan(disk('FII', { 2: { complete: false } }), []).skips).toBe('p2 incomplete');
  });
});

describe('fulls only', () => {
  test.each<[string, string, TapePoint[], Partial<TapePlanOptions>, string]>([
    ['real fulls of a chain that has several', 'FIIFI', [], {}, 'p0 full, p3 full'],
    ['forever-forward: the newest as a virtual full', 'FIII', [], {}, 'p3 virtual-full'],
    ['in each run when there is no schedule', 'FIII', [tape(2, 'virtual-full')], {}, 'p3 virtual-full'],
    ['by the schedule when there is one', 'FIII', [tape(2, 'virtual-full')], { virtualFullSchedule: saturdays }, ''],
    ['and when it is due', 'FIIIIII', [tape(2, 'virtual-full')], { virtualFullSchedule: saturdays }, 'p6 virtual-full'],
    ['a first full does not wait for the schedule', 'FI', [], { virtualFullSchedule: saturdays }, 'p1 virtual-full'],
    ['a single full', 'F', [], {}, 'p0 full'],
  ])('%s', (_name, kinds, onTape, options, items) => {
    expect(plan(disk(kinds), onTape, { ...options, processIncrements: false }).items).toBe(items);
  });
});

test('property: sets stay self-contained, each point is planned or skipped exactly once', () => {
  const specs = fc.array(
    fc.record({
      full: fc.boolean(),
      complete: fc.boolean(),
      locked: fc.boolean(),
      tape: fc.constantFrom('none', 'none', 'set', 'other'),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(specs, fc.boolean(), fc.boolean(), fc.boolean(), (points, processIncrements, latestOnly, scheduled) => {
      const onDisk = points.map((p, index) => ({
        ...disk(index === 0 || p.full ? 'F' : 'I')[0]!,
        pointId: `p${index}`,
        createdAt: start + index * dayMs,
        complete: p.complete,
        lockedBy: p.locked ? 'it is in use' : null,
      }));
      const onTape = points.flatMap((p, index) =>
        p.tape === 'none'
          ? []
          : [tape(index, onDisk[index]!.kind === 'full' ? 'full' : 'virtual-full', p.tape === 'set')],
      );
      const machine = { machineId: 'm', machineName: 'm', onDisk, onTape };
      const options = { processIncrements, latestOnly, virtualFullSchedule: scheduled ? saturdays : null };
      const { items, skipped } = planTape([machine], options, start + 30 * dayMs);
      const named = [...items.map((i) => i.pointId), ...skipped.map((s) => s.pointId)];
      expect(named.toSorted()).toEqual(onDisk.map((p) => p.pointId).toSorted());
      const inSet = new Set(onTape.filter((p) => p.inCurrentSet).map((p) => p.pointId));
      for (const item of items) {
        const index = onDisk.findIndex((p) => p.pointId === item.pointId);
        const point = onDisk[index]!;
        expect([point.complete, point.lockedBy]).toEqual([true, null]);
        expect(item.as === 'full').toBe(point.kind === 'full');
        expect(item.as !== 'increment' || inSet.has(onDisk[index - 1]!.pointId)).toBe(true);
        expect(processIncrements || item.as !== 'increment').toBe(true);
        expect(item.estimatedBytes).toBeGreaterThan(0);
        inSet.add(item.pointId);
      }
      expect(!latestOnly || items.length <= 1).toBe(true);
    }),
    { numRuns: 300 },
  );
});
