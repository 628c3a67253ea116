import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { openEngine } from './engine.ts';
import { TestClock } from './faults/clock.ts';
import { traceFaultPoints } from './faults/fault-points.ts';
import type { ChildAction } from './testing/child-action.ts';
import { World } from './testing/scenario.ts';
import { slowness } from './testing/slow-computer.ts';

// Limits of real systems, not injected ones: disks that are full, gone or read-only, too few file descriptors, a clock set
// back, a second engine.
const run = promisify(execFile);
const childPath = fileURLToPath(new URL('testing/engine-child.ts', import.meta.url));

/** Mounting needs root and a kernel that allows it. */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
    execFileSync('sh', ['-c', `mount -t tmpfs -o size=1m none '${folder}' && umount '${folder}'; rmdir '${folder}'`], {
      stdio: 'pipe',
    });
    return true;
  } catch {
    return false;
  }
}

let world: World;
const mounted: string[] = [];
afterEach(async () => {
  traceFaultPoints(undefined);
  for (const path of mounted.splice(0)) await run('umount', ['-l', path]).catch(() => {});
  await world.close();
});

async function begin(fillMib = 8): Promise<void> {
  world = await World.create({ diskMib: 24, fillMib, cartridges: 0, cartridgeMib: 16 });
  await world.makeDisk();
  await world.keep();
}

async function mount(path: string, ...options: string[]): Promise<void> {
  await mkdir(path, { recursive: true });
  await run('mount', [...options, path]);
  mounted.push(path);
}

async function logOf(sessionId: string): Promise<{ result: string; log: string }> {
  for await (const _update of await world.client.sessions.follow({ id: sessionId }));
  const { session, log } = await world.client.sessions.get({ id: sessionId });
  return { result: session.result ?? '', log: log.map((line) => `${line.text} ${line.advice ?? ''}`).join('\n') };
}

const start = async (id: string) => (await world.client.jobs.run({ id })).sessionId;

describe.skipIf(!canMount())('mounts (root only)', () => {
  test('a full disk fails the job with words; with room it goes on', async () => {
    world = await World.create({ diskMib: 80, fillMib: 2, cartridges: 0, cartridgeMib: 16 });
    const fresh = async (): Promise<void> => {
      await mkdir(dirname(world.disk), { recursive: true });
      await writeFile(world.disk, randomBytes(80 * 2 ** 20));
      await world.keep();
    };
    await fresh();
    const path = world.path('small');
    await mount(path, '-t', 'tmpfs', '-o', 'size=30m', 'none');
    const job = await world.createBackupJob(await world.addRepository('small'));
    expect(await logOf(await start(job))).toMatchObject({
      result: 'failed',
      log: expect.stringMatching(/bytes free/) as string,
    });
    // Enough to begin, not to end.
    await run('mount', ['-o', 'remount,size=70m', path]);
    expect(await logOf(await start(job))).toMatchObject({
      result: 'failed',
      log: expect.stringMatching(/space|full/i) as string,
    });
    expect(await world.points('disk')).toEqual([]);
    await run('mount', ['-o', 'remount,size=170m', path]);
    await world.run(job);
    // Full in the middle of an increment: the point before it stands.
    await fresh();
    await run('mount', ['-o', 'remount,size=152m', path]);
    expect(await logOf(await start(job))).toMatchObject({
      result: 'failed',
      log: expect.stringMatching(/space|full/i) as string,
    });
    await world.checkPromises();
    expect(await world.points('disk')).toHaveLength(1);
    await run('mount', ['-o', 'remount,size=300m', path]);
    await world.run(job);
    await world.checkPromises();
    expect(await world.points('disk')).toHaveLength(2);
  });

  test('a repository that is unmounted in mid-run: nothing is written where it was, and nothing is lost', async () => {
    await begin();
    const behind = world.path('behind');
    const path = world.path('mounted');
    await mkdir(behind);
    await mount(path, '--bind', behind);
    const repository = await world.addRepository('mounted');
    const job = await world.createBackupJob(repository);
    await world.run(job);
    await world.changeDisk(1, 4 * 2 ** 20);
    await world.keep();
    let gone = false;
    traceFaultPoints((site, when) => {
      if (site !== 'fs.write' || when !== 'before' || gone) return;
      gone = true;
      execFileSync('umount', ['-l', path]);
    });
    const { result } = await logOf(await start(job));
    traceFaultPoints(undefined);
    expect(gone).toBe(true);
    expect(result).toBe('failed');
    expect(await readdir(path)).toEqual([]);
    const refused = await logOf(await start(job));
    expect(refused).toMatchObject({ result: 'failed', log: expect.stringMatching(/mount/i) as string });
    expect(await readdir(path)).toEqual([]);
    await run('mount', ['--bind', behind, path]);
    await world.ended((await world.client.repositories.rescan({ id: repository })).sessionId);
    await world.checkPromises();
    await world.run(job);
    await world.checkPromises();
    expect(await world.points('disk')).toHaveLength(2);
  });

  test('a read-only target is refused with words, and what is on it is still read', async () => {
    await begin();
    const path = world.path('volume');
    await mount(path, '-t', 'tmpfs', '-o', 'size=120m', 'none');
    const job = await world.createBackupJob(await world.addRepository('volume'));
    await world.run(job);
    await world.changeDisk(1);
    await world.keep();
    await run('mount', ['-o', 'remount,ro', path]);
    const { result, log } = await logOf(await start(job));
    expect(result).toBe('failed');
    expect(log).toMatch(/read-only|EROFS|not writable|cannot be written/i);
    await world.reopen();
    await world.checkPromises();
    expect(await world.points('disk')).toHaveLength(1);
    await run('mount', ['-o', 'remount,rw', path]);
    await world.run(job);
    await world.checkPromises();
  });
});

/** An engine of its own, started by a shell that limits it. */
function child(limits: string, action: ChildAction): Promise<string> {
  return new Promise((resolve, reject) => {
    const command = `${limits}; exec "$0" "$1" "$2" "$3"`;
    const started = spawn('sh', ['-c', command, process.execPath, childPath, world.dataDir, JSON.stringify(action)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000 * slowness,
    });
    let output = '';
    started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    started.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    started.on('error', reject);
    started.on('close', () => resolve(output));
  });
}

test.skipIf(process.platform === 'win32')(
  'too few file descriptors: it works or says so, and nothing is lost',
  async () => {
    await begin(2);
    const job = await world.createBackupJob(await world.addRepository('primary'));
    await world.run(job);
    await world.changeDisk(1);
    await world.keep();
    await world.engine.close();
    const outcomes: string[] = [];
    for (const limit of [24, 32, 64]) outcomes.push(await child(`ulimit -n ${limit}`, { runJob: job }));
    await world.open();
    await world.checkPromises();
    await world.run(job);
    await world.checkPromises();
    for (const output of outcomes) expect(output).toMatch(/ended (success|failed)|EMFILE|too many open files/i);
    expect(outcomes.at(-1)).toContain('ended success');
  },
);

test('a clock set back makes no restore point vanish and no chain break', async () => {
  const day = 86_400_000;
  const clock = new TestClock(Date.UTC(2026, 10, 20, 21));
  world = await World.create({ diskMib: 16, fillMib: 2, cartridges: 0, cartridgeMib: 16, clock });
  await world.makeDisk();
  const job = await world.createBackupJob(await world.addRepository('primary'));
  const { settings, version } = await world.client.jobs.get({ id: job });
  if (settings.kind !== 'backup') throw new Error('The backup job is none.');
  await world.client.jobs.update({ id: job, version, settings: { ...settings, retention: { kind: 'days', days: 3 } } });
  for (const [round, move] of [day, -10 * day, 11 * day, -day].entries()) {
    if (round > 0) await world.changeDisk(round);
    await world.keep();
    await world.run(job);
    await world.checkPromises();
    const points = await world.points('disk');
    expect(points.filter((point) => point.state !== 'complete')).toEqual([]);
    // The newest content is always there, whatever the clock says about when it was.
    const contents = await Promise.all(points.map((point) => world.restoredDigest(point.id)));
    expect(contents).toContain(world.kept.at(-1));
    clock.set(clock.now() + move);
  }
});

test('two engines on one data directory: the second one leaves with words', async () => {
  await begin(2);
  await expect(openEngine({ dataDir: world.dataDir })).rejects.toThrow(/in use by another Reelvault engine/);
  expect(await child('true', { open: true })).toMatch(/in use by another Reelvault engine/);
  const job = await world.createBackupJob(await world.addRepository('primary'));
  await world.run(job);
  await world.checkPromises();
});
