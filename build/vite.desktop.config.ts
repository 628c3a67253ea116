import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defineConfig, type Plugin } from 'vite';
import { nodeBundle, workerEntries } from './node-bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const desktop = path.join(root, 'electron', 'desktop');
const outDir = path.join(root, 'out', 'desktop');
const commonJs = { format: 'cjs', dir: outDir, extension: 'cjs' } as const;

/** The other parts, once the main process is written: the preload, the engine's process with its workers, the icon. */
function otherParts(): Plugin {
  return {
    name: 'reelvault-desktop-parts',
    apply: 'build',
    async closeBundle() {
      await build(nodeBundle(path.join(desktop, 'preload.cts'), commonJs));
      const engine = { format: 'es', dir: path.join(outDir, 'engine'), extension: 'mjs' } as const;
      await build(nodeBundle(path.join(desktop, 'engine-process.ts'), engine, [workerEntries()]));
      await copyFile(path.join(root, 'build', 'icons', 'icon.png'), path.join(outDir, 'icon.png'));
    },
  };
}

/** Main process and preload as CommonJS, the engine's process and its workers as modules. Reading this builds nothing. */
const main = nodeBundle(path.join(desktop, 'main.ts'), commonJs, [otherParts()]);
export default defineConfig({ ...main, build: { ...main.build, emptyOutDir: true } });
