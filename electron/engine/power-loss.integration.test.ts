import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { examine } from './testing/power-loss/examine.ts';
import { whyNotWatched } from './testing/power-loss/system-calls.ts';
import { startAction } from './testing/child-action.ts';
import { killStages } from './testing/kill-stages.ts';

// The whole engine loses power in the middle of a job: data directory, repositories and tapes each keep what was flushed
// and any part of the rest, and still agree on what is promised.
const why = whyNotWatched();
const program = fileURLToPath(new URL('testing/engine-child.ts', import.meta.url));
const wanted = new Set(['backup', 'backup to tape, over two tapes']);

test.skipIf(why !== undefined)(`what is listed after a power loss is there (${why ?? 'strace'})`, async () => {
  const { world, stages } = await killStages();
  try {
    for (const stage of stages.filter(({ name }) => wanted.has(name))) {
      const action = await stage.prepare();
      await world.engine.close();
      await examine({
        what: `Engine, ${stage.name}`,
        folder: world.root,
        into: world.root,
        program,
        args: [world.dataDir, JSON.stringify(action)],
        sampleStride: 300,
        // A state takes seconds here; what writes is looked at more closely by tests of its own, and kills by another.
        rounds: 1,
        asWritten: false,
        fewest: 3,
        async check(_folder, said) {
          // The index of the database's log is shared memory: what a crash leaves of it is thrown away.
          await rm(`${world.databasePath}-shm`, { force: true });
          await world.open();
          try {
            await stage.check?.();
            await world.checkPromises();
            if (said.some((line) => line.startsWith('ended success'))) await stage.after();
            const again = await startAction(world.client, action);
            if (again !== null) await world.ended(again);
            await stage.check?.();
            await world.checkPromises();
            await stage.after();
          } finally {
            await world.engine.close();
          }
        },
      });
      await world.open();
    }
  } finally {
    await world.close();
  }
});
