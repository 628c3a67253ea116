import { userInfo } from 'node:os';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { createRouterClient } from '@orpc/server';
import { WebSocket } from 'ws';
import { administrator } from '../../shared/domain/rights.ts';
import { oneLine } from './table.ts';
import { messageOf } from '../../shared/domain/message-of.ts';
import { DataDirectoryLocked, DataDirectoryOfAnother, readRunningAddress } from '../engine/data-directory.ts';
import type { Engine } from '../engine/engine.ts';
import { systemClock } from '../engine/faults/clock.ts';
import type { LocalEndpoint } from '../hosting/local-endpoint.ts';
import type { EngineClient } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';

export interface EngineLink {
  engine: EngineClient;
  ownsEngine: boolean;
  /** What is not as it should be with an engine that was opened for this command, in words. */
  warning?: string | undefined;
  close(): Promise<void>;
}

const connectLimitMs = 5000;
const lostLimitMs = 30_000;
/** Most commands have ended by then; an endpoint would only make them slower. */
const endpointAfterMs = 500;

/** Reaches the engine of a data directory: the one that runs, or one opened for the time of the command. */
export async function linkEngine(dataDir: string): Promise<EngineLink> {
  const running = await connectRunning(dataDir);
  if (running.link) return running.link;
  // Loaded here, so that help and commands to a running engine start at once.
  const { openEngine } = await import('../engine/engine.ts');
  try {
    const engine = await openEngine({ dataDir, schedule: false });
    const closeEndpoint = openEndpointSoon(engine);
    return {
      engine: createRouterClient(engine.router, { context: { actor: administrator(userName(), 'command-line') } }),
      ownsEngine: true,
      warning: engine.secretWarning,
      async close() {
        await closeEndpoint();
        await engine.close();
      },
    };
  } catch (error) {
    if (error instanceof DataDirectoryOfAnother) throw new CliError(exitCodes.conflict, error.message, error.advice);
    if (!(error instanceof DataDirectoryLocked)) throw error;
    // It may have published its address between the two looks.
    const second = await connectRunning(dataDir);
    if (second.link) return second.link;
    const why = second.problem === undefined ? '' : ` It does not answer: ${second.problem}.`;
    throw new CliError(
      exitCodes.unavailable,
      `${error.message}${why}`,
      'Wait until it has started or stopped and try again, or look at its log.',
    );
  }
}

/**
 * While this command holds the engine, others reach it through an endpoint of its own: a restore that waits for a tape must not keep
 * the tape from being moved, looked at, or the restore from being stopped. It opens only for commands that take their
 * time; without one the command still works. Returns what closes it.
 */
function openEndpointSoon(engine: Engine): () => Promise<void> {
  let opening: Promise<LocalEndpoint | undefined> | undefined;
  const timer = setTimeout(() => (opening = openEndpoint(engine).catch(() => undefined)), endpointAfterMs);
  return async () => {
    clearTimeout(timer);
    await (await opening)?.close();
  };
}

async function openEndpoint(engine: Engine): Promise<LocalEndpoint> {
  const { openLocalEndpoint } = await import('../hosting/local-endpoint.ts');
  const onError = (error: unknown): void => {
    process.stderr.write(`Another command’s call failed: ${oneLine(messageOf(error))}\n`);
  };
  const endpoint = await openLocalEndpoint(engine.router, { clock: systemClock, onError });
  engine.publishAddress({ url: endpoint.url, token: endpoint.token, console: false });
  return endpoint;
}

/** A link to the engine whose address is published, if there is one and it answers; an address may outlive a crash. */
async function connectRunning(dataDir: string): Promise<{ link?: EngineLink; problem?: string }> {
  const address = readRunningAddress(dataDir);
  if (!address) return {};
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
    return { problem: messageOf(error) };
  }
  socket.on('error', () => {});
  keepAlive(socket);
  const engine: EngineClient = createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      const cutOff = setTimeout(() => socket.terminate(), 1000);
      socket.once('close', () => {
        clearTimeout(cutOff);
        resolve();
      });
      if (socket.readyState === WebSocket.CLOSED) {
        clearTimeout(cutOff);
        resolve();
      }
      socket.close();
    });
  return { link: { engine, ownsEngine: false, close } };
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
