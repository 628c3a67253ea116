import { rm } from 'node:fs/promises';
import type { Bench } from './bench.ts';
import { compare } from './bench.ts';
import type { Side } from './measure.ts';
import { backupFiles, Scene } from './scene.ts';
import { has, sh, word } from './stage.ts';

export const tapeWrite: Bench = {
  about: 'backup to a virtual tape, every slice with its SHA-256, against tar -b 512 + sync and tar | mbuffer',
  async run(context) {
    const scene = await Scene.open(context);
    try {
      const backup = await scene.backupJob(await scene.addRepository('primary'));
      context.say('Making the backup that is written to tape');
      await scene.run(backup);
      const files = await backupFiles(scene.path('primary'));
      const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
      let job = '';
      await scene.addLibrary(context.pairs);
      const mine: Side = {
        name: 'Reelvault',
        bytes,
        async prepare() {
          job = await scene.tapeJob(backup);
        },
        run: () => scene.run(job),
      };
      const target = scene.path('tape.tar');
      const source = `-C ${word(scene.path('primary'))} .`;
      const tar: Side = {
        name: 'tar + sync',
        bytes,
        async run() {
          await sh(`tar -b 512 -cf ${word(target)} ${source} && sync ${word(target)}`);
        },
        finish: () => rm(target),
      };
      const sides = [mine, tar];
      if (await has('mbuffer')) {
        sides.push({
          name: 'tar | mbuffer',
          bytes,
          async run() {
            await sh(
              `tar -b 512 -cf - ${source} | mbuffer -q -s 256k -m 64M -o ${word(target)} && sync ${word(target)}`,
            );
          },
          finish: () => rm(target),
        });
      }
      const reads = files.map((file) => file.path);
      return [await compare(context, 'tape-write', { sides, reads, targets: { 'tar + sync': 1, 'tar | mbuffer': 1 } })];
    } finally {
      await scene.close();
    }
  },
};
