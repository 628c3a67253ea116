import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CopyRequest, planCopy, type SourcePoint, type TargetPoint } from './copy-plan.ts';

const source = (numbers: number[], more: Record<number, Partial<SourcePoint>> = {}): SourcePoint[] =>
  numbers.map((n) => ({ pointUuid: `p${n}`, createdAt: n * 100, complete: true, ...more[n] }));
const target = (numbers: number[], more: Record<number, Partial<TargetPoint>> = {}): TargetPoint[] =>
  numbers.map((n) => ({ pointUuid: `p${n}`, createdAt: n * 100, complete: true, ...more[n] }));
const plan = (request: Partial<CopyRequest>): string[] =>
  planCopy({ source: [], target: [], mode: 'immediate', ...request }).items.map(
    (i) => `${i.kind} ${i.sourcePointId} after ${i.takeFilesAfterPointId ?? '-'} (${i.code})`,
  );
const skips = (request: Partial<CopyRequest>): string[] =>
  planCopy({ source: [], target: [], mode: 'immediate', ...request }).skipped.map((s) => `${s.pointId} ${s.code}`);

describe('immediate', () => {
  test('the first run takes the newest complete point only', () => {
    const request = { source: source([1, 2, 3, 4], { 4: { complete: false } }) };
    expect(plan(request)).toEqual(['full p3 after - (first-copy)']);
    expect(skips(request)).toEqual(['p4 incomplete', 'p1 before-first-copy', 'p2 before-first-copy']);
  });

  test('then every newer point, oldest first, each on the one before', () => {
    expect(plan({ source: source([1, 2, 3, 4, 5]), target: target([3]) })).toEqual([
      'increment p4 after p3 (next-point)',
      'increment p5 after p4 (next-point)',
    ]);
  });

  test('nothing new is an empty plan', () => {
    expect(plan({ source: source([1, 2]), target: target([2]) })).toEqual([]);
    expect(plan({})).toEqual([]);
  });

  test('an active full copies the newest point once more where nothing is new, and what is new as ever', () => {
    const full = { fullBecause: 'It was asked for.', evenAgain: true };
    const held = { source: source([1, 2]), target: target([1, 2]), ...full };
    expect(plan(held)).toEqual(['full p2 after - (full-asked)']);
    expect(skips(held)).toEqual(['p1 already-copied']);
    expect(plan({ source: source([1, 2, 3, 4]), target: target([2]), ...full })).toEqual([
      'full p3 after - (full-asked)',
      'increment p4 after p3 (next-point)',
    ]);
    const locked = source([1, 2], { 2: { lockedBy: 'it is being merged' } });
    expect(plan({ source: locked, target: target([2]), ...full })).toEqual([]);
    expect(plan({ source: [], ...full })).toEqual([]);
  });

  test('nothing is copied past a locked point', () => {
    const request = { source: source([1, 2, 3, 4], { 3: { lockedBy: 'it is being merged' } }), target: target([1]) };
    expect(plan(request)).toEqual(['increment p2 after p1 (next-point)']);
    expect(skips(request)).toEqual(['p1 already-copied', 'p3 locked', 'p4 after-locked']);
  });

  test('a full is asked for', () => {
    const request = { source: source([1, 2, 3]), target: target([1]), fullBecause: 'Encryption was switched on.' };
    expect(plan(request)).toEqual(['full p2 after - (full-asked)', 'increment p3 after p2 (next-point)']);
  });
});

describe('periodic', () => {
  test('only the newest, on what the target holds', () => {
    const request: Partial<CopyRequest> = { mode: 'periodic', source: source([1, 2, 3, 4]), target: target([1]) };
    expect(plan(request)).toEqual(['increment p4 after p1 (next-point)']);
    expect(skips(request)).toEqual(['p1 already-copied', 'p2 not-newest', 'p3 not-newest']);
  });

  test('a locked newest point is waited for, or passed over when the job says so', () => {
    const request: Partial<CopyRequest> = {
      mode: 'periodic',
      source: source([1, 2, 3], { 3: { lockedBy: 'it is being merged' } }),
      target: target([1]),
    };
    expect(plan(request)).toEqual([]);
    expect(plan({ ...request, useOlderWhenNewestBlocked: true })).toEqual(['increment p2 after p1 (next-point)']);
  });
});

describe('when the base of an increment is not there', () => {
  test.each<[string, Partial<CopyRequest>, string[]]>([
    [
      'the source merged past the point copied last',
      { source: source([5, 6]), target: target([3, 5], { 5: { complete: false } }) },
      ['full p5 after - (base-merged-away)', 'increment p6 after p5 (next-point)'],
    ],
    [
      'the source chain was made anew',
      { source: source([5, 6]), target: target([3]), sourceChainUuid: 'b', copiedFromChainUuid: 'a' },
      ['full p5 after - (source-chain-recreated)', 'increment p6 after p5 (next-point)'],
    ],
    [
      'the point copied last went missing from the source, others stand',
      { source: source([1, 2, 4]), target: target([2, 3]) },
      ['full p4 after - (base-merged-away)'],
    ],
    [
      'the point copied last is damaged in the source',
      { source: source([1, 2, 3], { 2: { complete: false } }), target: target([1, 2]) },
      ['full p3 after - (base-merged-away)'],
    ],
    [
      'the newest copy is damaged on the target',
      { source: source([1, 2, 3]), target: target([1, 2], { 2: { complete: false } }) },
      ['increment p2 after p1 (base-incomplete)', 'increment p3 after p2 (next-point)'],
    ],
  ])('%s', (_name, request, expected) => {
    expect(plan(request)).toEqual(expected);
  });

  test('other block sizes are refused with the way out', () => {
    const request: Partial<CopyRequest> = {
      source: source([1, 2], { 2: { blockSizeBytes: 4096 } }),
      target: target([1], { 1: { blockSizeBytes: 1024 } }),
    };
    expect(skips(request)).toContain('p2 block-size-differs');
    expect(plan({ ...request, fullBecause: 'An active full was asked for.' })).toEqual([
      'full p2 after - (full-asked)',
    ]);
  });
});

test('property: every source point is either copied once or skipped once, and increments stand on what is there', () => {
  const chain = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 12 }).map((n) => n.sort((a, b) => a - b));
  fc.assert(
    fc.property(
      chain,
      chain,
      fc.constantFrom('immediate' as const, 'periodic' as const),
      fc.func(fc.boolean()),
      fc.boolean(),
      (s, t, mode, flag, older) => {
        const request: CopyRequest = {
          source: s.map((n) => ({
            pointUuid: `p${n}`,
            createdAt: n * 100,
            complete: flag(['s', n]),
            lockedBy: flag(['l', n]) ? 'it is in use' : null,
          })),
          target: t.map((n) => ({ pointUuid: `p${n}`, createdAt: n * 100, complete: flag(['t', n]) })),
          mode,
          useOlderWhenNewestBlocked: older,
        };
        const { items, skipped } = planCopy(request);
        const named = [...items.map((i) => i.sourcePointId), ...skipped.map((x) => x.pointId)];
        expect(named.toSorted()).toEqual(request.source.map((p) => p.pointUuid).toSorted());
        const there = new Set(request.target.filter((p) => p.complete).map((p) => p.pointUuid));
        for (const item of items) {
          const point = request.source.find((p) => p.pointUuid === item.sourcePointId)!;
          expect([point.complete, point.lockedBy, there.has(point.pointUuid)]).toEqual([true, null, false]);
          expect(item.kind === 'full' || there.has(item.takeFilesAfterPointId!)).toBe(true);
          there.add(item.sourcePointId);
        }
        expect(mode === 'immediate' || items.length <= 1).toBe(true);
      },
    ),
  );
});
