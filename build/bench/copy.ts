import { rm } from 'node:fs/promises';
import type { Bench } from './bench.ts';
import { compare } from './bench.ts';
import type { Side } from './measure.ts';
import { backupFiles, Scene } from './scene.ts';
import { has, sh, word } from './stage.ts';

export const copy: Bench = {
  about: 'backup copy from repository to repository, every block verified, against cp + sync and restic copy',
  async run(context) {
    const scene = await Scene.open(context);
    try {
      const source = await scene.addRepository('primary');
      const backup = await scene.backupJob(source);
      context.say('Making the backup that is copied');
      await scene.run(backup);
      const files = await backupFiles(scene.path('primary'));
      const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
      let job = '';
      let folder = '';
      const mine: Side = {
        name: 'Reelvault',
        bytes,
        async prepare() {
          const name = scene.fresh('second');
          folder = scene.path(name);
          job = await scene.copyJob(backup, await scene.addRepository(name));
        },
        run: () => scene.run(job),
        async finish() {
          const made = await backupFiles(folder);
          if (made.length !== files.length) throw new Error(`${made.length} files were copied, not ${files.length}.`);
          await rm(folder, { recursive: true });
        },
      };
      const target = scene.path('cp');
      const cp: Side = {
        name: 'cp + sync',
        bytes,
        async run() {
          const words = files.map((file) => word(file.path)).join(' ');
          await sh(`mkdir ${word(target)} && cp ${words} ${word(target)} && sync ${word(target)}/*`);
        },
        finish: () => rm(target, { recursive: true }),
      };
      const sides = [mine, cp];
      if (await has('restic')) sides.push(await resticCopy(scene, bytes));
      const reads = files.map((file) => file.path);
      return [await compare(context, 'copy', { sides, reads, targets: { 'cp + sync': 1, 'restic copy': 10 } })];
    } finally {
      await scene.close();
    }
  },
};

/** The same disk in a restic repository; its speed too is reckoned by the size of our backup file. */
async function resticCopy(scene: Scene, bytes: number): Promise<Side> {
  const [from, to, cache] = ['restic-a', 'restic-b', 'restic-cache'].map((name) => scene.path(name)) as [
    string,
    string,
    string,
  ];
  const environment = { RESTIC_PASSWORD: 'bench', RESTIC_FROM_PASSWORD: 'bench', RESTIC_CACHE_DIR: cache };
  await sh(`restic -q -r ${word(from)} init && restic -q -r ${word(from)} backup ${word(scene.image)}`, environment);
  return {
    name: 'restic copy',
    bytes,
    async prepare() {
      await sh(`restic -q -r ${word(to)} init`, environment);
    },
    async run() {
      await sh(`restic -q -r ${word(to)} copy --from-repo ${word(from)}`, environment);
      await sh(`find ${word(to)} -type f -exec sync {} +`);
    },
    finish: () => rm(to, { recursive: true }),
  };
}
