import { copyFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defineConfig, type InlineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const desktop = path.join(root, 'electron', 'desktop');
const outDir = path.join(root, 'out', 'desktop');

/** Stay outside of the bundles: Electron and Node themselves, and packages with compiled parts. */
const external = [/^node:/, ...builtinModules, 'electron', /^@napi-rs\//, 'lz4-napi'];

const common = {
  configFile: false,
  root,
  logLevel: 'warn',
  resolve: { conditions: ['node', 'import', 'default'] },
  ssr: { noExternal: true, external: [] },
} satisfies InlineConfig;

function bundle(
  entry: string,
  format: 'cjs' | 'es',
  dir: string,
  extension: string,
  plugins: Plugin[] = [],
): InlineConfig {
  return {
    ...common,
    plugins,
    build: {
      ssr: true,
      outDir: dir,
      emptyOutDir: false,
      // Electron 45 embeds Node 24.
      target: 'node24',
      sourcemap: true,
      minify: false,
      rolldownOptions: {
        input: entry,
        external,
        output: {
          format,
          entryFileNames: `[name].${extension}`,
          chunkFileNames: `[name]-[hash].${extension}`,
        },
      },
    },
  };
}

/**
 * Worker threads are started from `new URL('./x-worker.ts', import.meta.url)`. Each becomes an entry of its own beside the
 * chunk that starts it, and the address is written anew.
 */
function workerEntries(): Plugin {
  const address = /new URL\(\s*'(\.\/[\w-]+)\.ts'\s*,\s*import\.meta\.url\s*\)/g;
  return {
    name: 'reelvault-worker-entries',
    enforce: 'pre',
    transform(code, id) {
      if (!id.startsWith(path.join(root, 'electron')) || code.search(address) < 0) return undefined;
      const rewritten = code.replaceAll(address, (_whole, relative: string) => {
        const file = `${relative}.ts`;
        const name = path.basename(relative);
        this.emitFile({ type: 'chunk', id: path.resolve(path.dirname(id), file), fileName: `${name}.js` });
        return `new URL('./${name}.js', import.meta.url)`;
      });
      return { code: rewritten, map: null };
    },
  };
}

/** The other parts, once the main process is written: the preload, the engine's process with its workers, the icon. */
function otherParts(): Plugin {
  return {
    name: 'reelvault-desktop-parts',
    apply: 'build',
    async closeBundle() {
      await build(bundle(path.join(desktop, 'preload.cts'), 'cjs', outDir, 'cjs'));
      const engine = path.join(outDir, 'engine');
      await build(bundle(path.join(desktop, 'engine-process.ts'), 'es', engine, 'js', [workerEntries()]));
      await copyFile(path.join(root, 'build', 'icons', 'icon.png'), path.join(outDir, 'icon.png'));
    },
  };
}

/** Main process and preload as CommonJS, the engine's process and its workers as modules. Reading this builds nothing. */
const main = bundle(path.join(desktop, 'main.ts'), 'cjs', outDir, 'cjs', [otherParts()]);
export default defineConfig({ ...main, build: { ...main.build, emptyOutDir: true } });
