import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { nodeBundle, workerEntries } from '../node-bundle.ts';

const folder = fileURLToPath(new URL('../../out/bench/', import.meta.url));

/** The engine's process as it is measured. */
export const engineModule = join(folder, 'engine-process.mjs');

/**
 * Bundles the engine as the packages do: from TypeScript every thread would first take the types away, which costs 0.3 s of
 * processor time each and none of the users.
 */
export async function bundleEngine(): Promise<void> {
  const entry = fileURLToPath(new URL('./engine-process.ts', import.meta.url));
  const bundle = nodeBundle(entry, { format: 'es', dir: folder, extension: 'mjs' }, [workerEntries()]);
  await build({ ...bundle, build: { ...bundle.build, emptyOutDir: true } });
}
