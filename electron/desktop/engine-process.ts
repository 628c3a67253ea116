import { writeSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createRouterClient } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import type { MessageEvent, MessagePortMain, ParentPort } from 'electron';
import { administrator } from '../../shared/domain/rights.ts';
import { openEngine } from '../engine/engine.ts';
import { systemClock } from '../engine/faults/clock.ts';
import { failedRouter, reasonOf } from '../hosting/engine-startup.ts';
import type { EngineContext, HostedEngine } from '../hosting/hosted-engine.ts';
import { type LocalEndpoint, openLocalEndpoint } from '../hosting/local-endpoint.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';
import { RemoteKeyRing } from './remote-key-ring.ts';
import { proveRuntime } from '../engine/backup-file/runtime-proof.ts';
import { SessionWatch } from './session-watch.ts';

// The engine's process: a utility process of Electron, started by the supervisor with the data directory as its argument.
const parent: ParentPort = process.parentPort;
const dataDir = process.argv[2] ?? '';
const tell = (message: FromEngine): void => parent.postMessage(message);
const logError = (error: unknown): void => log(`call failed: ${reasonOf(error)}`);

// Since Electron 37 an unhandled rejection only warns here. An engine that limps on cannot be trusted: say it, leave, be
// started again. Written synchronously, for process.exit() takes what is buffered with it.
process.on('unhandledRejection', (error) => {
  log(`stops: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(70);
});

let closing = false;
let engine: HostedEngine | undefined;
let endpoint: LocalEndpoint | undefined;
const keyRing = new RemoteKeyRing(tell, systemClock);
const waiting: MessagePortMain[] = [];
let serve: ((port: MessagePortMain) => void) | undefined;

parent.on('message', (event: MessageEvent) => {
  const message = event.data as ToEngine;
  if (message.type === 'close') return void close();
  if (message.type === 'ping') return tell({ type: 'pong' });
  if (message.type === 'key-ring') return keyRing.answer(message);
  const [port] = event.ports;
  if (!port) return;
  if (serve) serve(port);
  else waiting.push(port);
});

await start();

async function start(): Promise<void> {
  let router: HostedEngine['router'];
  try {
    await proveRuntime();
    engine = await openEngine({ dataDir, keyRing: await keyRing.open() });
    if (engine.secretWarning !== undefined) log(engine.secretWarning);
    router = engine.router;
    endpoint = await openLocalEndpoint(router, { clock: systemClock, onError: logError });
    await engine.publishAddress({ url: endpoint.url, token: endpoint.token, console: false });
    tell({ type: 'ready', secretWarning: engine.secretWarning ?? null });
    // A stream that ends because the engine closes is no failure; anything else is one, and crashes like one.
    void watchSessions(engine).catch((error: unknown) => {
      if (!closing) throw error;
    });
  } catch (error) {
    const reason = reasonOf(error);
    log(`did not start: ${reason}`);
    // Every call then gives the reason: an error page, not an endless spinner.
    router = failedRouter(reason);
    tell({ type: 'failed', reason });
  }
  const handler = new RPCHandler<EngineContext>(router);
  const context = { actor: administrator(userInfo().username, 'desktop') };
  serve = (port) => {
    handler.upgrade(port, { context });
    port.start();
  };
  for (const port of waiting.splice(0)) serve(port);
}

/** Tells the main process what runs, ends and waits; at most once a second. */
async function watchSessions(opened: HostedEngine): Promise<void> {
  const client = createRouterClient(opened.router, { context: { actor: administrator('', 'desktop') } });
  const watch = new SessionWatch();
  const look = async (): Promise<void> => {
    const [newest, running] = await Promise.all([
      client.sessions.list({ limit: 100 }),
      client.sessions.list({ limit: 100, running: true }),
    ]);
    const known = new Set(newest.rows.map((row) => row.id));
    tell(watch.update([...newest.rows, ...running.rows.filter((row) => !known.has(row.id))]));
  };
  await look();
  for await (const change of await client.system.changes({})) {
    if (change.type === 'changed' && !change.topics.includes('sessions') && !change.topics.includes('jobs')) continue;
    await look();
    await systemClock.sleep(1000);
  }
}

async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  let code = 0;
  try {
    await endpoint?.close();
    await engine?.close();
  } catch (error) {
    log(`did not close in order: ${reasonOf(error)}`);
    code = 1;
  }
  process.exit(code);
}

function log(line: string): void {
  writeSync(2, `${new Date().toISOString()} engine ${line}\n`);
}
