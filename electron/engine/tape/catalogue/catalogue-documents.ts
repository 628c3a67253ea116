import { type PointDocument, type TapeCatalogue, tapeRecordBytes } from '../archive/documents.ts';
import { extrasInDocument } from './catalogue-registration.ts';
import { unpackExtent } from '../archive/slice-extents.ts';
import type { MediumRecord, TapePartRecord, TapePointRecord } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

/** A restore point on tape as its POINT document said it. */
export function documentOf(point: TapePointRecord, parts: readonly TapePartRecord[]): PointDocument {
  const slices = parts
    .flatMap((part) => part.extents)
    .flatMap((extent) => [...unpackExtent(extent, point.fileUuid, tapeRecordBytes)])
    .sort((a, b) => a.slice - b.slice);
  return {
    uuid: point.pointUuid,
    createdAt: point.createdAt,
    kind: point.kind,
    virtualFull: point.virtualFull,
    machine: { id: point.machineId, name: point.machineName, platform: point.platform },
    job: { id: point.jobId, name: point.jobName },
    sessionUuid: point.sessionUuid,
    chainUuid: point.chainUuid,
    fileUuid: point.fileUuid,
    parentFileUuid: point.parentFileUuid,
    ...(point.parentPointUuid === null ? {} : { parentPointUuid: point.parentPointUuid }),
    file: {
      name: point.fileName,
      pathOnTape: point.pathOnTape,
      sizeBytes: point.sizeBytes,
      sha256: point.sha256,
    },
    ...extrasInDocument(point),
    slices,
  };
}

/**
 * Catalogues of the tapes of a set before this sequence number, from the database, to be written at the beginning of the
 * next one. A point is listed with the tape that holds its POINT file.
 */
export function earlierCatalogues(store: TapeStore, setId: string, beforeSequence: number): TapeCatalogue[] {
  return store.media
    .inSet(setId)
    .filter((medium) => (medium.sequence ?? 0) < beforeSequence)
    .flatMap((medium) => catalogueOf(store, medium) ?? []);
}

/** What the database knows of one tape, as its own catalogue would say it. */
function catalogueOf(store: TapeStore, medium: MediumRecord): TapeCatalogue | undefined {
  const { tapeUuid } = medium;
  const tapeState = store.media.tapeState(medium.id);
  if (!tapeState || tapeUuid === null) return undefined;
  const { identity, ...facts } = tapeState;
  const recorded = store.catalogue
    .pointsOnTape(tapeUuid)
    .map((point) => ({ point, parts: store.catalogue.parts(point.id) }))
    .filter(({ point, parts }) => (point.recordTapeUuid ?? parts.at(-1)?.tapeUuid) === tapeUuid);
  const sessions = [...Map.groupBy(recorded, ({ point }) => point.sessionUuid)].map(([uuid, members]) => {
    const times = members.map(({ point }) => point.writtenAt);
    return {
      uuid,
      jobName: members[0]?.point.jobName ?? '',
      startedAt: Math.min(...times),
      endedAt: Math.max(...times),
      points: members.map(({ point, parts }) => documentOf(point, parts)),
    };
  });
  return { ...facts, tape: identity, sessions: sessions.sort((a, b) => a.startedAt - b.startedAt), problems: [] };
}
