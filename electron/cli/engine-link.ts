import { userInfo } from 'node:os';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { createRouterClient } from '@orpc/server';
import { WebSocket } from 'ws';
import { DataDirectoryLocked, readRunningAddress } from '../engine/data-directory.ts';
import type { EngineClient } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';

export interface EngineLink {
  engine: EngineClient;
  ownsEngine: boolean;
  close(): Promise<void>;
}

const connectLimitMs = 5000;
const lostLimitMs = 30_000;

/** Reaches the engine of a data directory: the one that runs, or one opened for the time of the command. */
export async function linkEngine(dataDir: string): Promise<EngineLink> {
  const running = await connectRunning(dataDir);
  if (running) return running;
  // Loaded here, so that help and commands to a running engine start at once.
  const { openEngine } = await import('../engine/engine.ts');
  try {
    const engine = await openEngine({ dataDir });
    return {
      engine: createRouterClient(engine.router, { context: { who: whoAmI() } }),
      ownsEngine: true,
      close: () => engine.close(),
    };
  } catch (error) {
    if (!(error instanceof DataDirectoryLocked)) throw error;
    // It may have published its address between the two looks.
    const second = await connectRunning(dataDir);
    if (second) return second;
    throw new CliError(exitCodes.unavailable, error.message, 'Wait until it has started or stopped, then try again.');
  }
}

async function connectRunning(dataDir: string): Promise<EngineLink | undefined> {
  const address = readRunningAddress(dataDir);
  if (!address || !isAlive(address.pid)) return undefined;
  const url = new URL('/rpc', address.url);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, {
    headers: { Authorization: `Bearer ${address.token}`, 'X-Reelvault-User': userName() },
    handshakeTimeout: connectLimitMs,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
  } catch (error) {
    throw new CliError(
      exitCodes.unavailable,
      `The engine at ${address.url} (process ${address.pid}) does not answer: ${error instanceof Error ? error.message : String(error)}.`,
      'Look at its log, or restart it.',
    );
  }
  socket.on('error', () => {});
  keepAlive(socket);
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return {
    engine: createORPCClient(link),
    ownsEngine: false,
    close: () =>
      new Promise((resolve) => {
        const cutOff = setTimeout(() => socket.terminate(), 1000);
        socket.once('close', () => {
          clearTimeout(cutOff);
          resolve();
        });
        if (socket.readyState === WebSocket.CLOSED) resolve();
        socket.close();
      }),
  };
}

/** A dead peer looks like a silent one: without an answer to a ping in time the socket is cut, and calls fail. */
function keepAlive(socket: WebSocket): void {
  let heard = true;
  socket.on('pong', () => (heard = true));
  const beat = setInterval(() => {
    if (!heard) return socket.terminate();
    heard = false;
    socket.ping();
  }, lostLimitMs);
  beat.unref();
  socket.once('close', () => clearInterval(beat));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function userName(): string {
  try {
    return userInfo()
      .username.replaceAll(/[^\w.@-]/g, '_')
      .slice(0, 64);
  } catch {
    // No entry in the password database for this user id: containers.
    return String(process.getuid?.() ?? '');
  }
}

function whoAmI(): string {
  return `command line (${userName()})`;
}
