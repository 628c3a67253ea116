import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from '@playwright/test';
import { type ConsoleHost, watchPage } from './console-host.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startLimitMs = 30_000 * slowness;
const stopLimitMs = 30_000 * slowness;

export const webPassword = 'a password for tests';

export interface WebServer {
  url: string;
  /** Where the first password is set; undefined when one is set already. */
  firstStartUrl: string | undefined;
  dataDir: string;
  process: ChildProcess;
  /** Everything it printed. */
  output: () => string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the real web console in a process of its own, on a port of loopback; 0: any free one. */
export async function startWebServer(dataDir: string, env: Record<string, string> = {}, port = 0): Promise<WebServer> {
  const child = spawn(process.execPath, ['electron/web/main.js', '--data-dir', dataDir, '--port', String(port)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const addresses = new Promise<{ url: string; firstStartUrl: string | undefined }>((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`The web console did not start in time:\n${output}`)),
      startLimitMs,
    );
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      // The last line that says where: by then everything above it is there too.
      const url = /web console: (\S+)\nData directory: .*\n/.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(limit);
      setTimeout(() => resolve({ url, firstStartUrl: /set the password here: (\S+)/.exec(output)?.[1] }), 50);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then((code) => {
      clearTimeout(limit);
      reject(new Error(`The web console ended with ${code}:\n${output}`));
    });
  });
  const { url, firstStartUrl } = await addresses;
  return {
    url,
    firstStartUrl,
    dataDir,
    process: child,
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null) child.kill(signal);
      const cutOff = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      const code = await exited;
      clearTimeout(cutOff);
      return code;
    },
  };
}

/** The web console in a browser of its own, signed in unless that is what a spec is about. */
export async function openWebConsole(
  browser: Browser,
  options: { dataDir?: string; signIn?: boolean } = {},
): Promise<ConsoleHost & { server: WebServer }> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'reelvault-e2e-')));
  const server = await startWebServer(dataDir);
  const context = await browser.newContext();
  if (options.signIn !== false) {
    const token =
      server.firstStartUrl === undefined ? undefined : new URL(server.firstStartUrl).hash.slice('#token='.length);
    const answer = await context.request.post(
      new URL(token === undefined ? '/auth/sign-in' : '/auth/set-password', server.url).href,
      {
        headers: { Origin: new URL(server.url).origin },
        data: { password: webPassword, token },
      },
    );
    if (!answer.ok()) throw new Error(`Signing in failed: ${answer.status()} ${await answer.text()}`);
  }
  const page = await context.newPage();
  const problems = watchPage(page);
  await page.goto(options.signIn === false ? (server.firstStartUrl ?? server.url) : server.url);
  return {
    name: 'web',
    page,
    dataDir,
    problems,
    server,
    close: async () => {
      await context.close();
      await server.stop();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
