/** A backup, an increment, its merge, a compaction and a restore lose power at any moment. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examine } from '../testing/power-loss/examine.ts';
import { whyNotWatched } from '../testing/power-loss/system-calls.ts';
import { crashPoints } from './testing/crash-points.ts';
import { readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { checkFile, finishInterruptedMerge, readBackupFileInfo } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

const why = whyNotWatched();
const [first, second] = crashPoints;

test.skipIf(why !== undefined)(
  `after a power loss the last committed generation opens (${why ?? 'strace'})`,
  async () => {
    const folder = scene.path('machine');
    await mkdir(folder);
    for (const { image, content } of crashPoints) await writeFile(join(folder, image), content);
    await examine({
      what: 'Backup file writer',
      folder,
      program: join(import.meta.dirname, 'testing', 'crash-script.ts'),
      args: [folder],
      sampleStride: 12,
      fewest: 11,
      async check(state, said) {
        const promised = new Set(said);
        const names = (await readdir(state)).filter((name) => name.endsWith('.rvb'));
        if (promised.has('done: full')) expect(names).toContain('full.rvb');
        if (!names.includes('full.rvb')) return;
        const path = join(state, 'full.rvb');
        const full = await readBackupFileInfo(path);
        expect((await checkFile(path, { level: 'digests' })).problems).toEqual([]);
        const isMerged = full.metadata.pointUuid === second.metadata.pointUuid;
        if (promised.has('done: merge')) expect(isMerged).toBe(true);
        if (!promised.has('done: increment')) expect(isMerged).toBe(false);
        expect(sameDisks(await readPoint([path]), { a: isMerged ? second.content : first.content })).toBe('same');
        const increment = join(state, 'increment.rvb');
        if (names.includes('increment.rvb')) {
          const { fileUuid } = await readBackupFileInfo(increment);
          if (isMerged) expect(full.absorbed).toContain(fileUuid);
          else expect(sameDisks(await readPoint([increment, path]), { a: second.content })).toBe('same');
          await finishInterruptedMerge(path, [increment]);
          expect((await readdir(state)).includes('increment.rvb')).toBe(!isMerged);
        } else if (promised.has('done: increment')) expect(isMerged).toBe(true);
        if (promised.has('done: restore')) {
          expect((await readFile(join(state, 'restored.img'))).equals(second.content)).toBe(true);
        }
        await rm(state, { recursive: true });
      },
    });
  },
);
