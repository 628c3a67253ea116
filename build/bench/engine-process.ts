/**
 * The engine in a process of its own, as every host runs it, so that its memory and its loop are measured without the
 * bench's. Spoken to by engine-under-test.ts.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createRouterClient } from '@orpc/server';
import { administrator } from '../../shared/domain/rights.ts';
import { messageOf } from '../../shared/domain/message-of.ts';
import { openEngine } from '../../electron/engine/engine.ts';
import type { EngineRequest, EngineReply, Usage } from './engine-messages.ts';

const began = performance.now();
const engine = await openEngine({ dataDir: process.argv[2] ?? '', schedule: false });
const readyMs = performance.now() - began;
const client = createRouterClient(engine.router, { context: { actor: administrator('bench') } });
const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();
let cpuBefore = process.cpuUsage();
let peakRss = 0;
// On a computer with other work a delay may only mean that the system let the process wait. What the loop's own thread
// computed between two turns of a timer does not depend on that.
let longestTickMs = 0;
let threadCpu = process.threadCpuUsage();
setInterval(() => {
  const now = process.threadCpuUsage();
  const usedMs = (now.user + now.system - threadCpu.user - threadCpu.system) / 1000;
  threadCpu = now;
  longestTickMs = Math.max(longestTickMs, usedMs);
}, 2).unref();
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
    longestTickMs,
  };
}

async function answer(request: EngineRequest): Promise<unknown> {
  switch (request.op) {
    case 'call': {
      let target: unknown = client;
      for (const part of request.path.split('.')) target = (target as Record<string, unknown>)[part];
      const [from, cpuFrom] = [performance.now(), process.threadCpuUsage()];
      const result = await (target as (input: unknown) => Promise<unknown>)(request.input);
      const { user, system } = process.threadCpuUsage();
      return { result, ms: performance.now() - from, cpuMs: (user + system - cpuFrom.user - cpuFrom.system) / 1000 };
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
      longestTickMs = 0;
      return undefined;
    case 'usage':
      return usage();
    case 'heap': {
      // Started with --expose-gc.
      for (let time = 0; time < 3; time += 1) (globalThis as { gc?: () => void }).gc?.();
      const { heapUsed, external, rss } = process.memoryUsage();
      return { heapUsedBytes: heapUsed + external, rssBytes: rss };
    }
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
    (error: unknown) => send({ id: request.id, error: messageOf(error) }),
  );
});
