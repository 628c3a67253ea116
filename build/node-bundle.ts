import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InlineConfig, Plugin } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Packages with compiled parts: they stay outside of the bundles and are packed beside them, whole. */
export const nativePackages = ['@napi-rs/blake-hash', 'lz4-napi'] as const;
/** The same with the packages that hold the compiled part for one platform each, as patterns below node_modules. */
export const nativePatterns = ['@napi-rs/blake-hash*/**', 'lz4-napi/**', '@antoniomuso/lz4-napi-*/**'];

/** Everything of ours and of other packages in one bundle, but Electron, Node and what is compiled. */
export function nodeBundle(
  entry: string | Record<string, string>,
  output: { format: 'cjs' | 'es'; dir: string; extension: 'cjs' | 'mjs' },
  plugins: Plugin[] = [],
): InlineConfig {
  return {
    configFile: false,
    root,
    logLevel: 'warn',
    resolve: { conditions: ['node', 'import', 'default'] },
    ssr: { noExternal: true, external: [] },
    plugins,
    build: {
      ssr: true,
      outDir: output.dir,
      emptyOutDir: false,
      // Electron 45 embeds Node 24, and the server's package brings it along.
      target: 'node24',
      sourcemap: true,
      minify: false,
      rolldownOptions: {
        input: entry,
        external: [/^node:/, ...builtinModules, 'electron', ...nativePackages],
        output: {
          format: output.format,
          entryFileNames: `[name].${output.extension}`,
          chunkFileNames: `[name]-[hash].${output.extension}`,
        },
      },
    },
  };
}

/**
 * Worker threads are started from `new URL('./x-worker.ts', import.meta.url)`. Each becomes an entry of its own beside the
 * chunk that starts it, and the address is written anew.
 */
export function workerEntries(): Plugin {
  const address = /new URL\(\s*'(\.\/[\w-]+)\.ts'\s*,\s*import\.meta\.url\s*\)/g;
  return {
    name: 'reelvault-worker-entries',
    enforce: 'pre',
    transform(code, id) {
      if (!id.startsWith(path.join(root, 'electron')) || code.search(address) < 0) return undefined;
      const rewritten = code.replaceAll(address, (_whole, relative: string) => {
        const file = `${relative}.ts`;
        const name = path.basename(relative);
        this.emitFile({ type: 'chunk', id: path.resolve(path.dirname(id), file), fileName: `${name}.mjs` });
        return `new URL('./${name}.mjs', import.meta.url)`;
      });
      return { code: rewritten, map: null };
    },
  };
}
