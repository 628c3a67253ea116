import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { nodeBundle, workerEntries } from './node-bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The command line, with the web console and the engine in it, as modules of plain JavaScript: what the server's package
 * runs. It finds the renderer's build and package.json from where it lies, `out/server/`.
 */
const server = nodeBundle(
  { reelvault: path.join(root, 'electron', 'cli', 'main.js') },
  { format: 'es', dir: path.join(root, 'out', 'server'), extension: 'mjs' },
  [workerEntries()],
);
export default defineConfig({ ...server, build: { ...server.build, emptyOutDir: true } });
