import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PlannedFault } from '../engine/faults/fault-points.ts';

const cliPath = fileURLToPath(new URL('./main.js', import.meta.url));

let cacheDir: string;
let folder: string;
let dataDir: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  cacheDir = await mkdtemp(path.join(tmpdir(), 'reelvault-cli-cache-'));
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-cli-'));
  dataDir = path.join(folder, 'data');
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Starts a program of this project; `ended` resolves with its exit code and everything it printed. */
function start(program: string, args: readonly string[], faults: readonly PlannedFault[] = []) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      REELVAULT_DATA: dataDir,
      XDG_CACHE_HOME: cacheDir,
      REELVAULT_FAULTS: JSON.stringify(faults),
    },
  });
  children.add(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString('utf8')));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      children.delete(child);
      resolve({ code, ...said });
    });
  });
  return { child, said, ended };
}

/** Runs one command line to its end and expects its exit code. */
async function rv(code: number, ...args: string[]): Promise<Ended> {
  const ended = await start(cliPath, args).ended;
  if (ended.code !== code)
    throw new Error(`reelvault ${args.join(' ')}: ${ended.code}, not ${code}
${ended.out}${ended.err}`);
  return ended;
}

async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse((await rv(0, ...args, '--json')).out) as T;
}

/** A disk image of half random, half zero bytes. */
async function makeDisk(name: string, sizeBytes: number): Promise<Buffer> {
  const disk = Buffer.alloc(sizeBytes);
  randomBytes(sizeBytes / 2).copy(disk);
  await writeFile(path.join(folder, name), disk);
  return disk;
}

async function restored(from: string): Promise<Buffer> {
  const [file] = await readdir(path.join(folder, from));
  return readFile(path.join(folder, from, file ?? ''));
}

test('from nothing to a tape and back, each command with an engine of its own', async () => {
  const disk = await makeDisk('web01.raw', 6 * 2 ** 20);
  await rv(0, 'repository', 'add', 'main', 'repo');
  const backup = await rv(
    0,
    'backup',
    'create',
    '--name',
    'nightly',
    '--machine',
    'web01,proxmox-ve,web01.raw',
    '--repository',
    'main',
    '--run',
  );
  expect(backup.out).toContain('Job nightly is created.\nnightly: success');
  const [point] = await json<{ id: string; machineName: string; kind: string }[]>(
    'points',
    'list',
    '--machine',
    'WEB01',
  );
  expect(point).toMatchObject({ machineName: 'web01', kind: 'full' });

  await rv(0, 'restore', 'disk', 'web01', '--folder', 'restore');
  expect((await restored('restore')).equals(disk)).toBe(true);
  const again = await rv(5, 'restore', 'disk', 'web01', '--folder', 'restore');
  expect(again.err).toContain('exists already');
  await rv(0, 'verify', 'web01');

  await rv(0, 'library', 'add-virtual', 'vtl', 'vtl', '--capacity', '64 MiB', '--cartridges', '4');
  await rv(0, 'pool', 'create', 'weekly');
  await rv(0, 'tape-job', 'create', '--name', 'to-tape', '--from-job', 'nightly', '--pool', 'weekly', '--run');
  const plan = await json<{ tapes: { barcode: string }[]; points: { restorable: boolean }[] }>(
    'restore',
    'plan',
    'web01',
  );
  expect(plan.points).toMatchObject([{ restorable: true }]);
  const barcode = plan.tapes[0]?.barcode ?? '';
  expect((await rv(0, 'media', 'show', barcode)).out).toContain('web01');
  expect((await rv(0, 'media', 'why', 'weekly')).out).toContain(barcode);

  await rv(0, 'backup', 'delete-from-disk', 'web01', '--confirm', 'web01');
  expect((await rv(4, 'restore', 'disk', 'web01', '--folder', 'restore2')).err).toContain(
    'There is one on tape: weekly.',
  );
  await rv(0, 'restore', 'from-tape', 'web01', '--to', 'main');
  await rv(0, 'restore', 'disk', 'web01', '--folder', 'restore2');
  expect((await restored('restore2')).equals(disk)).toBe(true);

  // What destroys data is not done by half a word.
  const refused = await rv(5, 'media', 'erase', barcode);
  expect(refused.err).toContain(`This erases ${barcode}: 1 restore point`);
  expect(refused.err).toContain(`--confirm ${barcode}`);
  await rv(5, 'media', 'erase', barcode, '--confirm', 'yes');

  await rv(0, 'media', 'export', barcode);
  await rv(0, 'library', 'take-out', 'vtl', barcode);
  const absent = await rv(6, 'restore', 'plan', 'web01');
  expect(absent.out).toContain('BRING IT');
  await rv(0, 'library', 'insert', 'vtl', barcode);
  await rv(0, 'media', 'import', 'vtl');
  await rv(0, 'restore', 'plan', 'web01');
}, 300_000);

test('wrong words: exit codes, advice, and JSON for programs', async () => {
  expect((await rv(2, 'backup', 'create', '--name', 'x')).err).toContain('--machine is missing.');
  expect((await rv(4, 'repository', 'rescan', 'nowhere')).err).toContain('There is no repository "nowhere".');
  const { out } = await rv(4, 'job', 'run', 'nothing', '--json');
  expect(JSON.parse(out)).toMatchObject({ error: { exitCode: 4, message: 'There is no job "nothing".' } });
  await rv(0, 'repository', 'add', 'main', 'repo');
  expect((await rv(2, 'repository', 'add', 'MAIN', 'other')).err).toContain('Choose another name.');
  expect((await stat(path.join(dataDir))).mode & 0o077).toBe(0);
}, 120_000);

test('Ctrl+C stops a session of an engine of its own in order', async () => {
  await makeDisk('web01.raw', 2 * 2 ** 20);
  await rv(0, 'repository', 'add', 'main', 'repo');
  await rv(
    0,
    'backup',
    'create',
    '--name',
    'nightly',
    '--machine',
    'web01,./web01.raw',
    '--repository',
    'main',
    '--run',
  );
  // No library: the job waits for a tape until somebody stops it.
  await rv(0, 'pool', 'create', 'weekly');
  const job = start(cliPath, [
    'tape-job',
    'create',
    '--name',
    'to-tape',
    '--from-job',
    'nightly',
    '--pool',
    'weekly',
    '--run',
    '--json',
  ]);
  await expect.poll(async () => (await readdir(dataDir)).includes('running.json')).toBe(true);
  // Others come in meanwhile, and a web console beside it is told so.
  await expect
    .poll(async () => await json<{ name: string; state: string }[]>('session', 'list', '--running'))
    .toMatchObject([{ name: 'to-tape', state: 'waiting-tape' }]);
  const second = await start(cliPath, ['serve', '--port', '0']).ended;
  expect(second).toMatchObject({ code: 1, out: '' });
  expect(second.err).toContain('is in use by another Reelvault engine');
  expect(job.said.out).toBe('');
  job.child.kill('SIGINT');
  const { code, out, err } = await job.ended;
  expect({ code, err }).toMatchObject({ code: 130 });
  expect(err).toContain('Stopping the session');
  expect(JSON.parse(out)).toMatchObject({ session: { result: 'stopped' } });
  expect(await readdir(dataDir)).not.toContain('engine.lock');
}, 120_000);

test('with a web console running, commands talk to its engine', async () => {
  await makeDisk('web01.raw', 2 * 2 ** 20);
  const server = start(cliPath, ['serve', '--port', '0']);
  await expect.poll(() => server.said.out).toContain('set the password here');
  const url = /web console: (\S+)/.exec(server.said.out)?.[1] ?? '';
  expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  expect((await stat(path.join(dataDir, 'running.json'))).mode & 0o777).toBe(0o600);

  const info = await json<{ openedForThisCommand: boolean }>('system', 'info');
  expect(info.openedForThisCommand).toBe(false);
  await rv(0, 'repository', 'add', 'main', 'repo');
  const { id } = await json<{ id: string }>(
    'backup',
    'create',
    '--name',
    'nightly',
    '--machine',
    'web01,./web01.raw',
    '--repository',
    'main',
  );
  const { sessionId } = await json<{ sessionId: string }>('job', 'run', id, '--no-wait');
  const followed = await rv(0, 'session', 'follow', sessionId);
  expect(followed.out).toContain('nightly: success');

  // Watching somebody else's session and leaving does not stop it.
  await rv(0, 'pool', 'create', 'weekly');
  const watching = start(cliPath, [
    'tape-job',
    'create',
    '--name',
    'to-tape',
    '--from-job',
    'nightly',
    '--pool',
    'weekly',
    '--run',
  ]);
  await expect.poll(async () => (await json<unknown[]>('session', 'list', '--running')).length).toBe(1);
  watching.child.kill('SIGINT');
  const left = await watching.ended;
  expect(left).toMatchObject({ code: 130 });
  expect(left.out).toContain('to-tape goes on: reelvault session follow');
  const [running] = await json<{ id: string }[]>('session', 'list', '--running');
  await rv(0, 'session', 'cancel', running?.id ?? '');

  // A second server says where the first one is; the audit knows who did what.
  const second = await start(cliPath, ['serve', '--port', '0']).ended;
  expect(second.code).toBe(0);
  expect(second.out).toContain(`Reelvault already runs: ${url}`);
  expect((await rv(0, 'system', 'audit')).out).toContain('command line (');

  server.child.kill('SIGTERM');
  const stopped = await server.ended;
  expect(stopped).toMatchObject({ code: 0 });
  expect(await readdir(dataDir)).not.toContain('running.json');
  expect(stopped.err).toBe('');
}, 180_000);

test('an engine that dies under a command is said, and the next command starts from what is committed', async () => {
  await makeDisk('web01.raw', 2 * 2 ** 20);
  const server = start(cliPath, ['serve', '--port', '0']);
  await expect.poll(() => server.said.out).toContain('set the password here');
  await rv(0, 'repository', 'add', 'main', 'repo');
  await rv(
    0,
    'backup',
    'create',
    '--name',
    'nightly',
    '--machine',
    'web01,./web01.raw',
    '--repository',
    'main',
    '--run',
  );
  await rv(0, 'pool', 'create', 'weekly');
  const tapeJob = ['tape-job', 'create', '--name', 'to-tape', '--from-job', 'nightly', '--pool', 'weekly', '--run'];
  const watching = start(cliPath, tapeJob);
  await expect.poll(async () => (await json<unknown[]>('session', 'list', '--running')).length).toBe(1);
  server.child.kill('SIGKILL');
  const lost = await watching.ended;
  expect(lost).toMatchObject({ code: 6 });
  expect(lost.err).toContain('The connection to the engine was lost.');

  // The address of the dead engine is still there; the session is closed, with the reason.
  expect(await readdir(dataDir)).toContain('running.json');
  const sessions = await json<{ name: string; result: string }[]>('session', 'list');
  expect(sessions.find((session) => session.name === 'to-tape')).toMatchObject({ result: 'failed' });
  await rv(0, 'verify', 'web01');
}, 180_000);

test.for([1, 2, 3])(
  'a disk that does not take flush %i of a run: nothing is called a success, the server ends with 70, the next is whole',
  async (nth) => {
    await makeDisk('web01.raw', 2 * 2 ** 20);
    await rv(0, 'repository', 'add', 'main', 'repo');
    await rv(0, 'backup', 'create', '--name', 'nightly', '--machine', 'web01,./web01.raw', '--repository', 'main');
    const fault = { site: 'database.log-flush', when: 'before', nth, effect: { kind: 'error', code: 'EIO' } } as const;
    const server = start(cliPath, ['serve', '--port', '0'], [fault]);
    await expect.poll(() => server.said.out).toContain('set the password here');
    const told = await start(cliPath, ['job', 'run', 'nightly']).ended;
    expect(told).toMatchObject({ code: 6, out: '' });
    const ended = await server.ended;
    expect(ended).toMatchObject({ code: 70 });
    expect(ended.err).toMatch(/The disk did not take what was written to .*restart Reelvault/);

    const [session] = await json<{ result: string }[]>('session', 'list');
    expect(session?.result).not.toBeNull();
    await rv(0, 'job', 'run', 'nightly');
    await rv(0, 'verify', 'web01');
  },
);

test('serve is the same server', async () => {
  const server = start(cliPath, ['serve', '--port', '0', '--data-dir', dataDir]);
  await expect.poll(() => server.said.out).toContain('set the password here');
  server.child.kill('SIGINT');
  expect((await server.ended).code).toBe(0);
  expect((await rv(2, 'serve', '--prot', '1')).err).toContain('Usage:');
}, 60_000);
