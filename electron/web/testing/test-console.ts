import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { implement } from '@orpc/server';
import { actorText } from '../../../shared/domain/rights.ts';
import { contract } from '../../../shared/contract/contract.ts';
import { failedRouter } from '../../hosting/engine-startup.ts';
import type { EngineContext, HostedEngine } from '../../hosting/hosted-engine.ts';
import { startWebConsole, type WebConsole, type WebConsoleOptions } from '../web-console.ts';

/** The web console around an engine of which only `system.info`, `system.changes` and `jobs.list` answer; tests only. */
export interface TestConsole {
  web: WebConsole;
  url: string;
  port: number;
  dataDir: string;
  /** Address and bearer token that the engine was asked to publish. */
  publishedUrl: string;
  token: string;
  /** The one-time token of the first start. */
  firstStartToken: string;
  calls: string[];
  log: string[];
  /** Lets `system.changes` say this. */
  say(seq: number): void;
  end(): Promise<void>;
}

export async function startTestConsole(options: Partial<WebConsoleOptions> = {}): Promise<TestConsole> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelvault-web-'));
  const rendererDir = path.join(folder, 'renderer');
  await mkdir(path.join(rendererDir, 'assets'), { recursive: true });
  await writeFile(
    path.join(rendererDir, 'index.html'),
    '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><title>console</title>',
  );
  await writeFile(path.join(rendererDir, 'assets', 'main-1a2b.js'), 'export {};');
  await writeFile(path.join(folder, 'secret.json'), '{"secret":true}');
  const dataDir = path.join(folder, 'data');
  const calls: string[] = [];
  const log: string[] = [];
  let published = { url: '', token: '' };
  const waiting = new Set<(seq: number) => void>();

  const openEngine = (): Promise<HostedEngine> => {
    const os = implement(contract).$context<EngineContext>();
    const rest = failedRouter('not part of this test');
    const router = {
      ...rest,
      system: {
        ...rest.system,
        info: os.system.info.handler(({ context }) => {
          calls.push(`info by ${actorText(context.actor)}`);
          return {
            product: 'Reelvault' as const,
            version: '0.0.0',
            hostName: 'test',
            dataDir,
            startedAt: 0,
            timeZone: 'UTC',
            capabilities: { blockDevices: false },
          };
        }),
        changes: os.system.changes.handler(async function* ({ signal }) {
          try {
            for (;;) {
              const seq = await new Promise<number>((resolve, reject) => {
                waiting.add(resolve);
                signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
              });
              yield { type: 'changed' as const, seq, topics: ['jobs' as const] };
            }
          } finally {
            calls.push('changes ended');
          }
        }),
      },
      jobs: {
        ...rest.jobs,
        list: os.jobs.list.handler(({ input }) => {
          if (input.search === 'fault') throw new Error('the secret inside');
          calls.push(`jobs ${input.offset} ${input.limit}`);
          return { rows: [], total: 0 };
        }),
      },
    };
    return Promise.resolve({
      router,
      dataDir,
      publishAddress: (address) => {
        published = address;
      },
      close: () => {
        calls.push('closed');
        return Promise.resolve();
      },
    });
  };

  const web = await startWebConsole({
    dataDir,
    openEngine,
    rendererDir,
    port: 0,
    passwordCost: 2 ** 10,
    log: (line) => log.push(line),
    ...options,
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true });
    throw error;
  });
  return {
    web,
    url: web.url,
    port: Number(new URL(web.url).port),
    dataDir,
    publishedUrl: published.url,
    token: published.token,
    firstStartToken: new URL(web.firstStartUrl ?? web.url).hash.slice('#token='.length),
    calls,
    log,
    say: (seq) => {
      for (const resolve of waiting) resolve(seq);
      waiting.clear();
    },
    end: async () => {
      await web.close(100);
      await rm(folder, { recursive: true });
    },
  };
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: unknown;
}

/** One request with exactly these headers (fetch would not let Host and Origin be chosen), from another address if asked. */
export function ask(
  port: number,
  method: string,
  urlPath: string,
  headers: Record<string, string> = {},
  body?: unknown,
  from?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const request = httpRequest({
      host: '127.0.0.1',
      ...(from === undefined ? {} : { localAddress: from }),
      port,
      method,
      path: urlPath,
      headers: {
        ...(content === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(content)) }),
        ...headers,
      },
    });
    request.once('error', reject);
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, headers: {}, text: '', json: undefined });
    });
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
      });
    });
    request.end(content);
  });
}

/** The name=value parts of what Set-Cookie gave: the session's, and the one by which a browser is known. */
export function cookiesOf(answer: Answer): string[] {
  return [answer.headers['set-cookie'] ?? []].flat().map((value) => value.split(';')[0] ?? '');
}

/** The session's cookie alone. */
export function cookieOf(answer: Answer): string {
  return cookiesOf(answer)[0] ?? '';
}

export const goodPassword = 'correct horse battery';

/** Sets the first password and returns the session's cookie. */
export async function signUp(console: TestConsole): Promise<string> {
  const origin = `http://127.0.0.1:${console.port}`;
  const answer = await ask(
    console.port,
    'POST',
    '/auth/set-password',
    { Origin: origin },
    { password: goodPassword, token: console.firstStartToken },
  );
  if (answer.status !== 200) throw new Error(`set-password: ${answer.status} ${answer.text}`);
  return cookieOf(answer);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
