import type { Bench } from './bench.ts';
import { target } from './bench.ts';
import { Scene } from './scene.ts';

export const load: Bench = {
  about: 'backup, copy, tape and restore at once while lists are read: no delay of the engine over 50 ms',
  async run(context) {
    const scene = await Scene.open(context);
    try {
      const { engine } = scene;
      const source = await scene.backupJob(await scene.addRepository('primary'));
      context.say('Making what is copied, written and restored');
      await scene.run(source);
      await scene.addLibrary(4, 2);
      await scene.run(await scene.tapeJob(source));
      const backup = await scene.backupJob(await scene.addRepository('another'));
      const copy = await scene.copyJob(source, await scene.addRepository('second'));
      const tape = await scene.tapeJob(source);
      await engine.reset();
      context.say('All at once');
      const jobs = [backup, copy, tape].map(async (id) => {
        const { sessionId } = await engine.call((client) => client.jobs.run, { id });
        await engine.ended(sessionId);
      });
      let busy = true;
      const all = Promise.all([...jobs, scene.restoreFromTape()]).finally(() => {
        busy = false;
      });
      let slowest = 0;
      while (busy) {
        const { ms } = await engine.timedCall((client) => client.backups.points, { limit: 100 });
        slowest = Math.max(slowest, ms);
        await engine.call((client) => client.system.overview, {});
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await all;
      const { loopMaxMs, loopP99Ms, longestTickMs, peakRssBytes } = await engine.usage();
      const rows = [
        ['longest delay of the loop, ms', Math.round(loopMaxMs)],
        ['99 of 100 below, ms', Number(loopP99Ms.toPrecision(3))],
        ['longest computation in one tick, ms', Number(longestTickMs.toPrecision(3))],
        ['slowest list, ms', Math.round(slowest)],
        ['peak of memory, MiB', Math.round(peakRssBytes / 2 ** 20)],
      ];
      const targets = [
        target('longest delay of the loop, ms', loopMaxMs, { atMost: 50 }),
        target('longest computation in one tick, ms', longestTickMs, { atMost: 50 }),
      ];
      return [{ title: 'load: all jobs together', columns: ['', ''], rows, targets }];
    } finally {
      await scene.close();
    }
  },
};
