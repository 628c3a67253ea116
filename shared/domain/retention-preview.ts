/** What will be on disk on any day for given settings: a simulation with the very functions the engine runs. */
import { assignGfsFlags, type GfsCycle, type GfsPolicy, isGfsOn } from './gfs.ts';
import { planRetention, type RetentionPoint, type RetentionRule } from './retention.ts';
import { nextRun, type Schedule } from './schedule.ts';
import { dayMs, dayNumber, isoDate, startOfDay } from './zoned-time.ts';

/** What one restore point of one machine (or of all together) takes, in bytes. */
export interface PointSizes {
  fullBytes: number;
  incrementBytes: number;
}

export interface PreviewOptions {
  timeZone?: string;
  gfs?: GfsPolicy | null;
  neverMerge?: boolean;
  minimumPoints?: number;
  /** What is on disk already, oldest to newest. Default: nothing. */
  existing?: readonly RetentionPoint[];
}

/** One restore point's life on disk. */
export interface PreviewPoint {
  createdAt: number;
  /** From when on it is held by a full: its creation, or when the full before it was rolled forward to it. */
  fullSince: number | null;
  flags: readonly GfsCycle[];
  /** When retention takes it away; null when it is still there at the end. */
  removedAt: number | null;
}

export interface PreviewDay {
  /** Calendar date, `2026-11-21`, and the last millisecond of it. */
  date: string;
  endsAt: number;
  /** Restore points on disk at the end of that day, and what they take. */
  pointCount: number;
  fullCount: number;
  bytes: number;
}

export interface RetentionPreview {
  days: PreviewDay[];
  points: PreviewPoint[];
  /** The most that is on disk at any time, before retention has run. */
  peakBytes: number;
  /** What was assumed because the settings do not say it, in words. */
  assumptions: string[];
}

const defaultSchedule: Schedule = {
  kind: 'daily',
  at: '22:00',
  days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
};
const mostRuns = 50_000;
/** With more runs a day retention is applied once a day: what is on disk at the end of a day is the same. */
const fewRunsADay = 4;

interface DiskFile {
  id: string;
  kind: 'full' | 'increment';
  flags: readonly GfsCycle[];
  point: PreviewPoint;
}

/** Simulates runs from `now` to `until` (ms since epoch) and returns what is on disk at the end of each day. */
export function previewRetention(
  rule: RetentionRule,
  schedule: Schedule,
  sizes: PointSizes,
  now: number,
  until: number,
  options: PreviewOptions = {},
): RetentionPreview {
  const timeZone = options.timeZone ?? 'UTC';
  const assumptions: string[] = [];
  let calendar = schedule;
  if (nextRun(schedule, now, timeZone) === null) {
    calendar = defaultSchedule;
    assumptions.push('The job has no times of its own: one restore point a day, at 22:00, is assumed.');
  }
  const points: PreviewPoint[] = [];
  let files: DiskFile[] = (options.existing ?? []).map((point) => {
    const life = pointOf(point.createdAt, point.kind, point.flags ?? []);
    points.push(life);
    return { id: point.id, kind: point.kind, flags: point.flags ?? [], point: life };
  });

  const days: PreviewDay[] = [];
  let peakBytes = bytesOf(files, sizes);
  let runs = 0;
  let run = nextRun(calendar, now, timeZone);
  const lastDay = dayNumber(until, timeZone);
  for (let day = dayNumber(now, timeZone); day <= lastDay; day += 1) {
    const endsAt = startOfDay(day + 1, timeZone) - 1;
    const runsToday: number[] = [];
    for (; run !== null && run <= Math.min(endsAt, until); run = nextRun(calendar, run, timeZone)) runsToday.push(run);
    runs += runsToday.length;
    for (const [index, at] of runsToday.entries()) {
      const decision = isGfsOn(options.gfs) ? assignGfsFlags(options.gfs, files.map(facts), at, timeZone) : null;
      const kind = files.length === 0 || decision?.makeFull ? 'full' : 'increment';
      const flags = decision?.flags ?? [];
      const point = pointOf(at, kind, flags);
      points.push(point);
      files.push({ id: `run ${at}`, kind, flags, point });
      if (runsToday.length > fewRunsADay && index < runsToday.length - 1) continue;
      if (runsToday.length <= fewRunsADay) peakBytes = Math.max(peakBytes, bytesOf(files, sizes));
      files = applyRetention(files, rule, at, options);
    }
    const bytes = bytesOf(files, sizes);
    if (runsToday.length > fewRunsADay) peakBytes = Math.max(peakBytes, bytes + sizes.incrementBytes);
    const fullCount = files.filter((file) => file.kind === 'full').length;
    days.push({ date: isoDate(day), endsAt, pointCount: files.length, fullCount, bytes });
    if (runs >= mostRuns) {
      assumptions.push(`Only the first ${days.length} days are shown: the job runs very often.`);
      break;
    }
  }
  return { days, points, peakBytes, assumptions };
}

/** The restore points on disk at an instant, oldest to newest, each as it is held then. */
export function pointsAt(
  preview: RetentionPreview,
  at: number,
): { createdAt: number; kind: 'full' | 'increment'; flags: readonly GfsCycle[] }[] {
  return preview.points
    .filter((point) => point.createdAt <= at && (point.removedAt === null || point.removedAt > at))
    .map(({ createdAt, fullSince, flags }) => ({
      createdAt,
      kind: fullSince !== null && fullSince <= at ? ('full' as const) : ('increment' as const),
      flags,
    }))
    .sort((a, b) => a.createdAt - b.createdAt);
}

/** One year after `now`, the span that the console shows. */
export function oneYearAfter(now: number): number {
  return now + 365 * dayMs;
}

function applyRetention(files: DiskFile[], rule: RetentionRule, at: number, options: PreviewOptions): DiskFile[] {
  const steps = planRetention(files.map(facts), rule, at, options);
  if (steps.length === 0) return files;
  const byId = new Map(files.map((file) => [file.id, file]));
  for (const step of steps) {
    if (step.kind === 'delete') {
      byId.get(step.pointId)!.point.removedAt = at;
      byId.delete(step.pointId);
      continue;
    }
    const full = byId.get(step.fullId)!;
    const increment = byId.get(step.incrementId)!;
    full.point.removedAt = at;
    full.point = increment.point;
    full.point.fullSince = at;
    byId.delete(step.incrementId);
  }
  return [...byId.values()];
}

function pointOf(createdAt: number, kind: 'full' | 'increment', flags: readonly GfsCycle[]): PreviewPoint {
  return { createdAt, fullSince: kind === 'full' ? createdAt : null, flags, removedAt: null };
}

function facts(file: DiskFile): RetentionPoint {
  return { id: file.id, createdAt: file.point.createdAt, kind: file.kind, flags: file.flags };
}

function bytesOf(files: readonly DiskFile[], sizes: PointSizes): number {
  let bytes = 0;
  for (const file of files) bytes += file.kind === 'full' ? sizes.fullBytes : sizes.incrementBytes;
  return bytes;
}
