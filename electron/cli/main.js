#!/usr/bin/env node
import '../hosting/needs-node.js';
import module from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

// Commands are short: what was compiled once is kept. In the user's own cache, for whoever can write it can run code.
module.enableCompileCache(
  path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'reelvault', 'compiled'),
);

// Long work is stopped in order at the first Ctrl+C; at the second the program leaves at once.
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
}
// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const code = await start(process.argv.slice(2));
// Whatever still holds the process open has nothing left to do; what was printed is let out first.
process.stdout.write('', () => process.exit(code));

/** `serve` is the web console: it has options of its own, and stays until it is stopped. All else are commands. */
async function start(args) {
  if (args[0] === 'serve') return (await import('../web/serve.ts')).serve(args.slice(1));
  const { run } = await import('./run.ts');
  return run(args, { signal: interrupt.signal, cwd: process.cwd() });
}
