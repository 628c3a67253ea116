import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const programs = { 'web console': [at('main.js')], 'command line': [at('../cli/main.js'), 'serve'] } as const;
const limitMs = 60_000;

let folder: string;
const started: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-ends-'));
});
afterEach(async () => {
  for (const program of started.splice(0)) {
    if (program.exitCode === null && program.signalCode === null) {
      program.kill('SIGKILL');
      await once(program, 'exit');
    }
  }
  await rm(folder, { recursive: true });
});

/** A server on a data directory of its own; resolves when it has printed its address. */
async function serve(args: readonly string[], expected = /Data directory/) {
  const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(program);
  let output = '';
  program.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  program.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(program, 'exit').then(([code, signal]: (number | string | null)[]) => ({ code, signal }));
  await expect.poll(() => output, { timeout: limitMs, interval: 50 }).toMatch(expected);
  return { program, ended, output: () => output };
}

const options = (): string[] => ['--port', '0', '--data-dir', path.join(folder, 'data')];

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

test.each(['SIGHUP', 'SIGTERM', 'SIGINT'] as const)('%s ends the server in order', async (signal) => {
  const server = await serve([...programs['command line'], ...options()]);
  server.program.kill(signal);
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(server.output()).toMatch(/Stopping…/);
});

test.each(Object.entries(programs))('SIGUSR1 opens no inspector: %s', async (_name, program) => {
  const before = await listens(9229);
  const server = await serve([...program, ...options()]);
  server.program.kill('SIGUSR1');
  // Whether or not the port is free, a Node that opens its inspector says so.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(server.output()).not.toMatch(/[Dd]ebugger|inspector/);
  expect(await listens(9229)).toBe(before);
  server.program.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
});

/** A program that serves with a limit of 2 s, and does `hang` once the engine runs. */
function hanging(hang: string): string {
  return `
    const { serve } = await import(${JSON.stringify(at('serve.ts'))});
    const { endAtOnce } = await import(${JSON.stringify(at('../hosting/process-end.ts'))});
    const { existsSync } = await import('node:fs');
    const { open } = await import('node:fs/promises');
    const { Server } = await import('node:http');
    const waiting = setInterval(() => {
      if (!existsSync(${JSON.stringify(path.join(folder, 'data', 'running.json'))})) return;
      clearInterval(waiting);
      ${hang}
      console.log('it hangs');
    }, 20);
    endAtOnce(await serve(${JSON.stringify(options())}, { endLimitMs: 2000 }));
  `;
}
const hangs = /Data directory[^]*it hangs|it hangs[^]*Data directory/;

test('pipes that nobody writes hold every thread of the pool, and the server ends in order all the same', async () => {
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const openPipes = `for (let n = 0; n < 16; n += 1) void open(${JSON.stringify(pipe)}, 'r');`;
  const server = await serve(['--input-type=module', '-e', hanging(openPipes)], hangs);
  server.program.kill('SIGTERM');
  const late = new Promise((resolve) => setTimeout(() => resolve('still there'), 20_000));
  expect(await Promise.race([server.ended, late])).toMatchObject({ code: expect.any(Number), signal: null });
});

test('what never closes is left behind when the limit has passed, and the code says so', async () => {
  const server = await serve(['--input-type=module', '-e', hanging('Server.prototype.close = () => {};')], hangs);
  const since = performance.now();
  server.program.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 1, signal: null });
  expect(performance.now() - since).toBeGreaterThan(1900);
  expect(server.output()).toMatch(/2 s: Reelvault leaves without waiting/);
});

test('a second signal, another one too, ends the wait', async () => {
  const server = await serve([...programs['command line'], ...options()]);
  server.program.kill('SIGTERM');
  server.program.kill('SIGHUP');
  const { code, signal } = await server.ended;
  expect(signal).toBeNull();
  expect([0, 1]).toContain(code);
});
