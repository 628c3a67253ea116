/**
 * What the guest does: a library attached to this machine, from its discovery to a disk that came back from its tape, by
 * the command line alone. Every command opens an engine of its own, and so the library anew. Ends at the first failure.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { run } from '../../electron/cli/run.ts';

const data = '/data';
const disk = `${data}/disk.raw`;
process.env.REELVAULT_DATA = `${data}/engine`;

async function reelvault(...args: string[]): Promise<void> {
  const began = performance.now();
  process.stdout.write(`+ reelvault ${args.join(' ')}\n`);
  const code = await run(args, { signal: new AbortController().signal, cwd: data });
  process.stdout.write(`  (${((performance.now() - began) / 1000).toFixed(1)} s)\n`);
  if (code !== 0) throw new Error(`"${args.join(' ')}" ended with ${code}.`);
}

const digest = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

await writeFile(disk, randomBytes(20 * 1_048_576));
await reelvault('library', 'list-local');
await reelvault('repository', 'add', 'main', `${data}/main`);
await reelvault(
  'backup',
  'create',
  '--name',
  'nightly',
  '--machine',
  `web01,generic,${disk}`,
  '--repository',
  'main',
  '--run',
);
await reelvault('library', 'add-local', 'lab');
await reelvault('pool', 'create', 'weekly');
await reelvault('tape-job', 'create', '--name', 'to-tape', '--from-job', 'nightly', '--pool', 'weekly', '--run');
await reelvault('library', 'show', 'lab');
await reelvault('backup', 'delete-from-disk', 'web01', '--repository', 'main', '--confirm', 'web01');
await reelvault('repository', 'add', 'second', `${data}/second`);
await reelvault('restore', 'from-tape', 'web01', '--to', 'second');
await reelvault('restore', 'disk', 'web01', '--folder', `${data}/restored`);
const restored = (await readdir(`${data}/restored`, { recursive: true })).find((name) => name.endsWith('.raw'));
if (restored === undefined || (await digest(`${data}/restored/${restored}`)) !== (await digest(disk))) {
  throw new Error('The restored disk is not the disk that was backed up.');
}
process.stdout.write('The disk is back from tape, bit for bit.\n');
process.exit(0);
