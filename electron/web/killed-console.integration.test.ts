import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { World } from '../engine/testing/scenario.ts';
import { slowness } from '../engine/testing/slow-computer.ts';

const consolePath = fileURLToPath(new URL('main.js', import.meta.url));
let world: World;
afterEach(() => world.close());

/** The web console on the world's data directory; resolves when it has printed its address. */
async function serve(): Promise<{ output: () => string; kill: () => Promise<void> }> {
  const started = spawn(process.execPath, [consolePath, '--data-dir', world.dataDir, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<void>((resolve) => started.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`No address within a minute: ${output}`)), 60_000 * slowness);
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!/http:\/\/127\.0\.0\.1:\d+/.test(output)) return;
      clearTimeout(limit);
      resolve();
    };
    started.stdout.on('data', take);
    started.stderr.on('data', take);
    void ended.then(() => {
      clearTimeout(limit);
      resolve();
    });
  });
  return {
    output: () => output,
    async kill() {
      started.kill('SIGKILL');
      await ended;
    },
  };
}

test('an engine killed under the console: the next start takes over, a second one beside it does not', async () => {
  world = await World.create({ diskMib: 8, fillMib: 2, cartridges: 0, cartridgeMib: 16 });
  await world.makeDisk();
  await world.keep();
  const job = await world.createBackupJob(await world.addRepository('primary'));
  await world.run(job);
  await world.engine.close();
  const first = await serve();
  expect(first.output()).toMatch(/http:\/\/127/);
  const beside = await serve();
  expect(beside.output()).toMatch(/in use by another Reelvault engine/);
  await beside.kill();
  await first.kill();
  const next = await serve();
  expect(next.output()).toMatch(/http:\/\/127/);
  await next.kill();
  await world.open();
  await world.checkPromises();
  await world.run(job);
});
