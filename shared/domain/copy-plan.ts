/**
 * What a backup copy job copies next for one machine, and what it passes over. Pure. A copy is never a mirror of files:
 * the source may merge or lose files in between, so what counts is which restore points stand on each side.
 */

/** A restore point of the source chain. */
export interface SourcePoint {
  pointUuid: string;
  createdAt: number;
  /** False when a file it needs is missing or damaged. */
  complete: boolean;
  /** Why it cannot be read now, in words, e.g. "the backup job is merging it"; null when it can. */
  lockedBy?: string | null;
  blockSizeBytes?: number;
}

/** A restore point that the copy job has already made. */
export interface TargetPoint {
  pointUuid: string;
  createdAt: number;
  complete: boolean;
  blockSizeBytes?: number;
}

export interface CopyRequest {
  /** Oldest to newest. */
  source: readonly SourcePoint[];
  /** Oldest to newest, of this job's own chain for the machine. */
  target: readonly TargetPoint[];
  /** Immediate: every point newer than the newest copied one. Periodic: only the newest. */
  mode: 'immediate' | 'periodic';
  /** The source chain as it is now and as it was when the newest target point was copied, where known. */
  sourceChainUuid?: string;
  copiedFromChainUuid?: string | null;
  /** The next copy is to be a full whatever is there: an active full was asked for, or encryption was switched. */
  fullBecause?: string | null;
  /** Where nothing is new, the newest point is copied once more: an active full makes a full, whatever is there. */
  evenAgain?: boolean;
  /** Periodic: take the newest point that can be read when the newest one cannot be. Off: wait for it. */
  useOlderWhenNewestBlocked?: boolean;
}

export type CopyCode =
  | 'first-copy'
  | 'next-point'
  | 'full-asked'
  | 'source-chain-recreated'
  | 'base-merged-away'
  | 'base-incomplete';

/** One point to copy. Points are copied in the order given, each on top of the one before. */
export interface CopyItem {
  kind: 'full' | 'increment';
  sourcePointId: string;
  /** Increment: what changed in the source after this point is copied; it is also the parent on the target. */
  takeFilesAfterPointId: string | null;
  code: CopyCode;
  reason: string;
}

export type CopySkipCode =
  | 'already-copied'
  | 'older-than-copied'
  | 'before-first-copy'
  | 'not-newest'
  | 'incomplete'
  | 'locked'
  | 'after-locked'
  | 'block-size-differs';

export interface CopySkip {
  pointId: string;
  code: CopySkipCode;
  reason: string;
}

export interface CopyPlan {
  /** In the order in which they are copied. */
  items: readonly CopyItem[];
  /** Every point of the source that is not copied, with its reason. */
  skipped: readonly CopySkip[];
}

/** Plans the copies of one machine. Nothing to copy is an empty list, not an error. */
export function planCopy(request: CopyRequest): CopyPlan {
  const { source, target } = request;
  const skipped: CopySkip[] = [];
  const onTarget = new Set(target.filter((point) => point.complete).map((point) => point.pointUuid));
  const newestCopiedAt = Math.max(
    ...target.filter((p) => p.complete).map((p) => p.createdAt),
    Number.NEGATIVE_INFINITY,
  );
  const base = findBase(request);
  // Positions in the source chain decide what is newer: clocks of machines do run backwards.
  const start = base.sourceIndex;
  const targetBlockSize = target.findLast((point) => point.complete)?.blockSizeBytes;

  const wanted: SourcePoint[] = [];
  for (const [index, point] of source.entries()) {
    const skip = skipReason(point, index);
    if (skip) skipped.push({ pointId: point.pointUuid, ...skip });
    else wanted.push(point);
  }
  const chosen = choose(request, wanted, onTarget.size === 0, skipped);
  const again = request.evenAgain && wanted.length === 0 ? source.findLast((point) => point.complete) : undefined;
  if (again && !again.lockedBy) {
    const others = skipped.filter((skip) => skip.pointId !== again.pointUuid);
    return { items: chain(request, base, [again]), skipped: others };
  }
  return { items: chain(request, base, chosen), skipped };

  function skipReason(point: SourcePoint, index: number): Omit<CopySkip, 'pointId'> | null {
    if (onTarget.has(point.pointUuid)) return { code: 'already-copied', reason: 'The target already holds it.' };
    const older = start >= 0 ? index < start : point.createdAt <= newestCopiedAt;
    if (older) return { code: 'older-than-copied', reason: 'The target already holds a newer restore point.' };
    if (!point.complete) return { code: 'incomplete', reason: 'A backup file it needs is missing or damaged.' };
    if (targetBlockSize && point.blockSizeBytes && point.blockSizeBytes !== targetBlockSize && !request.fullBecause)
      return {
        code: 'block-size-differs',
        reason:
          `It has blocks of ${point.blockSizeBytes} bytes, the copies made so far have ${targetBlockSize}. ` +
          'Run an active full of this copy job to go on with the new block size.',
      };
    return null;
  }
}

/** Narrows the points that could be copied to those that this mode copies now. */
function choose(request: CopyRequest, wanted: SourcePoint[], first: boolean, skipped: CopySkip[]): SourcePoint[] {
  if (request.mode === 'periodic') {
    const readable = wanted.findLast((point) => !point.lockedBy);
    const newest = wanted.at(-1);
    const taken = newest?.lockedBy && !request.useOlderWhenNewestBlocked ? undefined : readable;
    for (const point of wanted) {
      if (point === taken) continue;
      if (point.lockedBy) skipped.push(locked(point));
      else skipped.push({ pointId: point.pointUuid, code: 'not-newest', reason: notNewest(taken) });
    }
    return taken ? [taken] : [];
  }
  const from = first ? wanted.slice(-1) : wanted;
  for (const point of first ? wanted.slice(0, -1) : [])
    skipped.push({
      pointId: point.pointUuid,
      code: 'before-first-copy',
      reason: 'The first copy takes the newest restore point; older ones are not copied.',
    });
  // A point is an increment on the one before it, so nothing is copied past one that must wait.
  const blocked = from.findIndex((point) => point.lockedBy);
  if (blocked < 0) return from;
  skipped.push(locked(from[blocked]!));
  for (const point of from.slice(blocked + 1))
    skipped.push({
      pointId: point.pointUuid,
      code: 'after-locked',
      reason: 'An older restore point is copied first and has to wait; this one follows it.',
    });
  return from.slice(0, blocked);
}

/** Turns the chosen points into a full and increments, each on the one before. */
function chain(request: CopyRequest, base: Base, chosen: readonly SourcePoint[]): CopyItem[] {
  const items: CopyItem[] = [];
  let previous = base.pointUuid;
  for (const point of chosen) {
    const fullWhy: [CopyCode, string] | null =
      items.length > 0
        ? null
        : request.fullBecause
          ? ['full-asked', request.fullBecause]
          : previous === null
            ? [base.code, base.reason]
            : null;
    items.push(
      fullWhy
        ? {
            kind: 'full',
            sourcePointId: point.pointUuid,
            takeFilesAfterPointId: null,
            code: fullWhy[0],
            reason: fullWhy[1],
          }
        : {
            kind: 'increment',
            sourcePointId: point.pointUuid,
            takeFilesAfterPointId: previous,
            code: base.code === 'base-incomplete' && items.length === 0 ? 'base-incomplete' : 'next-point',
            reason:
              base.code === 'base-incomplete' && items.length === 0
                ? base.reason
                : 'It is newer than what the target holds; only what changed since then is copied.',
          },
    );
    previous = point.pointUuid;
  }
  return items;
}

interface Base {
  /** The newest complete target point that the source still knows; null: a full is needed. */
  pointUuid: string | null;
  sourceIndex: number;
  code: CopyCode;
  reason: string;
}

function findBase({ source, target, sourceChainUuid, copiedFromChainUuid }: CopyRequest): Base {
  const position = new Map(source.map((point, index) => [point.pointUuid, index]));
  const complete = target.filter((point) => point.complete);
  const newest = complete.at(-1);
  if (!newest)
    return {
      pointUuid: null,
      sourceIndex: -1,
      code: 'first-copy',
      reason:
        target.length === 0
          ? 'It is the first copy of this machine.'
          : 'No restore point on the target is complete, so copying starts again with a full.',
    };
  const index = position.get(newest.pointUuid);
  if (index !== undefined && source[index]!.complete)
    return target.at(-1) === newest
      ? { pointUuid: newest.pointUuid, sourceIndex: index, code: 'next-point', reason: '' }
      : {
          pointUuid: newest.pointUuid,
          sourceIndex: index,
          code: 'base-incomplete',
          reason: 'The newest copy is incomplete; it is made again on top of the newest complete one.',
        };
  const recreated = sourceChainUuid != null && copiedFromChainUuid != null && sourceChainUuid !== copiedFromChainUuid;
  return {
    pointUuid: null,
    sourceIndex: index ?? -1,
    code: recreated ? 'source-chain-recreated' : 'base-merged-away',
    reason: recreated
      ? 'The source’s backup chain was made anew since the last copy, so copying starts again with a full.'
      : 'The source no longer holds the point that was copied last, so what changed since then is not known: a full is copied.',
  };
}

function locked(point: SourcePoint): CopySkip {
  return { pointId: point.pointUuid, code: 'locked', reason: `It cannot be read now: ${point.lockedBy}.` };
}

function notNewest(taken: SourcePoint | undefined): string {
  return taken
    ? 'A periodic copy takes only the newest restore point.'
    : 'The newest restore point has to wait, and the job is not set to take an older one instead.';
}
