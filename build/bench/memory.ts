import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, BenchContext } from './bench.ts';
import { target } from './bench.ts';
import { Scene } from './scene.ts';

const [mib, gib] = [2 ** 20, 2 ** 30];
const sizesGib = [8, 256];
/** As much data in each image, so that only the size of the disk differs. */
const dataMib = 512;
const steps = ['backup', 'copy', 'tape', 'restore'] as const;
type Step = (typeof steps)[number];

export const memory: Bench = {
  about: 'peak memory of the engine for sparse disks of 8 and of 256 GiB: at most 64 MiB apart',
  async run(context) {
    const peaks: Record<Step, number>[] = [];
    for (const sizeGib of sizesGib) peaks.push(await peaksFor(context, sizeGib));
    const [small, large] = peaks as [Record<Step, number>, Record<Step, number>];
    return [
      {
        title: 'memory: peak of the engine, MiB',
        columns: ['', ...sizesGib.map((size) => `${size} GiB`), 'more by'],
        rows: steps.map((step) => [step, ...[small[step], large[step], large[step] - small[step]].map(Math.round)]),
        targets: steps.map((step) => target(`${step}: MiB more`, large[step] - small[step], { atMost: 64 })),
      },
    ];
  },
};

async function peaksFor(context: BenchContext, sizeGib: number): Promise<Record<Step, number>> {
  const image = join(context.folder, `sparse-${sizeGib}g.img`);
  await sparseImage(image, sizeGib * gib);
  const scene = await Scene.open(context, { image });
  try {
    const peaks: Partial<Record<Step, number>> = {};
    const measure = async (step: Step, act: () => Promise<unknown>): Promise<void> => {
      await scene.engine.heap();
      await scene.engine.reset();
      await act();
      peaks[step] = (await scene.engine.usage()).peakRssBytes / mib;
      context.say(`memory, ${sizeGib} GiB, ${step}: ${Math.round(peaks[step])} MiB`);
    };
    const backup = await scene.backupJob(await scene.addRepository('primary'));
    await measure('backup', () => scene.run(backup));
    const copy = await scene.copyJob(backup, await scene.addRepository('second'));
    await measure('copy', () => scene.run(copy));
    await scene.addLibrary(2);
    const tape = await scene.tapeJob(backup);
    await measure('tape', () => scene.run(tape));
    await measure('restore', () => scene.restoreFromTape());
    return peaks as Record<Step, number>;
  } finally {
    await scene.close();
    await rm(image);
  }
}

/** A disk with random data in pieces of a mebibyte, evenly over its whole length. */
async function sparseImage(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.truncate(sizeBytes);
    const piece = Buffer.alloc(mib);
    for (let index = 0; index < dataMib; index += 1) {
      for (let at = 0; at < mib; at += 65_536) crypto.getRandomValues(piece.subarray(at, at + 65_536));
      await file.write(piece, 0, mib, Math.floor((index * sizeBytes) / dataMib / mib) * mib);
    }
  } finally {
    await file.close();
  }
}
