/** How much room and how many tapes a job will take, with the arithmetic in words. Pure. */
import { tapesNeeded } from './allocation.ts';
import { formatBytes, formatCount } from './format.ts';
import type { RetentionRule } from './retention.ts';
import { previewRetention, oneYearAfter, type PreviewOptions } from './retention-preview.ts';
import type { Schedule } from './schedule.ts';

/** What one machine's points take: measured where they exist, otherwise guessed by `guessSizes`. */
export interface MachineSizes {
  name: string;
  fullBytes: number;
  incrementBytes: number;
}

export interface Estimate {
  bytes: number;
  /** One line for each step of the calculation; the last one gives the result. */
  arithmetic: string[];
}

/** Share of a machine's used data that a full takes after compression, and that changes from run to run. */
export const defaultRatios = { full: 0.5, dailyChange: 0.05 };

/** Sizes of a machine whose backups are not known yet, from what its disks hold. */
export function guessSizes(name: string, usedBytes: number, ratios = defaultRatios): MachineSizes {
  return {
    name,
    fullBytes: Math.ceil(usedBytes * ratios.full),
    incrementBytes: Math.ceil(usedBytes * ratios.full * ratios.dailyChange),
  };
}

/**
 * Room that the backups of these machines take at most within a year of this very schedule, by the simulation that the
 * retention preview draws.
 */
export function estimateSpace(
  machines: readonly MachineSizes[],
  rule: RetentionRule,
  schedule: Schedule,
  now: number,
  options: PreviewOptions = {},
): Estimate {
  const sizes = {
    fullBytes: sum(machines.map((machine) => machine.fullBytes)),
    incrementBytes: sum(machines.map((machine) => machine.incrementBytes)),
  };
  const preview = previewRetention(rule, schedule, sizes, now, oneYearAfter(now), options);
  const fullest = preview.days.reduce((most, day) => (day.bytes > most.bytes ? day : most));
  const increments = fullest.pointCount - fullest.fullCount;
  return {
    bytes: preview.peakBytes,
    arithmetic: [
      ...preview.assumptions,
      `One full: ${formatBytes(sizes.fullBytes)}; one run’s changes: ${formatBytes(sizes.incrementBytes)}.`,
      `Most at the end of a day within a year, on ${fullest.date}: ${formatCount(fullest.fullCount, 'full')} and ` +
        `${formatCount(increments, 'increment')}, ${formatBytes(fullest.bytes)}.`,
      `While a run is at work, before retention: ${formatBytes(preview.peakBytes)}.`,
    ],
  };
}

/** Whether an estimate fits, with the sentence for it. Under a tenth of room left over is a warning. */
export function compareWithFree(
  neededBytes: number,
  freeBytes: number | null,
): { verdict: 'fits' | 'tight' | 'too-small' | 'unknown'; reason: string } {
  if (freeBytes === null) return { verdict: 'unknown', reason: 'How much room is free there is not known.' };
  const free = formatBytes(freeBytes);
  const needed = formatBytes(neededBytes);
  if (neededBytes > freeBytes)
    return {
      verdict: 'too-small',
      reason: `About ${needed} will be needed and ${free} is free: ${formatBytes(neededBytes - freeBytes)} too little.`,
    };
  return neededBytes > freeBytes * 0.9
    ? { verdict: 'tight', reason: `About ${needed} will be needed; of ${free} free little is left over.` }
    : { verdict: 'fits', reason: `About ${needed} will be needed; ${free} is free.` };
}

export interface TapeEstimateRequest {
  machines: readonly MachineSizes[];
  capacityBytes: number;
  /** Fulls that one media set holds, and increments of each machine. */
  fullsPerSet: number;
  incrementsPerSet: number;
  /** Sets that are protected at the same time; null when they are kept for ever. */
  protectedSets: number | null;
  /** Share on top of the data: labels, catalogues, ends of tapes that stay empty. */
  overhead?: number;
}

export interface TapeEstimate {
  tapesPerSet: number;
  /** Tapes in rotation: the protected sets and the one being written; null when tapes are never freed again. */
  tapesInAll: number | null;
  arithmetic: string[];
}

/** Tapes that a backup to tape job needs, for one media set and in rotation. */
export function estimateTapes(request: TapeEstimateRequest): TapeEstimate {
  const { machines, capacityBytes, fullsPerSet, incrementsPerSet, protectedSets, overhead = 0.01 } = request;
  const fullBytes = sum(machines.map((machine) => machine.fullBytes));
  const incrementBytes = sum(machines.map((machine) => machine.incrementBytes));
  const setBytes = fullsPerSet * fullBytes + incrementsPerSet * incrementBytes;
  const tapesPerSet = tapesNeeded(setBytes, capacityBytes, overhead);
  const tapesInAll = protectedSets === null ? null : tapesPerSet * (protectedSets + 1);
  return {
    tapesPerSet,
    tapesInAll,
    arithmetic: [
      `One media set: ${fullsPerSet} × ${formatBytes(fullBytes)} + ${incrementsPerSet} × ${formatBytes(incrementBytes)} = ${formatBytes(setBytes)}.`,
      `With ${Number((overhead * 100).toFixed(1))} % on top, on tapes of ${formatBytes(capacityBytes)}: ${formatCount(tapesPerSet, 'tape')} for a set.`,
      tapesInAll === null
        ? `What is written is kept for ever: ${formatCount(tapesPerSet, 'tape')} more for every set.`
        : `${formatCount(protectedSets!, 'protected set')} and the one being written: ${formatCount(tapesInAll, 'tape')} in all.`,
    ],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
