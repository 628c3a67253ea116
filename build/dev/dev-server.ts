import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer, type ViteDevServer } from 'vite';
import { DataDirectoryLocked } from '../../electron/engine/data-directory.ts';
import { openEngine } from '../../electron/engine/engine.ts';
import { startWebConsole } from '../../electron/web/web-console.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the page may load from the disk. Not the whole project: a data directory may lie in it, with its keys. */
const readable = ['renderer', 'shared', 'docs/guide', 'build/icons', 'node_modules'];
/** What the engine answers. Host and Origin stay as the browser sent them, so its request guard judges them as ever. */
const engineAddresses = '^/(rpc|api|auth|healthz)([/?]|$)';

export interface DevConsole {
  /** Where the console is, with the token for the first password while none is set. */
  url: string;
  /** The engine's own address: calls and the command line; its page shows the last build. */
  engineUrl: string;
  /** False where another program already served this data directory, whose engine is used. */
  ownEngine: boolean;
  close(): Promise<void>;
}

/**
 * The console from its sources, with hot reload, on a running engine: the one that serves this data directory, or one that
 * runs in this process. Listens on 127.0.0.1 only, on `port` or the next free one.
 * @throws Error when the engine does not start, or is one that no console serves.
 */
export async function startDevConsole(options: {
  dataDir: string;
  port: number;
  log: (line: string) => void;
}): Promise<DevConsole> {
  const web = await startWebConsole({
    dataDir: options.dataDir,
    openEngine,
    rendererDir: path.join(root, 'out', 'renderer'),
    port: 0,
    log: options.log,
  });
  const outcome = web.engine.now;
  let engineUrl = web.url;
  const ownEngine = outcome.state === 'ready';
  if (outcome.state === 'failed') {
    await web.close(0);
    if (!(outcome.error instanceof DataDirectoryLocked)) throw new Error(outcome.reason);
    const { url } = outcome.error.owner;
    if (url === undefined) throw new Error(`${outcome.reason} Wait until it has ended.`);
    if (!url.startsWith('http://')) throw new Error(`The console at ${url} is served over TLS: stop it first.`);
    engineUrl = url;
  }
  let vite: ViteDevServer;
  try {
    vite = await serveSources(engineUrl, options.port);
  } catch (error) {
    if (ownEngine) await web.close(0);
    throw error;
  }
  const address = vite.resolvedUrls?.local[0];
  const token = ownEngine && web.firstStartUrl !== undefined ? new URL(web.firstStartUrl).hash : '';
  return {
    url: `${address}${token}`,
    engineUrl,
    ownEngine,
    close: async () => {
      await vite.close();
      if (ownEngine) await web.close();
    },
  };
}

async function serveSources(engineUrl: string, port: number): Promise<ViteDevServer> {
  const vite = await createServer({
    configFile: path.join(root, 'build', 'vite.config.ts'),
    cacheDir: path.join(root, 'out', 'dev-cache'),
    logLevel: 'warn',
    server: {
      host: '127.0.0.1',
      port,
      cors: false,
      fs: { allow: readable.map((folder) => realpathSync(path.join(root, folder))) },
      proxy: { [engineAddresses]: { target: engineUrl, ws: true } },
    },
  });
  try {
    return await vite.listen();
  } catch (error) {
    await vite.close();
    throw error;
  }
}
