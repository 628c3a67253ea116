/**
 * What a disk may hold after a power loss: everything flushed, and of the rest any part. The states are made from what
 * the file was before and after each flush of a merge; each is opened.
 */
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { traceFaultPoints } from '../faults/fault-points.ts';
import { numbers } from './testing/damage.ts';
import { disk, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { checkFile, mergeIntoFull, readBackupFileInfo } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterEach(() => traceFaultPoints(undefined));
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

/** What the file holds before and after each flush, in order. */
async function flushesOf(path: string, act: () => Promise<unknown>): Promise<{ flushed: Buffer; written: Buffer }[]> {
  let flushed = await readFile(path);
  const flushes: { flushed: Buffer; written: Buffer }[] = [];
  traceFaultPoints((site, when, target) => {
    if (target !== path || when !== 'after') return;
    if (!['step.backup-file.data', 'step.backup-file.superblock', 'step.backup-file.mirror'].includes(site)) return;
    const written = readFileSync(path);
    flushes.push({ flushed, written });
    flushed = written;
  });
  await act();
  traceFaultPoints(undefined);
  return flushes;
}

/** States that may be found when power was lost before `written` was flushed over `flushed`. */
function* lossStates(flushed: Buffer, written: Buffer, seed: string, rounds: number): Generator<Buffer> {
  yield flushed;
  yield written;
  // The file may have grown without the bytes, or kept some of them, sector by sector.
  const sectors = Math.ceil(written.length / 512);
  for (let round = 0; round < rounds; round += 1) {
    const state = Buffer.alloc(written.length);
    flushed.copy(state);
    const kept = new Set(numbers(`${seed}/${round}`, Math.ceil((sectors * round) / 6), sectors));
    for (const sector of kept) written.copy(state, sector * 512, sector * 512, (sector + 1) * 512);
    // The superblocks are where it matters: each of their sectors once alone.
    if (round < 8) written.copy(state, round * 512, round * 512, (round + 1) * 512);
    else written.copy(state, 4096 + (round - 8) * 1024, 4096 + (round - 8) * 1024, 4096 + (round - 7) * 1024);
    yield state;
    const cut = Math.max(flushed.length, Math.floor((written.length * (round + 1)) / 13));
    yield state.subarray(0, cut);
  }
}

test.each([
  ['clear', {}, {}],
  [
    'encrypted',
    { encryption: { passphrase: 'p', passphraseWorkFactor: 10 }, keys: { passphrases: ['p'] } },
    { passphrases: ['p'] },
  ],
])('a merge (%s) that loses power at any instant leaves the old point or the new one', async (name, options, keys) => {
  const rounds = name === 'clear' ? 12 : 5;
  const before = { a: disk('ABC', 900) };
  const after = { a: disk('AX.Y', 100) };
  const full = await scene.backUp(before, [], options);
  const increment = await scene.backUp(after, [full.path], options);
  const incrementBytes = await readFile(increment.path);
  const merge = () => mergeIntoFull({ fullPath: full.path, incrementPath: increment.path, keys });
  const flushes = await flushesOf(full.path, merge);
  expect(flushes.length).toBeGreaterThanOrEqual(3);
  await writeFile(increment.path, incrementBytes);
  const state = scene.path('state.rvb');
  const found = { old: 0, new: 0 };
  for (const [at, { flushed, written }] of flushes.entries()) {
    for (const bytes of lossStates(flushed, written, `${at}`, rounds)) {
      await writeFile(state, bytes);
      const info = await readBackupFileInfo(state, keys);
      const isNew = info.metadata.pointUuid === increment.metadata.pointUuid;
      expect(info.absorbed.includes(increment.fileUuid)).toBe(isNew);
      found[isNew ? 'new' : 'old'] += 1;
      expect(sameDisks(await readPoint([state], keys), isNew ? after : before)).toBe('same');
      // The increment is still there, and links up in both states' terms or is known to be absorbed.
      if (!isNew) expect(sameDisks(await readPoint([increment.path, state], keys), after)).toBe('same');
      if (isNew) expect((await checkFile(state, { level: 'checksums', keys })).problems).toEqual([]);
    }
  }
  expect(found.old).toBeGreaterThan(rounds);
  expect(found.new).toBeGreaterThan(rounds);
});

test('a new file is not there under its name before it is whole', async () => {
  const target = scene.path('new.rvb');
  const seen: [string, boolean, boolean][] = [];
  traceFaultPoints((site, when, path) => {
    if (!site.startsWith('step.') || !path.startsWith(target)) return;
    const there = (name: string): boolean => {
      try {
        return readFileSync(name).length > 0;
      } catch {
        return false;
      }
    };
    seen.push([`${site} ${when}`, there(`${target}.partial`), there(target)]);
  });
  await scene.backUp({ a: disk('AB') }, [], { targetPath: target });
  expect(seen).toEqual([
    ['step.backup-file.data before', true, false],
    ['step.backup-file.data after', true, false],
    ['step.backup-file.superblock before', true, false],
    ['step.backup-file.superblock after', true, false],
    ['step.backup-file.mirror before', true, false],
    ['step.backup-file.mirror after', true, false],
    ['step.backup-file.rename before', true, false],
    ['step.backup-file.rename after', false, true],
    ['step.backup-file.directory before', false, true],
    ['step.backup-file.directory after', false, true],
  ]);
});
