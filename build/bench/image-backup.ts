import { rm } from 'node:fs/promises';
import { stat } from 'node:fs/promises';
import type { Bench } from './bench.ts';
import { compare } from './bench.ts';
import type { Facts, Side } from './measure.ts';
import { Scene } from './scene.ts';
import { has, sh, word } from './stage.ts';

export const imageBackup: Bench = {
  about: 'full backup of a disk image, zstd, against restic backup, borg create and qemu-img convert -c',
  async run(context) {
    const scene = await Scene.open(context);
    try {
      const bytes = (await stat(scene.image)).size;
      let job = '';
      let folder = '';
      const mine: Side = {
        name: 'Reelvault',
        bytes,
        async prepare() {
          const name = scene.fresh('repository');
          folder = scene.path(name);
          job = await scene.backupJob(await scene.addRepository(name));
        },
        run: async () => ({ ...(await scene.run(job)), ...(await written(folder)) }),
        finish: () => rm(folder, { recursive: true }),
      };
      const sides = [mine];
      const target = scene.path('peer');
      const peer = (
        name: string,
        init: string | null,
        command: string,
        environment: Record<string, string> = {},
      ): Side => ({
        name,
        bytes,
        async prepare() {
          if (init !== null) await sh(init, environment);
        },
        async run() {
          await sh(command, environment);
          await sh(`find ${word(target)} -type f -exec sync {} +`);
          return written(target);
        },
        finish: () => rm(target, { recursive: true }),
      });
      const [into, from] = [word(target), word(scene.image)];
      if (await has('restic')) {
        const environment = { RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: scene.path('restic-cache') };
        const command = `restic -q -r ${into}`;
        sides.push(peer('restic backup', `${command} init`, `${command} backup ${from}`, environment));
      }
      if (await has('borg')) {
        const environment = { BORG_BASE_DIR: scene.path('borg-base'), BORG_PASSPHRASE: 'bench' };
        const init = `borg init -e repokey-blake2 ${into}`;
        sides.push(peer('borg create', init, `borg create -C zstd,1 ${into}::disk ${from}`, environment));
      }
      if (await has('qemu-img')) {
        sides.push(peer('qemu-img convert -c', null, `qemu-img convert -c -O qcow2 ${from} ${into}`));
      }
      const targets = { 'restic backup': 2.5, 'borg create': 2.5 };
      return [await compare(context, 'image-backup', { sides, reads: [scene.image], targets })];
    } finally {
      await scene.close();
    }
  },
};

async function written(path: string): Promise<Facts> {
  return { 'written MB': Number((await sh(`du -s -B 1 ${word(path)}`)).split(/\s/)[0]) / 1e6 };
}
