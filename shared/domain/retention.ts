/**
 * Retention of one backup chain. Pure: it takes the points and the time and says which files to merge or delete, in
 * which order, and why. Without long-term fulls a chain is kept forever-forward: the full is rolled forward over its
 * oldest increments. With them nothing is merged, and whole sub-chains go once nothing that is kept depends on them.
 */
import { type GfsCycle, type GfsPolicy, isGfsOn, liveFlags } from './gfs.ts';
import type { RetentionRule } from './jobs/shapes.ts';
import { dayNumber, isoDate } from './zoned-time.ts';

export type { RetentionRule } from './jobs/shapes.ts';

/**
 * One backup file of the chain. Increments depend on the file before them, back to their full, so the order is that of
 * `Chain.files` and not only of the times: two files may have the same.
 */
export interface RetentionPoint {
  id: string;
  createdAt: number;
  kind: 'full' | 'increment';
  /** Long-term flags, on fulls only. */
  flags?: readonly GfsCycle[];
  /** Who needs the file now, in words, e.g. "it is being written to tape"; null when nobody does. */
  lockedBy?: string | null;
}

export interface RetentionOptions {
  /** Calendar days are those of this zone. Default UTC. */
  timeZone?: string;
  /** Never leave fewer points. Default: 3 for a rule in days, the rule's own count for a rule in points. */
  minimumPoints?: number;
  gfs?: GfsPolicy | null;
  /** The repository cannot change a file in place (immutable, object storage): delete only, merge never. */
  neverMerge?: boolean;
}

export type RetentionStepCode = 'over-count' | 'too-old';

/** Steps are carried out in the order given; after each of them every remaining point can be restored. */
export type RetentionStep =
  /** The increment's blocks go into the full, which then stands at the increment's point; its file is removed. */
  | { kind: 'merge'; fullId: string; incrementId: string; code: RetentionStepCode; reason: string }
  | { kind: 'delete'; pointId: string; code: RetentionStepCode; reason: string };

export type KeptCode = 'in-retention' | 'minimum' | 'gfs' | 'needed' | 'locked' | 'no-full';

export interface KeptPoint {
  pointId: string;
  code: KeptCode;
  reason: string;
}

export interface RetentionDecision {
  steps: RetentionStep[];
  /** Every restore point that is left, with why. */
  kept: KeptPoint[];
}

/** The minimum that stays for a rule in days, as the field keeps it. */
export const minimumPointsOfDays = 3;

/** What to merge and delete now. `points` are one chain, oldest to newest. */
export function planRetention(
  points: readonly RetentionPoint[],
  rule: RetentionRule,
  now: number,
  options: RetentionOptions = {},
): RetentionStep[] {
  return decideRetention(points, rule, now, options).steps;
}

/** The same with the reason for everything that stays. */
export function decideRetention(
  points: readonly RetentionPoint[],
  rule: RetentionRule,
  now: number,
  options: RetentionOptions = {},
): RetentionDecision {
  const chain = splitAtFulls(points);
  const age = ageOf(chain.points, rule, now, options);
  const steps: RetentionStep[] = [];
  const kept: KeptPoint[] = chain.orphans.map((point) => ({
    pointId: point.id,
    code: 'no-full' as const,
    reason: 'The full it depends on is not there; retention does not touch broken chains.',
  }));

  const wholeOnly = isGfsOn(options.gfs) || options.neverMerge === true;
  let outside = age.outsideCount;
  let past = age.pastCount;
  for (const segment of chain.segments) {
    const pastHere = past;
    past -= segment.length;
    // How many of this sub-chain's oldest points retention wants gone.
    const wanted = Math.max(0, Math.min(outside, segment.length));
    outside -= segment.length;
    const held = holdOn(segment, now, options);
    const whole = wanted === segment.length;
    if (held?.code === 'locked' || (!whole && (wholeOnly || held))) {
      kept.push(...keepAll(segment, wanted, pastHere, age, held));
      continue;
    }
    if (whole) {
      // Newest first: an increment is never left without what it depends on, wherever a crash comes between.
      for (const point of segment.toReversed()) {
        if (held && point === segment[0]) kept.push({ pointId: point.id, ...held });
        else steps.push({ kind: 'delete', pointId: point.id, code: age.code, reason: age.why(point) });
      }
      continue;
    }
    for (const [index, point] of segment.slice(0, wanted).entries())
      steps.push({
        kind: 'merge',
        fullId: segment[0]!.id,
        incrementId: segment[index + 1]!.id,
        code: age.code,
        reason: age.why(point),
      });
    kept.push(...keepAll(segment.slice(wanted), 0, pastHere - wanted, age, null));
  }
  return { steps, kept };
}

interface Age {
  /** How many of the oldest points are outside retention and may go without falling below the minimum. */
  outsideCount: number;
  minimum: number;
  code: RetentionStepCode;
  why: (point: RetentionPoint) => string;
  /** How many of the oldest would be outside, were it not for the minimum. */
  pastCount: number;
}

function ageOf(points: readonly RetentionPoint[], rule: RetentionRule, now: number, options: RetentionOptions): Age {
  if (rule.kind === 'points') {
    const minimum = Math.max(1, Math.floor(rule.count), options.minimumPoints ?? 1);
    return {
      outsideCount: Math.max(0, points.length - minimum),
      minimum,
      code: 'over-count',
      why: () => `There are ${points.length} restore points; ${minimum} are kept.`,
      pastCount: 0,
    };
  }
  const timeZone = options.timeZone ?? 'UTC';
  const minimum = Math.max(1, options.minimumPoints ?? minimumPointsOfDays);
  // Today is not counted: N days keep N + 1 calendar days.
  const oldestKept = dayNumber(now, timeZone) - Math.max(0, Math.floor(rule.days));
  const isPast = (point: RetentionPoint): boolean => dayNumber(point.createdAt, timeZone) < oldestKept;
  const firstKept = points.findIndex((point) => !isPast(point));
  const past = firstKept < 0 ? points.length : firstKept;
  return {
    outsideCount: Math.max(0, Math.min(past, points.length - minimum)),
    minimum,
    code: 'too-old',
    why: (point) =>
      `It is of ${isoDate(dayNumber(point.createdAt, timeZone))}; ` +
      `with ${rule.days} day${rule.days === 1 ? '' : 's'} of retention the oldest day kept is ${isoDate(oldestKept)}.`,
    pastCount: past,
  };
}

function holdOn(
  segment: readonly RetentionPoint[],
  now: number,
  options: RetentionOptions,
): { code: 'locked' | 'gfs'; reason: string } | null {
  const locked = segment.find((point) => point.lockedBy);
  if (locked) return { code: 'locked', reason: `A file of its chain is in use: ${locked.lockedBy}.` };
  const full = segment[0]!;
  if (!full.flags || full.flags.length === 0) return null;
  // Flags without a policy: somebody wanted this full kept and nobody has said that it may go.
  const live = options.gfs ? liveFlags(full, options.gfs, now, options.timeZone ?? 'UTC') : full.flags;
  return live.length > 0 ? { code: 'gfs', reason: `It is kept as the ${live.join(', ')} full.` } : null;
}

function keepAll(
  segment: readonly RetentionPoint[],
  wanted: number,
  pastCount: number,
  age: Age,
  held: { code: 'locked' | 'gfs'; reason: string } | null,
): KeptPoint[] {
  return segment.map((point, index) => {
    if (held && (held.code === 'locked' || index === 0)) return { pointId: point.id, ...held };
    if (index < wanted)
      return { pointId: point.id, code: 'needed', reason: 'Newer restore points that are kept depend on it.' };
    if (index < pastCount)
      return { pointId: point.id, code: 'minimum', reason: `At least ${age.minimum} restore points always stay.` };
    return { pointId: point.id, code: 'in-retention', reason: 'It is within retention.' };
  });
}

interface SplitChain {
  /** Each begins with its full. */
  segments: RetentionPoint[][];
  /** Increments that stand before any full. */
  orphans: RetentionPoint[];
  /** All but the orphans. */
  points: RetentionPoint[];
}

function splitAtFulls(points: readonly RetentionPoint[]): SplitChain {
  const segments: RetentionPoint[][] = [];
  const orphans: RetentionPoint[] = [];
  for (const point of points) {
    const segment = segments.at(-1);
    if (point.kind === 'full') segments.push([point]);
    else if (segment) segment.push(point);
    else orphans.push(point);
  }
  return { segments, orphans, points: segments.flat() };
}
