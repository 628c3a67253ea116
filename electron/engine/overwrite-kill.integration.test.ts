/** An overwrite of an expired tape that is killed: what stood on the tape never reads as whole from its first byte on. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mkdir } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import type { PlannedFault } from './faults/fault-points.ts';
import { World } from './testing/scenario.ts';

const childPath = fileURLToPath(new URL('testing/engine-child.ts', import.meta.url));
let world: World;
afterEach(() => world?.close());

function killedAt(fault: Omit<PlannedFault, 'effect' | 'nth'>, jobId: string): Promise<string | null> {
  const faults: PlannedFault[] = [{ ...fault, nth: 1, effect: { kind: 'kill' } }];
  const child = spawn(process.execPath, [childPath, world.dataDir, JSON.stringify({ runJob: jobId })], {
    env: { ...process.env, REELVAULT_FAULTS: JSON.stringify(faults) },
    stdio: 'ignore',
    timeout: 60_000,
  });
  return new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
}

test.each([
  ['right after the points are marked gone', { site: 'step.tape.mark-gone', when: 'after' }],
  ['right after the image is cut', { site: 'step.tape.start', when: 'before' }],
] as const)(
  'killed %s, no old point is listed, and a restore of it does not wait',
  async (_name, fault) => {
    world = await World.create({ diskMib: 4, fillMib: 1, cartridges: 1, cartridgeMib: 64, drives: 1 });
    await mkdir(world.path('disks'));
    await world.makeDisk();
    await world.keep();
    const repositoryId = await world.addRepository('primary');
    const backup = await world.createBackupJob(repositoryId);
    await world.run(backup);
    await world.addLibrary();
    const { id: pool } = await world.client.pools.create({
      settings: { name: 'Short', allocation: { kind: 'session' }, retention: { kind: 'overwrite' } },
    });
    const tape = await world.createTapeJob(backup, pool);
    await world.run(tape);
    const [old] = await world.points('tape');
    expect(old?.state).toBe('complete');
    await world.changeDisk(1);
    await world.keep();
    await world.run(backup);

    await world.engine.close();
    expect(await killedAt(fault, tape)).toBe('SIGKILL');
    await world.open();
    const left = (await world.points('tape')).filter((point) => point.id === old?.id);
    expect(left.filter((point) => point.state === 'complete')).toEqual([]);
    const restore = world.client.restores.fromTape({ pointIds: [old?.id ?? ''], repositoryId });
    await expect(restore).rejects.toThrow('No tape that is known here holds');
    // The next run goes on with the same tape.
    await world.run(tape);
    expect((await world.points('tape')).length).toBeGreaterThan(0);
    await world.checkTapes();
  },
  180_000,
);
