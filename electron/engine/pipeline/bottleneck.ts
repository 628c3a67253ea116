import type { Stage } from './progress.ts';

/**
 * Names the stage that was busy longest, given busy times in any one unit. Nothing is named while nothing was busy.
 * Stages of a synchronous worker exclude each other, so the longest one is what limits the run.
 */
export function bottleneckOf(busy: Record<Stage, number>): Stage | undefined {
  const stages: Stage[] = ['source', 'processing', 'target'];
  const longest = stages.reduce((best, stage) => (busy[stage] > busy[best] ? stage : best));
  return busy[longest] > 0 ? longest : undefined;
}
