import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BackupFileHeader, buildChains, type Chain, dependents, restorePath } from './chain.ts';

/** The point that a file of this name holds, and its state. */
function stateOf(fileUuid: string): { pointUuid: string; state: string } {
  const index = fileUuid.replace(/\D/g, '') || '0';
  return { pointUuid: `p${index}`, state: `s${index}` };
}

function file(fileUuid: string, parent: string | null, more: Partial<BackupFileHeader> = {}): BackupFileHeader {
  const index = Number(fileUuid.replace(/\D/g, '') || 0);
  return {
    fileUuid,
    chainUuid: 'c',
    parent: parent === null ? null : stateOf(parent),
    kind: parent === null ? 'full' : 'increment',
    absorbed: [],
    ...stateOf(fileUuid),
    machineId: 'm',
    createdAt: index * 1000,
    path: `${fileUuid}.rvb`,
    sizeBytes: 10,
    ...more,
  };
}

const findPoint = (chain: Chain, pointUuid: string): Chain['points'][number] | undefined =>
  chain.points.find((entry) => entry.file.pointUuid === pointUuid);

const pathOf = (chain: Chain | undefined, pointUuid: string): string[] => {
  const entry = chain && findPoint(chain, pointUuid);
  return entry ? restorePath(entry).map((f) => f.fileUuid) : ['no such point'];
};

const codes = (files: BackupFileHeader[]): Record<string, string> =>
  Object.fromEntries(buildChains(files).flatMap((c) => c.files.map((f) => [f.file.fileUuid, f.code])));

describe('which restore points are complete', () => {
  test('a full and its increments', () => {
    const [chain] = buildChains([file('f2', 'f1'), file('f3', 'f2'), file('f1', null)]);
    expect(chain!.files.map((f) => [f.file.fileUuid, f.state])).toEqual([
      ['f1', 'complete'],
      ['f2', 'complete'],
      ['f3', 'complete'],
    ]);
    expect(pathOf(chain, 'p3')).toEqual(['f3', 'f2', 'f1']);
    expect(pathOf(chain, 'p9')).toEqual(['no such point']);
  });

  test('a missing link makes everything after it incomplete, and says which file is missing', () => {
    const [chain] = buildChains([file('f1', null), file('f3', 'f2'), file('f4', 'f3')]);
    expect(chain!.files.map((f) => f.code)).toEqual(['complete', 'parent-missing', 'parent-incomplete']);
    expect(chain!.files[1]!.reason).toContain('p2');
    expect(chain!.files[2]!.reason).toContain('p2');
    expect(pathOf(chain, 'p4')).toEqual([]);
  });

  test.each([
    [
      'an increment that names no parent',
      [file('f1', null), file('f2', null, { kind: 'increment' })],
      'no-parent-named',
    ],
    ['a parent in another chain', [file('f1', null, { chainUuid: 'd' }), file('f2', 'f1')], 'parent-in-other-chain'],
    ['two files that name each other', [file('f1', 'f2'), file('f2', 'f1')], 'parent-loop'],
    ['a file that names itself', [file('f2', 'f2')], 'parent-loop'],
  ] as const)('%s', (_name, files, code) => {
    expect(codes([...files])['f2']).toBe(code);
  });
});

describe('after a merge', () => {
  const merged = file('f1', null, { absorbed: ['f2'], ...stateOf('f2'), createdAt: 2000 });

  test('the full stands in for what it absorbed', () => {
    const [chain] = buildChains([merged, file('f3', 'f2')]);
    expect(chain!.points.map((p) => [p.file.pointUuid, p.state])).toEqual([
      ['p2', 'complete'],
      ['p3', 'complete'],
    ]);
    expect(pathOf(chain, 'p3')).toEqual(['f3', 'f1']);
  });

  test('an increment left behind by a crash is a leftover, not a restore point', () => {
    const [chain] = buildChains([merged, file('f2', 'f1'), file('f3', 'f2')]);
    expect(chain!.leftovers.map((f) => f.fileUuid)).toEqual(['f2']);
    expect(chain!.points.map((p) => p.file.fileUuid)).toEqual(['f1', 'f3']);
  });

  test('what builds on a state the full has left is not called complete', () => {
    const twice = file('f1', null, { absorbed: ['f2', 'f3'], ...stateOf('f3'), createdAt: 3000 });
    expect(codes([twice, file('f4', 'f3'), file('f5', 'f2'), file('f6', 'f1')])).toEqual({
      f1: 'complete',
      f4: 'complete',
      f5: 'parent-missing',
      f6: 'parent-missing',
    });
  });

  test('the same point in another state is no parent', () => {
    const changed = { ...merged, state: 'another' };
    expect(codes([changed, file('f3', 'f2')])['f3']).toBe('parent-other-state');
  });

  test('of two copies of one full the one that absorbed more is used', () => {
    const stale = file('f1', null, { path: 'copy.rvb', createdAt: 1000 });
    const [chain] = buildChains([stale, merged, file('f3', 'f2')]);
    expect(chain!.duplicates.map((f) => f.path)).toEqual(['copy.rvb']);
    expect(restorePath(findPoint(chain!, 'p3')!).map((f) => f.path)).toEqual(['f3.rvb', 'f1.rvb']);
  });
});

describe('several fulls', () => {
  test('each increment hangs on its own full', () => {
    const [chain] = buildChains([file('f1', null), file('f2', 'f1'), file('f3', null), file('f4', 'f3')]);
    expect(pathOf(chain, 'p4')).toEqual(['f4', 'f3']);
    expect(dependents(chain!, 'f1').map((f) => f.fileUuid)).toEqual(['f2']);
  });

  test('a synthetic full of a point that is also an increment is one point, the full', () => {
    const synthetic = file('f9', null, { ...stateOf('f2'), createdAt: 2000 });
    const [chain] = buildChains([file('f1', null), file('f2', 'f1'), synthetic, file('f3', 'f2')]);
    expect(chain!.points.map((p) => p.file.fileUuid)).toEqual(['f1', 'f9', 'f3']);
    expect(pathOf(chain, 'p3')).toEqual(['f3', 'f9']);
  });

  test('a parent stands before its child even when the clock ran backwards', () => {
    const [chain] = buildChains([file('f1', null, { createdAt: 9000 }), file('f2', 'f1', { createdAt: 5000 })]);
    expect(chain!.files.map((f) => f.file.fileUuid)).toEqual(['f1', 'f2']);
  });
});

test('a chain of 20 000 files is walked without running out of stack or memory', () => {
  const files = Array.from({ length: 20_000 }, (_, i) => file(`f${i + 1}`, i === 0 ? null : `f${i}`)).reverse();
  const [chain] = buildChains(files);
  expect(pathOf(chain, 'p20000')).toHaveLength(20_000);
  const [cut] = buildChains(files.filter((f) => f.fileUuid !== 'f10000'));
  expect(cut!.files.filter((f) => f.state === 'complete')).toHaveLength(9999);
});

test('property: a point is complete exactly when an independent walk reaches a full', () => {
  const anyFiles = fc.integer({ min: 1, max: 14 }).chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, i) =>
        fc.record({
          index: fc.constant(i),
          parent: fc.option(fc.integer({ min: 0, max: count + 1 }), { freq: 4 }),
          lost: fc.boolean(),
        }),
      ),
    ),
  );
  fc.assert(
    fc.property(anyFiles, (specs) => {
      const files = specs
        .filter((s) => !s.lost)
        .map((s) => file(`f${s.index}`, s.parent === null ? null : `f${s.parent}`));
      const byPoint = new Map(files.map((f) => [f.pointUuid, f]));
      const reaches = (f: BackupFileHeader, steps = 0): boolean => {
        if (f.kind === 'full') return true;
        const parent = byPoint.get(f.parent!.pointUuid);
        return parent !== undefined && steps < 50 && reaches(parent, steps + 1);
      };
      for (const chain of buildChains(files)) {
        expect(chain.files).toHaveLength(files.length);
        for (const entry of chain.files) {
          expect(entry.state === 'complete').toBe(reaches(entry.file));
          expect(restorePath(entry)).toHaveLength(entry.pathLength);
          expect(restorePath(entry).at(-1)?.kind).toBe(entry.state === 'complete' ? 'full' : undefined);
          expect(entry.reason.length).toBeGreaterThan(5);
        }
      }
    }),
  );
});
