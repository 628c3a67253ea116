import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, BenchContext, Section } from './bench.ts';
import { Scene } from './scene.ts';
import { diskImage, mixedFile, settle } from './stage.ts';

const gib = 2 ** 30;
const sizesGib = [1, 4, 16];
const machineCounts = [1, 10, 100];

export const growth: Bench = {
  about:
    'how backup, copy and tape grow with the size of a disk (1, 4, 16 GiB) and the number of machines (1, 10, 100)',
  async run(context) {
    return [await bySize(context), await byMachines(context)];
  },
};

async function bySize(context: BenchContext): Promise<Section> {
  const rows: Section['rows'] = [];
  for (const size of sizesGib) {
    const image = await diskImage(context.folder, size * gib);
    const bytes = (await stat(image)).size;
    for (const { step, seconds, cpuSeconds } of await runAll(context, image, [image])) {
      const gigabytes = bytes / 1e9;
      rows.push([`${size} GiB: ${step}`, round(bytes / 1e6 / seconds), round(cpuSeconds / gigabytes)]);
    }
  }
  return { title: 'growth: size of the disk', columns: ['', 'MB of disk/s', 'CPU s per GB'], rows, targets: [] };
}

async function byMachines(context: BenchContext): Promise<Section> {
  const image = join(context.folder, 'machine.img');
  await mixedFile(image, 64 * 2 ** 20);
  const rows: Section['rows'] = [];
  for (const count of machineCounts) {
    const disks = Array.from({ length: count }, () => image);
    for (const { step, seconds, cpuSeconds } of await runAll(context, image, disks)) {
      rows.push([`${count}: ${step}`, round(seconds / count), round(cpuSeconds / count)]);
    }
  }
  const title = 'growth: number of machines, 64 MiB each';
  return { title, columns: ['', 's per machine', 'CPU s per machine'], rows, targets: [] };
}

/** Backup, copy and tape of these disks, once each. */
async function runAll(context: BenchContext, image: string, disks: string[]) {
  const scene = await Scene.open(context, { image });
  try {
    const found: { step: string; seconds: number; cpuSeconds: number }[] = [];
    const measure = async (step: string, job: string): Promise<void> => {
      await settle(context.folder, [image], context.idleWaitMs);
      const from = performance.now();
      const facts = await scene.run(job);
      const seconds = (performance.now() - from) / 1000;
      found.push({ step, seconds, cpuSeconds: Number(facts['CPU s']) });
      context.say(`growth, ${disks.length} x ${image}, ${step}: ${seconds.toFixed(1)} s`);
    };
    const backup = await scene.backupJob(await scene.addRepository('primary'), disks);
    await measure('backup', backup);
    await measure('copy', await scene.copyJob(backup, await scene.addRepository('second')));
    await scene.addLibrary(1);
    await measure('tape', await scene.tapeJob(backup));
    return found;
  } finally {
    await scene.close();
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
