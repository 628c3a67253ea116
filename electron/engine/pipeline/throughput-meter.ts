import type { Stage } from './progress.ts';

export interface ThroughputMeter {
  /** Notes that `totalBytes` have been dealt with since the start, at the time `nowMs`. */
  note(totalBytes: number, nowMs: number): void;
  /** Bytes per second since the start. */
  meanRate(nowMs: number): number;
  /** Bytes per second over the last `windowMs`; 0 when nothing moved in it. */
  currentRate(nowMs: number): number;
}

/** Rates of a run that began at `startMs`. Keeps only the samples of the last `windowMs` (at most 64). */
export function createThroughputMeter(startMs: number, windowMs = 5000): ThroughputMeter {
  let samples: { atMs: number; bytes: number }[] = [{ atMs: startMs, bytes: 0 }];
  let latest = 0;
  return {
    note(totalBytes, nowMs) {
      latest = Math.max(latest, totalBytes);
      const last = samples.at(-1);
      if (last && nowMs - last.atMs < windowMs / 60 && samples.length > 1) last.bytes = latest;
      else samples.push({ atMs: nowMs, bytes: latest });
      // One sample older than the window stays, as the point from which the window's bytes are counted.
      const firstInside = samples.findIndex((sample) => sample.atMs >= nowMs - windowMs);
      if (firstInside > 1) samples = samples.slice(firstInside - 1);
    },
    meanRate: (nowMs) => (nowMs > startMs ? (latest * 1000) / (nowMs - startMs) : 0),
    currentRate(nowMs) {
      const from = samples.findLast((sample) => sample.atMs <= nowMs - windowMs) ?? samples[0];
      if (!from || nowMs <= from.atMs) return 0;
      return ((latest - from.bytes) * 1000) / (nowMs - from.atMs);
    },
  };
}

/**
 * Names the stage that was busy longest, given busy times in any one unit. Nothing is named while nothing was busy.
 * Stages of a synchronous worker exclude each other, so the longest one is what limits the run.
 */
export function bottleneckOf(busy: Record<Stage, number>): Stage | undefined {
  const stages: Stage[] = ['source', 'processing', 'target'];
  const longest = stages.reduce((best, stage) => (busy[stage] > busy[best] ? stage : best));
  return busy[longest] > 0 ? longest : undefined;
}
