import { incrementPoolOf } from '../../../../shared/domain/jobs/backup-to-tape.ts';
import { protectionEnds } from '../../../../shared/domain/media.ts';
import { planTape, type TapePlanItem, type TapePlanSkip, type TapePoint } from '../../../../shared/domain/tape-plan.ts';
import type { PointRecord } from '../../repository/backup-store.ts';
import { factsOfPool } from '../../tape/media/media-facts.ts';
import type { MediaSetRecord, TapePointRecord } from '../../tape/store/tape-records.ts';
import type { TapeServices } from '../../tape/tape-services.ts';
import type { SelectedMachine } from '../selection.ts';
import type { BackupToTapeContext } from '../tape-ports.ts';

/** One restore point to write, with the files it is read from, newest first. */
export interface TapeWorkItem {
  item: TapePlanItem;
  point: PointRecord;
  path: PointRecord[];
}

export interface MachinePlan {
  items: TapeWorkItem[];
  skipped: TapePlanSkip[];
  estimatedBytes: number;
}

/**
 * What is missing from tape of one machine, for the media set that is written now (null: one that is about to begin).
 * With a pool of their own for increments, fulls and increments stand in different sets: there, what is on any protected
 * tape of the two pools counts as the set.
 */
export function planMachine(
  context: BackupToTapeContext,
  machine: SelectedMachine,
  set: MediaSetRecord | null,
): MachinePlan {
  const { tape, job } = context;
  const { settings } = job;
  const points = context.repository.contents.completePoints(machine.chain.id);
  const incrementPoolId = incrementPoolOf(settings);
  const ownIncrementPool = incrementPoolId !== null && incrementPoolId !== settings.fullPoolId;
  const plan = planTape(
    [
      {
        machineId: machine.machineId,
        machineName: machine.machineName,
        onDisk: points.map(({ point }) => ({
          pointId: point.pointUuid,
          createdAt: point.createdAt,
          kind: point.kind,
          sizeBytes: point.sizeBytes,
          complete: true,
        })),
        onTape: pointsOnTape(context, machine.machineId).map((point) => ({
          ...tapePoint(point),
          inCurrentSet: ownIncrementPool || point.setId === set?.id,
        })),
        diskBytes: points.at(-1)?.point.objects.reduce((sum, object) => sum + object.sizeBytes, 0),
      },
    ],
    {
      processIncrements: incrementPoolId !== null,
      latestOnly: settings.latestPointOnly,
      virtualFullSchedule: settings.virtualFull,
      fullSince: context.activeFull ? context.session.record.startedAt : null,
      timeZone: tape.timeZone,
    },
    tape.clock.now(),
  );
  const byUuid = new Map(points.map((entry) => [entry.point.pointUuid, entry]));
  return {
    items: plan.items.flatMap((item) => {
      const found = byUuid.get(item.pointId);
      return found ? [{ item, ...found }] : [];
    }),
    skipped: plan.skipped,
    estimatedBytes: plan.estimatedBytes,
  };
}

function tapePoint(point: TapePointRecord): Omit<TapePoint, 'inCurrentSet'> {
  return {
    pointId: point.pointUuid,
    createdAt: point.createdAt,
    as: point.virtualFull ? 'virtual-full' : point.kind,
    writtenAt: point.writtenAt,
  };
}

/** Restore points of a machine in the job's pools that can be relied on: whole tapes, in sets not given up yet. */
export function pointsOnTape(context: BackupToTapeContext, machineId: string): TapePointRecord[] {
  const { tape, job } = context;
  const pools = new Set([job.settings.fullPoolId, incrementPoolOf(job.settings)]);
  const trusted = new Map<string, boolean>();
  return tape.store.catalogue.pointsOfMachine(machineId).filter((point) => {
    if (!pools.has(point.poolId)) return false;
    let trust = trusted.get(point.setId);
    if (trust === undefined) {
      trust = isSetKept(tape, point.setId);
      trusted.set(point.setId, trust);
    }
    return trust && tape.store.catalogue.partSummaries(point.id).every((part) => isTapeSound(tape, part.tapeUuid));
  });
}

function isTapeSound(tape: TapeServices, tapeUuid: string): boolean {
  const medium = tape.store.media.byUuid(tapeUuid);
  return medium !== undefined && medium.damagedReason === null && medium.suspectReason === null;
}

/** A closed set whose protection has ended may be overwritten any day. */
function isSetKept(tape: TapeServices, setId: string): boolean {
  const set = tape.store.pools.set(setId);
  const pool = set && tape.store.pools.get(set.poolId);
  if (!set || !pool) return false;
  if (set.closedAt === null || pool.rules?.retention.kind !== 'for') return true;
  const media = tape.facts.facts(tape.store.media.inSet(setId));
  return media.some((medium) => {
    const ends = protectionEnds(medium, factsOfPool(pool)).at;
    return ends === null || ends > tape.clock.now();
  });
}
