import { type BackupToTapeSettings, incrementPoolOf } from '../../../../shared/domain/jobs/backup-to-tape.ts';
import type { UnitOfWork } from '../../database/unit-of-work.ts';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { formatBytes, formatCount } from '../../../../shared/domain/format.ts';
import { driveWaitMs, setWriteKey } from '../../tape/library/drive-leases.ts';
import { MediaSetWriter } from '../../tape/writing/media-set-writer.ts';
import { doorWaiting } from '../../tape/mounting/mount-requester.ts';
import type { MediaSetRecord, PoolRecord } from '../../tape/store/tape-records.ts';
import { MediaProvider } from '../../tape/writing/media-provider.ts';
import { OperationError } from '../../errors.ts';
import {
  lookAtSources,
  removedSources,
  type SelectedMachine,
  surveySelection,
  tellPartial,
  tellUnreadable,
} from '../selection.ts';
import type { JobRunner } from './kind.ts';
import { planMachine, pointsOnTape, type TapeWorkItem } from '../to-tape/tape-job-plan.ts';
import { type MachineOnTape, TapeLane } from '../to-tape/tape-lane.ts';
import type { BackupToTapeContext } from '../tape-ports.ts';

const hourMs = 3_600_000;

export const backupToTapeRunner: JobRunner<BackupToTapeSettings> = {
  kind: 'backup-to-tape',
  run: (context, { jobId, settings, activeFull }, session) =>
    runBackupToTape({
      tape: context.tape,
      backups: context.backups,
      repository: context.repositories,
      job: { id: jobId, settings },
      removedSources: removedSources(context, settings.sources),
      activeFull,
      session,
      dataDir: context.dataDir,
    }),
  look: async (context, settings) => ({
    ...(await lookAtSources(context, settings)),
    nextTape: context.tape.nextTapeFor(settings.fullPoolId),
  }),
  rescans: () => [],
  nextTape: (context, settings) => context.tape.nextTapeFor(settings.fullPoolId),
};

/**
 * Backup to tape: writes the restore points that are missing on the job's media pools, whole machines to each of the
 * drives it may use. What is committed stays committed whatever happens; the next run goes on with what is missing.
 */
export async function runBackupToTape(context: BackupToTapeContext): Promise<void> {
  const { session, job, tape } = context;
  const { settings } = job;
  const fullPool = requirePool(context, settings.fullPoolId);
  const incrementPoolId = incrementPoolOf(settings);
  const incrementPool = incrementPoolId === null ? null : requirePool(context, incrementPoolId);
  const { machines, unreadable } = surveySelection(context.backups, context.repository.contents, settings.sources);
  const partial = tellUnreadable(session, unreadable, context.removedSources);
  if (machines.length === 0 && session.tasks.length === 0) {
    session.log('info', 'Nothing to write yet: the selected jobs and repositories hold no complete restore point.');
    return;
  }
  const entries = machines.map((machine) => ({
    machine,
    unread: partial.get(machine.machineId),
    parts: [],
    task: session.addTask(machine.machineName),
    remaining: 0,
    uncommitted: 0,
    committed: 0,
    error: null,
  }));
  const sets = new Set<string>();
  const twoPools = incrementPool !== null && incrementPool.id !== fullPool.id;
  const isIncrement = ({ item }: TapeWorkItem): boolean => item.as === 'increment';
  try {
    await writePool(context, fullPool, entries, twoPools ? (work) => !isIncrement(work) : () => true, sets);
    if (twoPools) await writePool(context, incrementPool, entries, isIncrement, sets);
  } catch (error) {
    // What is complete is said to be; the rest ends as the session does.
    for (const entry of entries) if (isComplete(entry)) finishTask(context, entry);
    throw error;
  }
  session.setState('postprocessing');
  await tape.store.durably((work) => closeSets(work, context, [fullPool, ...(twoPools ? [incrementPool] : [])], sets));
  for (const entry of entries) finishTask(context, entry);
  if (settings.exportMedia) exportMedia(context, [...sets]);
  tape.changes.publish('media', 'pools', 'backups', 'jobs');
}

function requirePool(context: BackupToTapeContext, poolId: string): PoolRecord {
  const pool = context.tape.store.pools.get(poolId);
  if (pool?.kind === 'custom') return pool;
  throw new OperationError('The media pool of this job is gone.', 'Edit the job and choose another media pool.');
}

/** Writes what belongs into one pool, over as many drives as job, pool and libraries allow. */
async function writePool(
  context: BackupToTapeContext,
  pool: PoolRecord,
  entries: MachineOnTape[],
  select: (work: TapeWorkItem) => boolean,
  writtenSets: Set<string>,
): Promise<void> {
  const { session, tape, job } = context;
  const sets = lockSets(context, pool, entries);
  const pending = new Set<Promise<void>>();
  const waitMs = Math.max(1, job.settings.waitForMediaHours * hourMs);
  const lanes = shareOut(context, pool, entries, select, sets);
  const failures: unknown[] = [];
  try {
    for (const [index, lane] of lanes.entries()) {
      if (lane.length === 0) continue;
      const requester = laneRequester(context, lanes.length > 1 ? index : null);
      const set = sets[index] ?? null;
      sets[index] = null;
      const writing = { services: tape, session, poolId: pool.id, set: set?.set ?? null, waitMs, requester };
      const media = new MediaProvider(writing, set?.release);
      const writer = new MediaSetWriter(writing, media);
      const run = runLane(context, pool, writer, lane, select)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => {
          if (writer.set) writtenSets.add(writer.set.id);
        });
      pending.add(run);
    }
    await Promise.all(pending);
  } finally {
    for (const left of sets) left?.release();
  }
  if (failures.length > 0) throw failures[0];
}

async function runLane(
  context: BackupToTapeContext,
  pool: PoolRecord,
  writer: MediaSetWriter,
  machines: MachineOnTape[],
  select: (work: TapeWorkItem) => boolean,
): Promise<void> {
  const { job } = context;
  const releaseLane = await takeLane(context, pool);
  try {
    await new TapeLane(context, writer, select).run(machines);
    await writer.close({ eject: job.settings.ejectMedia || job.settings.exportMedia });
  } catch (error) {
    await writer.abandon();
    throw error;
  } finally {
    releaseLane();
  }
}

/** One of the drives that the pool may use at once, over all jobs; waited for as long as for a drive. */
async function takeLane(context: BackupToTapeContext, pool: PoolRecord): Promise<() => void> {
  const { tape, session } = context;
  const late = new AbortController();
  const busy = `Other jobs use all drives that the pool “${pool.name}” may use`;
  const stopTimer = tape.clock.callAt(tape.clock.now() + driveWaitMs, () =>
    late.abort(new OperationError(`${busy}, for ${driveWaitMs / hourMs} hours now.`, 'Let the pool use more drives.')),
  );
  try {
    const signal = AbortSignal.any([session.signal, late.signal]);
    return await tape.lanes.acquire(pool.id, pool.rules?.maxDrives ?? 1, signal, () =>
      session.log('info', `Waiting: ${busy[0]?.toLowerCase()}${busy.slice(1)}.`),
    );
  } finally {
    stopTimer();
  }
}

interface LockedSet {
  set: MediaSetRecord;
  release: () => void;
}

/** Open sets of the pool that nobody else writes, those that hold most of these machines first. */
function lockSets(
  context: BackupToTapeContext,
  pool: PoolRecord,
  entries: readonly MachineOnTape[],
): (LockedSet | null)[] {
  const { tape, session } = context;
  const weight = new Map<string, number>();
  for (const { machine } of entries) {
    for (const point of pointsOnTape(context, machine.machineId)) {
      weight.set(point.setId, (weight.get(point.setId) ?? 0) + 1);
    }
  }
  const open = tape.store.pools
    .sets(pool.id)
    .filter((set) => set.closedAt === null)
    .sort((a, b) => (weight.get(b.id) ?? 0) - (weight.get(a.id) ?? 0) || b.createdAt - a.createdAt);
  const locked: (LockedSet | null)[] = [];
  for (const set of open) {
    const lock = tape.locks.tryAcquire([{ key: setWriteKey(set.id), mode: 'exclusive' }], session.owner);
    if ('release' in lock) locked.push({ set, release: lock.release });
  }
  return locked;
}

/** Whole machines to drives: where its set goes on, else to the drive with the least to do, largest first. */
function shareOut(
  context: BackupToTapeContext,
  pool: PoolRecord,
  entries: readonly MachineOnTape[],
  select: (work: TapeWorkItem) => boolean,
  sets: readonly (LockedSet | null)[],
): MachineOnTape[][] {
  const { tape, job, session } = context;
  const work = entries.flatMap((entry) => {
    if (entry.error !== null) return [];
    const here = sets.find((locked) => locked && holds(context, entry.machine, locked.set.id))?.set;
    const set = here && continues(context, pool, here) ? here : null;
    const plan = planMachine(context, entry.machine, set);
    const items = plan.items.filter(select);
    for (const skip of plan.skipped) {
      if (skip.code === 'already-on-tape' || skip.code === 'older-than-tape') continue;
      entry.task.log('info', `Not written: the restore point ${skip.pointId}. ${skip.reason}`);
    }
    if (items.length === 0) return [];
    const bytes = items.reduce((sum, { item }) => sum + item.estimatedBytes, 0);
    return [{ entry, set, bytes }];
  });
  const drives = tape.libraries
    .online()
    .filter((library) => (pool.rules?.libraryIds.length ? pool.rules.libraryIds.includes(library.id) : true))
    .reduce((sum, library) => sum + library.driveAddresses.length, 0);
  const count = Math.max(
    1,
    Math.min(job.settings.parallelDrives, pool.rules?.maxDrives ?? 1, Math.max(1, drives), work.length),
  );
  const lanes: { machines: MachineOnTape[]; bytes: number }[] = Array.from({ length: count }, () => ({
    machines: [],
    bytes: 0,
  }));
  for (const { entry, set, bytes } of work.sort((a, b) => b.bytes - a.bytes)) {
    const own = set === null ? -1 : sets.findIndex((locked) => locked?.set.id === set.id);
    const least = lanes.toSorted((a, b) => a.bytes - b.bytes)[0];
    const lane = (own >= 0 ? lanes[own] : undefined) ?? least;
    if (!lane) continue;
    lane.machines.push(entry);
    lane.bytes += bytes;
  }
  const total = work.reduce((sum, { bytes }) => sum + bytes, 0);
  if (work.length === 0) session.log('info', `Everything is on tape already: nothing to write to “${pool.name}”.`);
  else {
    session.log(
      'info',
      `${formatCount(work.length, 'machine')}, about ${formatBytes(total)}, to “${pool.name}” on ${formatCount(count, 'drive')}.`,
    );
  }
  return lanes.map((lane) => lane.machines);
}

function holds(context: BackupToTapeContext, machine: SelectedMachine, setId: string): boolean {
  return context.tape.store.catalogue.pointsInSet(setId, machine.machineId).length > 0;
}

/** Whether the pool's rules, and the place of the tape to append to, let this session go on with a set. */
function continues(context: BackupToTapeContext, pool: PoolRecord, set: MediaSetRecord): boolean {
  const { tape, session } = context;
  const { decision } = tape.choice.choose(pool.id, {
    set,
    sessionStart: session.record.startedAt,
    lastWrittenMediaId: null,
  });
  return !decision.newSet;
}

function laneRequester(context: BackupToTapeContext, lane: number | null) {
  const { session } = context;
  const waitMs = context.job.settings.waitForMediaHours * hourMs;
  const prefix = lane === null ? '' : `Drive ${lane + 1} of this job: `;
  return {
    owner: session.owner,
    signal: session.signal,
    ...doorWaiting(session, waitMs),
    log: (...[level, text, more]: Parameters<typeof session.log>) => session.log(level, `${prefix}${text}`, more),
  };
}

/** Sets that the pool begins anew in each session are over; so are those whose tapes leave. */
function closeSets(
  work: UnitOfWork,
  context: BackupToTapeContext,
  pools: readonly PoolRecord[],
  setIds: ReadonlySet<string>,
): void {
  const { tape, job } = context;
  for (const setId of setIds) {
    const set = tape.store.pools.set(setId);
    const pool = pools.find((other) => other.id === set?.poolId);
    if (!set || set.closedAt !== null || !pool) continue;
    const exported = job.settings.exportMedia;
    if (!exported && pool.rules?.allocation.kind !== 'session') continue;
    tape.store.pools.updateSet(work, setId, {
      closedAt: tape.clock.now(),
      closedReason: exported ? 'exported' : 'a new set begins in every session',
    });
  }
}

function isComplete(entry: MachineOnTape): boolean {
  return entry.error !== null || (entry.committed > 0 && entry.remaining + entry.uncommitted === 0);
}

function finishTask(context: BackupToTapeContext, entry: MachineOnTape): void {
  const { task, unread } = entry;
  if (task.record.state === 'pending') task.start();
  if (entry.error !== null) {
    task.finish('cannot', messageOf(entry.error));
    return;
  }
  if (entry.committed === 0) task.log('info', 'Up to date: everything of it is on tape.');
  const onTape = pointsOnTape(context, entry.machine.machineId);
  if (unread && !onTape.some((point) => point.pointUuid === unread.pointUuid)) tellPartial(task, unread);
  else task.finish(entry.committed === 0 ? 'nothing-new' : 'done');
}

/** In a session of its own, because it may wait for somebody to empty the mail slots. */
function exportMedia(context: BackupToTapeContext, setIds: readonly string[]): void {
  const { tape, session, job } = context;
  const media = setIds
    .flatMap((setId) => tape.store.media.inSet(setId))
    .filter((medium) => tape.facts.isOnline(medium))
    .map((medium) => medium.id);
  if (media.length === 0) return;
  tape.startExport(media, `job ${job.settings.name}`);
  session.log('info', `Exporting ${formatCount(media.length, 'tape')}: see the session of the export.`);
}
