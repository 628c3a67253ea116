import type { PointArchive, TapeExtent } from '../../../../shared/domain/point-archive.ts';
import { type PlannedPoint, planRestore, type RestorePlan } from '../../../../shared/domain/restore-plan.ts';
import type { SliceExtent } from '../../tape/archive/slice-extents.ts';
import type { TapePointRecord } from '../../tape/store/tape-records.ts';
import type { TapeServices } from '../../tape/tape-services.ts';

/** What a restore needs, with the point that each selected id stands for. */
export interface TapeRestorePlan extends RestorePlan {
  /** By id of the tape point. */
  archives: Map<string, TapePointRecord>;
}

/**
 * Plans a restore from what the catalogue says. Ids are those of restore points on tape, or of restore points as such.
 * One repository cannot hold two states of one backup file: where points would need both, the older ones are refused.
 */
export function planRestoreFromTape(tape: TapeServices, pointIds: readonly string[]): TapeRestorePlan {
  const { archives, selected } = archivesFor(tape, pointIds);
  const uuids = new Set(archives.flatMap((archive) => archive.extents.map((extent) => extent.tapeUuid)));
  const media = [...uuids].flatMap((uuid) => tape.store.media.byUuid(uuid) ?? []);
  const request = { archives, media: tape.facts.facts(media), libraries: tape.facts.libraryFacts() };
  const records = new Map(
    archives.flatMap((archive) => {
      const record = tape.store.catalogue.point(archive.archiveId);
      return record ? [[record.id, record] as const] : [];
    }),
  );
  const all = planRestore({ ...request, selected });
  if (!hasTwoStates(all)) return { ...all, archives: records };
  // Newest first: what is refused is always the older state.
  const createdAt = new Map(archives.map((archive) => [archive.archiveId, archive.createdAt]));
  const accepted: string[] = [];
  const refused: PlannedPoint[] = [];
  for (const id of selected.toSorted((a, b) => (createdAt.get(b) ?? 0) - (createdAt.get(a) ?? 0))) {
    if (!hasTwoStates(planRestore({ ...request, selected: [...accepted, id] }))) accepted.push(id);
    else refused.push(...all.points.filter((point) => point.selectedId === id).map(refuse));
  }
  const plan = planRestore({ ...request, selected: accepted });
  return { ...plan, points: [...plan.points, ...refused], archives: records };
}

function refuse(point: PlannedPoint): PlannedPoint {
  return {
    ...point,
    restorable: false,
    code: 'parent-missing',
    reason:
      'It is read from an earlier state of a backup file that another chosen point needs in a later one. Restore it by itself, to another repository.',
  };
}

function hasTwoStates(plan: RestorePlan): boolean {
  return new Set(plan.files.map((file) => file.fileUuid)).size < plan.files.length;
}

function archivesFor(
  tape: TapeServices,
  pointIds: readonly string[],
): { archives: PointArchive[]; selected: string[] } {
  const { catalogue } = tape.store;
  const machines = new Set(
    pointIds.flatMap((id) => {
      const record = catalogue.point(id);
      return record ? [record.machineId] : catalogue.pointsByUuid(id).map((point) => point.machineId);
    }),
  );
  const selected: string[] = [];
  const standsFor = new Map<string, string>();
  const archives: PointArchive[] = [];
  for (const machineId of machines) {
    const points = catalogue.pointsOfMachine(machineId);
    // A set may hold a point twice, as an increment and as a full: the full needs no other file.
    for (const same of Map.groupBy(points, (point) => `${point.setId} ${point.pointUuid}`).values()) {
      const best = same.find((point) => point.kind === 'full') ?? same.at(-1);
      if (!best) continue;
      for (const point of same) standsFor.set(point.id, best.id);
      archives.push(archiveOf(tape, best, points));
    }
  }
  for (const id of pointIds) {
    const chosen = standsFor.get(id) ?? id;
    if (!selected.includes(chosen)) selected.push(chosen);
  }
  return { archives, selected };
}

function archiveOf(tape: TapeServices, point: TapePointRecord, all: readonly TapePointRecord[]): PointArchive {
  return {
    archiveId: point.id,
    pointId: point.pointUuid,
    machineId: point.machineId,
    machineName: point.machineName,
    createdAt: point.createdAt,
    writtenAt: point.writtenAt,
    kind: point.kind,
    setId: point.setId,
    fileUuid: point.fileUuid,
    fileName: point.fileName,
    sizeBytes: point.sizeBytes,
    parentFileUuid: point.parentFileUuid,
    parentPointId: point.parentPointUuid ?? guessedParentOf(point, all)?.pointUuid ?? null,
    chainId: point.chainUuid,
    extents: tape.store.catalogue.parts(point.id).flatMap((part) => part.extents.map(extentOf)),
  };
}

/**
 * For tapes that do not tell. A full that is rolled forward keeps its uuid, so several states of it may be on tape: an
 * increment was mostly made on the newest one from before it.
 */
function guessedParentOf(point: TapePointRecord, all: readonly TapePointRecord[]): TapePointRecord | undefined {
  if (point.parentFileUuid === null) return undefined;
  const candidates = all.filter(
    (other) => other.fileUuid === point.parentFileUuid && other.createdAt < point.createdAt && other.id !== point.id,
  );
  return candidates.findLast((other) => other.setId === point.setId) ?? candidates.at(-1);
}

function extentOf(extent: SliceExtent): TapeExtent {
  const sliceCount = extent.sha256.length;
  return {
    tapeUuid: extent.tapeUuid,
    tapeFile: extent.tapeFile,
    firstBlock: extent.firstBlock,
    firstSlice: extent.firstSlice,
    sliceCount,
    offsetBytes: extent.offset,
    bytes: (sliceCount - 1) * extent.sliceBytes + extent.lastSliceBytes,
  };
}
