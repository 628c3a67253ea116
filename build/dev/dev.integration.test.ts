import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

// A copy of the sources, so that one of them can be changed while the console is served from it.
const root = fileURLToPath(new URL('../..', import.meta.url));
let copy: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  copy = await mkdtemp(path.join(tmpdir(), 'reelvault-dev-'));
  for (const part of ['electron', 'shared', 'renderer', 'build', 'docs', 'package.json', 'tsconfig.json']) {
    await cp(path.join(root, part), path.join(copy, part), { recursive: true });
  }
  await symlink(await realpath(path.join(root, 'node_modules')), path.join(copy, 'node_modules'));
});
afterAll(async () => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(copy, { recursive: true, force: true });
});

interface Running {
  url: URL;
  engine: string;
  output: () => string;
  /** As Ctrl+C does; resolves with the exit code. */
  interrupt(): Promise<number | null>;
}

async function start(): Promise<Running> {
  const child = spawn(process.execPath, ['build/dev/main.ts'], { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let output = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      if (output.includes('Ctrl+C ends it.')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then((code) => reject(new Error(`It ended with ${code}:\n${output}`)));
  });
  return {
    url: new URL(/hot reload: (\S+)/.exec(output)?.[1] ?? ''),
    engine: /Engine: (\S+)/.exec(output)?.[1] ?? '',
    output: () => output,
    interrupt: () => {
      child.kill('SIGINT');
      return exited;
    },
  };
}

const get = async (url: URL, address: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(address, url), { headers });

test('the console from its sources on a running engine: sign-in, calls, hot reload, and an end without rest', async () => {
  const dev = await start();
  const { url } = dev;
  expect(url.hostname).toBe('127.0.0.1');
  const page = await (await get(url, '/')).text();
  expect(page).toContain('/@vite/client');
  expect((await get(url, '/shell/sign-in.tsx')).headers.get('content-type')).toContain('javascript');

  // What lies in the project but is not the console's stays unread: the data directory with its keys is there.
  for (const file of ['data/secret.key', 'package.json', 'electron/web/serve.ts']) {
    const { status } = await get(url, `/@fs${path.join(await realpath(copy), file)}`);
    expect({ file, status }).toEqual({ file, status: 403 });
  }
  await expect(readFile(path.join(copy, 'data/secret.key'))).resolves.toBeTruthy();

  // Sign-in goes through to the engine, which still judges where a request comes from.
  const token = url.hash.slice('#token='.length);
  const setPassword = (origin: string): Promise<Response> =>
    fetch(new URL('/auth/set-password', url), {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ password: 'a password for tests', token }),
    });
  expect((await setPassword('http://elsewhere.example')).status).toBe(403);
  const signedIn = await setPassword(url.origin);
  expect(signedIn.status).toBe(200);
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect(await (await get(url, '/auth/state', { cookie })).json()).toEqual({ state: 'signed-in' });
  expect((await get(url, '/api/system/info')).status).toBe(401);

  // A second one takes the engine that runs, and leaves it running.
  const second = await start();
  expect(second.output()).toContain('was running already');
  expect(second.engine).toBe(dev.engine);
  expect(second.url.port).not.toBe(url.port);
  expect(await (await get(second.url, '/auth/state')).json()).toEqual({ state: 'sign-in' });
  expect(await second.interrupt()).toBe(0);

  const client = await (await get(url, '/@vite/client')).text();
  const socket = new WebSocket(`ws://${url.host}/?token=${/wsToken = "([^"]+)"/.exec(client)?.[1]}`, 'vite-hmr');
  const updated = new Promise<string>((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('no hot reload')));
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as { type: string; updates?: { path: string }[] };
      if (message.type === 'update') resolve(message.updates?.[0]?.path ?? '');
    });
  });
  await new Promise((resolve) => {
    socket.addEventListener('open', resolve, { once: true });
  });
  const source = path.join(copy, 'renderer/shell/sign-in.tsx');
  await writeFile(source, `${await readFile(source, 'utf8')}\n// changed\n`);
  expect(await updated).toBe('/shell/sign-in.tsx');

  expect(await dev.interrupt()).toBe(0);
  expect(dev.output()).not.toContain('did not end');
  await expect(get(url, '/')).rejects.toThrow();
  await expect(fetch(dev.engine)).rejects.toThrow();
});

test('a wrong option is told, and nothing is started', async () => {
  const child = spawn(process.execPath, ['build/dev/main.ts', '--port', '0'], {
    cwd: copy,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(child);
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
  expect(text).toContain('--port takes a number');
});
