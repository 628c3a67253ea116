import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { target } from './bench.ts';
import { median } from './measure.ts';
import { Scene } from './scene.ts';

const mib = 2 ** 20;
/**
 * A backup, a copy and a tape session each quarter of an hour, for three days: V8 lets its heaps grow for most of the
 * first one, and a leak shows three times as clearly.
 */
const rounds = 3 * 24 * 4;

export const day: Bench = {
  about: 'as many small jobs as run in three days, one after another: what the engine holds does not grow',
  async run(context) {
    const image = join(context.folder, 'small.img');
    await changeImage(image, 0);
    const scene = await Scene.open(context, { image });
    try {
      const backup = await scene.backupJob(await scene.addRepository('primary'));
      const copy = await scene.copyJob(backup, await scene.addRepository('second'));
      await scene.addLibrary(2);
      const tape = await scene.tapeJob(backup, 'continue');
      const held: number[] = [];
      const rss: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        await changeImage(image, round);
        for (const job of [backup, copy, tape]) await scene.run(job);
        const { heapUsedBytes, rssBytes } = await scene.engine.heap();
        held.push(heapUsedBytes / mib);
        rss.push(rssBytes / mib);
        if (round % 24 === 0) context.say(`day, ${round} of ${rounds}: ${held.at(-1)?.toFixed(1)} MiB held`);
      }
      // The first quarter fills caches and compiles code.
      const part = (values: number[], quarter: number): number =>
        median(values.slice((quarter * rounds) / 4, ((quarter + 1) * rounds) / 4));
      const row = (name: string, values: number[]) => [
        name,
        ...[0, 1, 2, 3].map((quarter) => Number(part(values, quarter).toFixed(1))),
      ];
      return [
        {
          title: `day: ${3 * rounds} small jobs, MiB in each quarter (median)`,
          columns: ['', 'first', 'second', 'third', 'fourth'],
          rows: [row('held after collection', held), row('resident', rss)],
          targets: [
            target('held, fourth over second quarter, MiB', part(held, 3) - part(held, 1), { atMost: 4 }),
            target('resident, fourth over second quarter, MiB', part(rss, 3) - part(rss, 1), { atMost: 32 }),
          ],
        },
      ];
    } finally {
      await scene.close();
    }
  },
};

/** Makes the disk of 32 MiB, or changes one mebibyte of it. */
async function changeImage(path: string, round: number): Promise<void> {
  const file = await open(path, round === 0 ? 'w' : 'r+');
  try {
    const piece = Buffer.alloc(mib);
    for (let index = 0; index < (round === 0 ? 32 : 1); index += 1) {
      for (let at = 0; at < mib; at += 65_536) crypto.getRandomValues(piece.subarray(at, at + 65_536));
      await file.write(piece, 0, mib, ((round + index) % 32) * mib);
    }
  } finally {
    await file.close();
  }
}
