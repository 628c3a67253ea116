/**
 * The engine in a process of its own, as every host runs it, so that its memory and its loop are measured without the
 * bench's. Spoken to by engine-under-test.ts.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createRouterClient } from '@orpc/server';
import { openEngine } from '../../electron/engine/engine.ts';
import type { EngineRequest, EngineReply, Usage } from './engine-under-test.ts';

const began = performance.now();
const engine = await openEngine({ dataDir: process.argv[2] ?? '' });
const readyMs = performance.now() - began;
const client = createRouterClient(engine.router, { context: { who: 'bench' } });
const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();
let cpuBefore = process.cpuUsage();
let peakRss = 0;
setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 100).unref();

function usage(): Usage {
  const { user, system } = process.cpuUsage(cpuBefore);
  const rss = process.memoryUsage.rss();
  return {
    cpuSeconds: (user + system) / 1e6,
    rssBytes: rss,
    peakRssBytes: Math.max(peakRss, rss),
    loopMaxMs: delays.max / 1e6,
    loopP99Ms: delays.percentile(99) / 1e6,
  };
}

async function answer(request: EngineRequest): Promise<unknown> {
  switch (request.op) {
    case 'call': {
      let target: unknown = client;
      for (const part of request.path.split('.')) target = (target as Record<string, unknown>)[part];
      const from = performance.now();
      const result = await (target as (input: unknown) => Promise<unknown>)(request.input);
      return { result, ms: performance.now() - from };
    }
    case 'ended': {
      for await (const _update of await client.sessions.follow({ id: request.sessionId }));
      return client.sessions.get({ id: request.sessionId });
    }
    case 'ready':
      return { readyMs };
    case 'reset':
      cpuBefore = process.cpuUsage();
      peakRss = process.memoryUsage.rss();
      delays.reset();
      return undefined;
    case 'usage':
      return usage();
    case 'close':
      await engine.close();
      return undefined;
  }
}

process.on('message', (request: EngineRequest) => {
  const send = (reply: EngineReply): void => {
    process.send?.(reply, () => {
      if (request.op === 'close') process.exit(0);
    });
  };
  answer(request).then(
    (result) => send({ id: request.id, result }),
    (error: unknown) => send({ id: request.id, error: error instanceof Error ? error.message : String(error) }),
  );
});
