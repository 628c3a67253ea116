import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { armFaults } from '../faults/fault-points.ts';

import { isThere } from '../files/durable-file.ts';

import { recordHeaderBytes } from './record.ts';
import { blockBytes, disk, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import {
  checkFile,
  compact,
  finishInterruptedMerge,
  mergeIntoFull,
  openPoint,
  readBackupFileInfo,
} from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

const sound = async (path: string): Promise<unknown[]> => (await checkFile(path, { level: 'digests' })).problems;

test('a full takes over each of its increments in turn', async () => {
  const points: Record<string, Buffer>[] = [
    { a: disk('abcDEF', 777), b: disk('mnm'), c: disk('C') },
    { a: disk('a.cXEF', 777), b: disk('mnm') },
    { b: disk('m', 99), a: disk('a.c', 5) },
    { b: disk('mnmo'), a: disk('a.cXef'), d: disk('..D') },
    { d: disk('..D') },
    { d: disk('D.D', 3), a: disk('...XE') },
  ];
  const chain: string[] = [];
  for (const contents of points) chain.unshift((await scene.backUp(contents, chain)).path);
  const fullPath = chain.pop() ?? '';
  for (let at = 1; at < points.length; at += 1) {
    const incrementPath = chain.pop() ?? '';
    const increment = await readBackupFileInfo(incrementPath);
    const merged = await mergeIntoFull({ fullPath, incrementPath });
    expect(merged).toMatchObject({
      kind: 'full',
      parent: null,
      state: increment.state,
      generation: at + 1,
      metadata: increment.metadata,
    });
    expect(merged.absorbed.at(-1)).toBe(increment.fileUuid);
    expect(await readBackupFileInfo(fullPath)).toEqual(merged);
    expect(await isThere(incrementPath)).toBe(false);
    expect(await sound(fullPath)).toEqual([]);
    for (let newer = at; newer < points.length; newer += 1) {
      const paths = [...chain.slice(points.length - 1 - newer), fullPath];
      expect(sameDisks(await readPoint(paths), points[newer] ?? {}), `point ${newer} after merge ${at}`).toBe('same');
    }
  }
});

test('dead space is counted, and compacting gives it back', async () => {
  const full = await scene.backUp({ a: disk('abcdef') }, [], { codec: 'none' });
  const increment = await scene.backUp({ a: disk('aXY..f') }, [full.path], { codec: 'none' });
  const merged = await mergeIntoFull({ fullPath: full.path, incrementPath: increment.path });
  expect(merged.storedBytes).toBe(4 * (blockBytes + recordHeaderBytes));
  expect(merged.dataBytes).toBe(4 * blockBytes);
  expect(merged.deadBytes).toBeGreaterThan(4 * blockBytes);
  expect(merged.deadBytes).toBeLessThan(4 * blockBytes + 65_536);
  const compacted = await compact({ path: full.path });
  expect(compacted).toEqual({
    ...merged,
    generation: merged.generation + 1,
    deadBytes: 0,
    fileSizeBytes: expect.any(Number) as number,
  });
  expect(compacted.fileSizeBytes).toBeLessThan(4 * blockBytes + 32_768);
  expect(await readBackupFileInfo(full.path)).toEqual(compacted);
  expect(sameDisks(await readPoint([full.path]), { a: disk('aXY..f') })).toBe('same');
  expect(await sound(full.path)).toEqual([]);
});

test('an increment has no dead space to give back', async () => {
  const full = await scene.backUp({ a: disk('abcdef') });
  const increment = await scene.backUp({ a: disk('aX..ef') }, [full.path]);
  await expect(compact({ path: increment.path })).rejects.toMatchObject({ code: 'chain-incomplete' });
});

test('a reader that is open during a merge keeps its point', async () => {
  const full = await scene.backUp({ a: disk('abc') });
  const increment = await scene.backUp({ a: disk('XYZ') }, [full.path]);
  const before = await openPoint([full.path]);
  await mergeIntoFull({ fullPath: full.path, incrementPath: increment.path });
  const content = Buffer.alloc(3 * blockBytes);
  await before.readRange(0, 0, content);
  await before.close();
  expect(content.equals(disk('abc'))).toBe(true);
});

test('a merge that fails before its commit changes nothing', async () => {
  const full = await scene.backUp({ a: disk('abc') });
  const increment = await scene.backUp({ a: disk('aXc') }, [full.path]);
  const bytes = await readFile(full.path);
  for (const site of ['fs.write', 'step.backup-file.data']) {
    const effect = { kind: 'error', code: 'ENOSPC' } as const;
    const plan = armFaults([{ site, when: 'before', nth: 1, target: full.path, effect }]);
    await expect(mergeIntoFull({ fullPath: full.path, incrementPath: increment.path })).rejects.toMatchObject({
      code: 'target-full',
    });
    plan.disarm();
    expect(plan.unfired()).toEqual([]);
    expect((await readFile(full.path)).equals(bytes)).toBe(true);
  }
  const abort = new AbortController();
  const running = mergeIntoFull({
    fullPath: full.path,
    incrementPath: increment.path,
    signal: abort.signal,
    onThrottle: () => abort.abort(new Error('stopped')),
  });
  await expect(running).rejects.toThrow('stopped');
  expect((await readFile(full.path)).equals(bytes)).toBe(true);
  expect(sameDisks(await readPoint([increment.path, full.path]), { a: disk('aXc') })).toBe('same');
});

test.each([
  ['step.backup-file.data', 'before'],
  ['step.backup-file.superblock', 'before'],
  ['step.backup-file.superblock', 'after'],
  ['step.backup-file.mirror', 'before'],
  ['step.backup-file.mirror', 'after'],
] as const)('a commit that fails at %s (%s) leaves the old or the new point, whole', async (site, when) => {
  const [before, after] = [{ a: disk('abC') }, { a: disk('xbCd') }];
  const full = await scene.backUp(before);
  const increment = await scene.backUp(after, [full.path]);
  const faults = armFaults([{ site, when, nth: 1, target: full.path, effect: { kind: 'error', code: 'EIO' } }]);
  await expect(mergeIntoFull({ fullPath: full.path, incrementPath: increment.path })).rejects.toThrow('EIO');
  faults.disarm();
  expect(faults.unfired()).toEqual([]);
  expect(await sound(full.path)).toEqual([]);
  const merged = (await readBackupFileInfo(full.path)).absorbed.length > 0;
  expect(sameDisks(await readPoint([full.path]), merged ? after : before)).toBe('same');
  await mergeIntoFull({ fullPath: full.path, incrementPath: increment.path });
  expect(sameDisks(await readPoint([full.path]), after)).toBe('same');
  expect(await isThere(increment.path)).toBe(false);
});

test('an increment that a crash left behind after its merge is recognised and removed', async () => {
  const full = await scene.backUp({ a: disk('abc') });
  const increment = await scene.backUp({ a: disk('aXc') }, [full.path]);
  const child = await scene.backUp({ a: disk('aXY') }, [increment.path, full.path]);
  const leftBehind = await readFile(increment.path);
  await mergeIntoFull({ fullPath: full.path, incrementPath: increment.path });
  await writeFile(increment.path, leftBehind);
  const candidates = [increment.path, child.path, full.path, scene.path('absent.rvb')];
  expect(await finishInterruptedMerge(full.path, candidates)).toEqual([increment.path]);
  expect(await isThere(increment.path)).toBe(false);
  expect(sameDisks(await readPoint([child.path, full.path]), { a: disk('aXY') })).toBe('same');
});

test('what was built on an earlier state of a full does not fit it any more', async () => {
  const full = await scene.backUp({ a: disk('abc') });
  const one = await scene.backUp({ a: disk('aXc') }, [full.path]);
  const fork = await scene.backUp({ a: disk('abY') }, [full.path]);
  const two = await scene.backUp({ a: disk('aXZ') }, [one.path, full.path]);
  const leftBehind = await readFile(one.path);
  expect((await mergeIntoFull({ fullPath: full.path, incrementPath: one.path })).state).toBe(one.state);
  const merged = await mergeIntoFull({ fullPath: full.path, incrementPath: two.path });
  expect(merged).toMatchObject({ absorbed: [one.fileUuid, two.fileUuid], state: two.state });
  await writeFile(one.path, leftBehind);
  for (const path of [fork.path, one.path]) {
    await expect(openPoint([path, full.path])).rejects.toMatchObject({ code: 'chain-incomplete' });
  }
  await expect(mergeIntoFull({ fullPath: full.path, incrementPath: fork.path })).rejects.toMatchObject({
    code: 'chain-incomplete',
  });
  // Merging again what is in already must not bring the old state back.
  expect(await mergeIntoFull({ fullPath: full.path, incrementPath: one.path })).toEqual(merged);
  expect(await isThere(one.path)).toBe(false);
  const next = await scene.backUp({ a: disk('QXZ') }, [full.path]);
  expect(next).toMatchObject({
    parent: { pointUuid: two.metadata.pointUuid, state: two.state },
    dataBytes: blockBytes,
  });
  expect(sameDisks(await readPoint([next.path, full.path]), { a: disk('QXZ') })).toBe('same');
});

test('only the child of a full can be merged into it', async () => {
  const full = await scene.backUp({ a: disk('abc') });
  const other = await scene.backUp({ a: disk('abc') });
  const one = await scene.backUp({ a: disk('abX') }, [full.path]);
  const two = await scene.backUp({ a: disk('YbX') }, [one.path, full.path]);
  for (const [fullPath, incrementPath] of [
    [full.path, two.path],
    [other.path, one.path],
    [one.path, two.path],
    [full.path, other.path],
  ] as const) {
    await expect(mergeIntoFull({ fullPath, incrementPath })).rejects.toMatchObject({ code: 'chain-incomplete' });
    expect(await isThere(incrementPath)).toBe(true);
  }
});
