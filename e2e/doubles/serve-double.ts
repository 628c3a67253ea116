import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import { findConsoleFile } from '../../electron/hosting/console-files.ts';
import { contentSecurityPolicy, withNonce } from '../../electron/hosting/content-policy.ts';
import { createEngineDouble, type DoubleMode } from './engine-double.ts';
import type { SeedSize } from './seed.ts';

const consoleRoot = fileURLToPath(new URL('../../out/renderer', import.meta.url));

export interface ServedDouble {
  url: string;
  /** Cuts every connection and refuses new ones, as an engine that is gone; `false` brings it back. */
  setAway: (away: boolean) => void;
  /** What the engine says it is from the next connection on. */
  setVersion: (version: string) => void;
  close: () => Promise<void>;
}

/** The console's build with an engine double behind it, on a free port of loopback. `auth` is what /auth/state says. */
export async function serveDouble(options: {
  size: SeedSize;
  mode?: DoubleMode;
  auth?: 'set-password' | 'sign-in' | 'signed-in';
  port?: number;
}): Promise<ServedDouble> {
  let version = '0.1.0';
  const double = createEngineDouble({ size: options.size, mode: options.mode ?? 'works', version: () => version });
  const handler = new RPCHandler(double);
  const sockets = new WebSocketServer({ noServer: true });
  let auth = options.auth ?? 'signed-in';
  let away = false;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://double');
    const json = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (pathname === '/auth/state') return json(200, { state: auth });
    if (pathname === '/auth/sign-in' || pathname === '/auth/set-password') {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        const { password } = JSON.parse(text) as { password: string };
        if (password === 'wrong password')
          return json(401, { code: 'WRONG_PASSWORD', message: 'The password is not right.' });
        auth = 'signed-in';
        return json(200, { state: auth });
      });
      return undefined;
    }
    if (pathname === '/auth/sign-out') {
      auth = 'sign-in';
      for (const socket of sockets.clients) socket.close(4401, 'The session is over.');
      return json(200, { ok: true });
    }
    findConsoleFile(consoleRoot, pathname)
      .then(async (file) => {
        if (!file.found) return json(file.status, { message: file.reason });
        const nonce = randomBytes(16).toString('base64');
        const content = await readFile(file.filePath);
        response.writeHead(200, {
          'content-type': file.contentType,
          'content-security-policy': contentSecurityPolicy(nonce),
        });
        response.end(file.isPage ? withNonce(content.toString('utf8'), nonce) : content);
        return undefined;
      })
      .catch((error: unknown) => json(500, { message: String(error) }));
    return undefined;
  });
  server.on('upgrade', (request, socket, head) => {
    if (away || auth !== 'signed-in') {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => void handler.upgrade(webSocket, { context: {} }));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets.clients) socket.terminate();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setAway: (wanted) => {
      away = wanted;
      if (away) cut();
    },
    setVersion: (wanted) => {
      version = wanted;
    },
    close: async () => {
      cut();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [size = 'usual', mode = 'works'] = process.argv.slice(2);
  const served = await serveDouble({ size: size as SeedSize, mode: mode as DoubleMode });
  console.log(`A double of the engine (${size}, ${mode}) is at ${served.url}`);
}
