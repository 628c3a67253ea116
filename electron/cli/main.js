#!/usr/bin/env node
import '../hosting/needs-node.js';
import '../hosting/no-inspector.js';
import module from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

// Commands are short: what was compiled once is kept. In the user's own cache, for whoever can write it can run code.
module.enableCompileCache(
  path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'reelvault', 'compiled'),
);
const { endAtOnce, endLimitMs, endSignals } = await import('../hosting/process-end.ts');

// Long work is stopped in order at the first Ctrl+C; at the second, or when the limit has passed, the program leaves at
// once. The web console listens by itself.
const cancelled = 130;
const interrupt = new AbortController();
if (process.argv[2] !== 'serve') {
  for (const signal of endSignals) {
    process.on(signal, () => {
      if (interrupt.signal.aborted) endAtOnce(cancelled);
      interrupt.abort();
      setTimeout(() => endAtOnce(cancelled), endLimitMs).unref();
    });
  }
}
// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const code = await start(process.argv.slice(2));
// Whatever still holds the process open has nothing left to do; what was printed is let out first.
module.flushCompileCache();
process.stdout.write('', () => process.stderr.write('', () => endAtOnce(code)));

/** `serve` is the web console: it has options of its own, and stays until it is stopped. All else are commands. */
async function start(args) {
  if (args[0] === 'serve') return (await import('../web/serve.ts')).serve(args.slice(1));
  const { run } = await import('./run.ts');
  return run(args, { signal: interrupt.signal, cwd: process.cwd() });
}
