import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { compare } from './bench.ts';
import type { Side } from './measure.ts';
import { backupFiles, Scene } from './scene.ts';
import { sh, word } from './stage.ts';

export const tapeRestore: Bench = {
  about: 'a restore point from a virtual tape to a repository, verified, against tar -x + sync',
  async run(context) {
    const scene = await Scene.open(context);
    try {
      const backup = await scene.backupJob(await scene.addRepository('primary'));
      context.say('Making the backup on tape');
      await scene.run(backup);
      const library = await scene.addLibrary(1);
      await scene.run(await scene.tapeJob(backup));
      const { rows } = await scene.engine.call((client) => client.backups.points, { origin: 'tape' });
      const files = await backupFiles(scene.path('primary'));
      const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
      const archive = scene.path('tape.tar');
      await sh(`tar -b 512 -cf ${word(archive)} -C ${word(scene.path('primary'))} .`);
      let target = { id: '', path: '' };
      const mine: Side = {
        name: 'Reelvault',
        bytes,
        async prepare() {
          const name = scene.fresh('restored');
          target = { id: await scene.addRepository(name), path: scene.path(name) };
        },
        async run() {
          await scene.engine.reset();
          const { sessionId } = await scene.engine.call((client) => client.restores.fromTape, {
            pointIds: rows.map((point) => point.id),
            repositoryId: target.id,
          });
          await scene.engine.ended(sessionId);
          return scene.usage();
        },
        async finish() {
          const restored = await backupFiles(target.path);
          if (restored.length !== files.length) throw new Error(`${restored.length} files came back.`);
          // The next run has a repository of its own.
          for (const file of restored) await rm(file.path);
        },
      };
      const folder = scene.path('extracted');
      const tar: Side = {
        name: 'tar -x + sync',
        bytes,
        async run() {
          await sh(`mkdir ${word(folder)} && tar -b 512 -xf ${word(archive)} -C ${word(folder)}`);
          await sh(`find ${word(folder)} -type f -exec sync {} +`);
        },
        finish: () => rm(folder, { recursive: true }),
      };
      const reads = [archive, join(library, await cartridgeName(library))];
      return [await compare(context, 'tape-restore', { sides: [mine, tar], reads, targets: { 'tar -x + sync': 1 } })];
    } finally {
      await scene.close();
    }
  },
};

async function cartridgeName(library: string): Promise<string> {
  return sh(`cd ${word(library)} && find . -name '*.tap' | head -n 1`);
}
