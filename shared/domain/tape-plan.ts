/**
 * Which restore points a backup to tape job writes, and in which form. Pure. Media sets are self-contained: the first
 * point of each machine in a set is a full, real or virtual (put together from the chain while it streams), and an
 * increment is written only when everything it builds on is committed in the same set.
 */
import { previousRun, type Schedule } from './schedule.ts';

export type TapeForm = 'full' | 'virtual-full' | 'increment';

/** A restore point on disk. Within a machine an increment builds on the point before it. */
export interface DiskPoint {
  pointId: string;
  createdAt: number;
  kind: 'full' | 'increment';
  sizeBytes: number;
  complete: boolean;
  /** Why its file cannot be read now, in words; null when it can. */
  lockedBy?: string | null;
}

/**
 * A restore point committed on tape, in any set that is still protected. One that can no longer be restored, because its
 * tape or one that it builds on was overwritten, does not count and is left out.
 */
export interface TapePoint {
  pointId: string;
  createdAt: number;
  as: TapeForm;
  writtenAt: number;
  inCurrentSet: boolean;
}

export interface TapePlanMachine {
  machineId: string;
  machineName: string;
  /** The machine's chain on disk, oldest to newest. */
  onDisk: readonly DiskPoint[];
  onTape: readonly TapePoint[];
  /** Size of all its disks: no full is larger, whatever the chain adds up to. */
  diskBytes?: number;
}

export interface TapePlanOptions {
  /** False: only fulls go to tape. */
  processIncrements: boolean;
  /** Only the newest point of each machine. */
  latestOnly?: boolean;
  /** When the newest point is written as a virtual full although an increment would do. */
  virtualFullSchedule?: Schedule | null;
  /** Of the schedule. Default UTC. */
  timeZone?: string;
  /**
   * An active full was asked for then: every machine's newest point is written as a full, even one that is on tape,
   * until it has a full that was written since. Null: it was not.
   */
  fullSince?: number | null;
}

export type TapePlanCode =
  | 'real-full'
  | 'first-in-set'
  | 'ancestor-not-in-set'
  | 'virtual-full-due'
  | 'full-asked'
  | 'fulls-only'
  | 'increment';

/** One point to write. Points of a machine are written in the order given. */
export interface TapePlanItem {
  machineId: string;
  pointId: string;
  as: TapeForm;
  /** At most this much is read and written, before the tape format's own part. */
  estimatedBytes: number;
  code: TapePlanCode;
  reason: string;
}

export type TapeSkipCode =
  | 'already-on-tape'
  | 'older-than-tape'
  | 'not-latest'
  | 'increments-off'
  | 'incomplete'
  | 'locked'
  | 'ancestor-locked';

export interface TapePlanSkip {
  machineId: string;
  pointId: string;
  code: TapeSkipCode;
  reason: string;
}

export interface TapePlan {
  items: TapePlanItem[];
  skipped: TapePlanSkip[];
  estimatedBytes: number;
}

/** Plans one run for the media set that is written now; a set that is about to begin holds nothing (`inCurrentSet`). */
export function planTape(machines: readonly TapePlanMachine[], options: TapePlanOptions, now: number): TapePlan {
  const due = options.virtualFullSchedule
    ? previousRun(options.virtualFullSchedule, now, options.timeZone ?? 'UTC')
    : null;
  const items: TapePlanItem[] = [];
  const skipped: TapePlanSkip[] = [];
  for (const machine of machines) planMachine(machine, options, due, items, skipped);
  return { items, skipped, estimatedBytes: items.reduce((sum, item) => sum + item.estimatedBytes, 0) };
}

function planMachine(
  machine: TapePlanMachine,
  options: TapePlanOptions,
  due: number | null,
  items: TapePlanItem[],
  skipped: TapePlanSkip[],
): void {
  const skip = (point: DiskPoint, code: TapeSkipCode, reason: string): void => {
    skipped.push({ machineId: machine.machineId, pointId: point.pointId, code, reason });
  };
  const asked = isFullAsked(machine, options);
  const candidates = missingFromTape(machine, asked, skip);
  const newest = candidates.at(-1);
  let wanted = candidates;
  if (options.latestOnly) {
    for (const point of candidates.slice(0, -1))
      skip(point, 'not-latest', 'The job takes only the newest restore point.');
    wanted = candidates.slice(-1);
  }
  const fullDue = asked || isFullDue(machine, wanted, due, options);
  if (!options.processIncrements) wanted = onlyFulls(machine, wanted, fullDue, options, skip);

  const inSet = new Set(machine.onTape.filter((point) => point.inCurrentSet).map((point) => point.pointId));
  const positions = new Map(machine.onDisk.map((point, index) => [point, index]));
  for (const point of wanted) {
    const index = positions.get(point)!;
    const parent = point.kind === 'increment' ? machine.onDisk[index - 1] : undefined;
    const parentInSet = parent !== undefined && inSet.has(parent.pointId);
    const virtual =
      point.kind === 'increment' && (!parentInSet || !options.processIncrements || (fullDue && point === newest));
    if (virtual) {
      const blocker = pathToFull(machine.onDisk, index).find((member) => member.lockedBy);
      if (blocker && blocker !== point) {
        const why = `It has to be written as a full, which reads older files too, and one is in use: ${blocker.lockedBy}.`;
        skip(point, 'ancestor-locked', why);
        continue;
      }
    }
    if (point.lockedBy) {
      skip(point, 'locked', `It cannot be read now: ${point.lockedBy}.`);
      continue;
    }
    items.push({
      machineId: machine.machineId,
      pointId: point.pointId,
      ...(asked && point === newest
        ? askedForm(point)
        : formOf(point, virtual, parentInSet, inSet.size === 0, options.processIncrements)),
      estimatedBytes: virtual ? virtualFullBytes(machine, index) : point.sizeBytes,
    });
    inSet.add(point.pointId);
  }
}

function askedForm({ kind }: DiskPoint): Pick<TapePlanItem, 'as' | 'code' | 'reason'> {
  return { as: kind === 'full' ? 'full' : 'virtual-full', code: 'full-asked', reason: 'An active full was asked for.' };
}

function formOf(
  point: DiskPoint,
  virtual: boolean,
  parentInSet: boolean,
  firstInSet: boolean,
  increments: boolean,
): Pick<TapePlanItem, 'as' | 'code' | 'reason'> {
  if (point.kind === 'full') return { as: 'full', code: 'real-full', reason: 'It is a full on disk too.' };
  if (!virtual) return { as: 'increment', code: 'increment', reason: 'What it builds on is in the same media set.' };
  if (firstInSet)
    return {
      as: 'virtual-full',
      code: 'first-in-set',
      reason: 'The first point of a machine in a media set is a full; it is put together from the chain.',
    };
  if (!increments)
    return {
      as: 'virtual-full',
      code: 'fulls-only',
      reason: 'The job writes only fulls; it is put together from the chain.',
    };
  if (parentInSet)
    return { as: 'virtual-full', code: 'virtual-full-due', reason: 'A virtual full is due by its schedule.' };
  return {
    as: 'virtual-full',
    code: 'ancestor-not-in-set',
    reason: 'The point it builds on is not in this media set, so it is written as a full.',
  };
}

/** Whether an active full was asked for that this machine has not got yet. */
function isFullAsked(machine: TapePlanMachine, { fullSince }: TapePlanOptions): boolean {
  if (fullSince == null) return false;
  return machine.onTape.every((point) => point.as === 'increment' || point.writtenAt < fullSince);
}

/**
 * Points that could go to tape: not there yet, whole, and not from before the time that the tapes cover. The newest one
 * goes there again where a new full of it is asked for.
 */
function missingFromTape(
  machine: TapePlanMachine,
  again: boolean,
  skip: (point: DiskPoint, code: TapeSkipCode, reason: string) => void,
): DiskPoint[] {
  const onTape = new Set(machine.onTape.map((point) => point.pointId));
  const oldestOnTape = Math.min(...machine.onTape.map((point) => point.createdAt));
  const newest = machine.onDisk.findLast((point) => point.complete);
  return machine.onDisk.filter((point) => {
    if (again && point === newest) return true;
    if (onTape.has(point.pointId)) skip(point, 'already-on-tape', 'It is on tape already.');
    else if (machine.onTape.length > 0 && point.createdAt < oldestOnTape)
      skip(point, 'older-than-tape', 'It is older than everything of this machine on tape: its time there is over.');
    else if (!point.complete) skip(point, 'incomplete', 'A backup file it needs is missing or damaged.');
    else return true;
    return false;
  });
}

/** Whether the schedule of virtual fulls asks for one now: none written since its last time, no real one at hand. */
function isFullDue(
  machine: TapePlanMachine,
  wanted: readonly DiskPoint[],
  due: number | null,
  options: TapePlanOptions,
): boolean {
  if (due === null || wanted.some((point) => point.kind === 'full')) return false;
  // A set's increments hang on its own fulls; without increments any full on tape will do.
  const fulls = machine.onTape.filter(
    (point) => point.as !== 'increment' && (!options.processIncrements || point.inCurrentSet),
  );
  return fulls.every((point) => point.writtenAt < due);
}

/**
 * Without increments: the real fulls of a chain that has several. A chain kept forever-forward has one that is rolled
 * forward daily, so there the newest point is written as a virtual full, by its schedule or, without one, in each run.
 */
function onlyFulls(
  machine: TapePlanMachine,
  wanted: readonly DiskPoint[],
  fullDue: boolean,
  options: TapePlanOptions,
  skip: (point: DiskPoint, code: TapeSkipCode, reason: string) => void,
): DiskPoint[] {
  const rolling = machine.onDisk.length > 1 && machine.onDisk.filter((point) => point.kind === 'full').length === 1;
  const newest = wanted.at(-1);
  const never = machine.onTape.length === 0;
  const virtual = fullDue || (rolling && (never || !options.virtualFullSchedule));
  return wanted.filter((point) => {
    const takes = (virtual && point === newest) || (!rolling && point.kind === 'full');
    if (!takes) skip(point, 'increments-off', 'The job writes only fulls to tape, and none is due for this point.');
    return takes;
  });
}

function pathToFull(onDisk: readonly DiskPoint[], index: number): DiskPoint[] {
  const full = onDisk.findLastIndex((point, at) => at <= index && point.kind === 'full');
  return onDisk.slice(Math.max(0, full), index + 1);
}

function virtualFullBytes(machine: TapePlanMachine, index: number): number {
  const sum = pathToFull(machine.onDisk, index).reduce((bytes, point) => bytes + point.sizeBytes, 0);
  return machine.diskBytes === undefined ? sum : Math.min(sum, machine.diskBytes);
}
