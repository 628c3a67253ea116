import type { UnitOfWork } from '../../database/unit-of-work.ts';
import { type PointDocument, type TapeCatalogue, tapeRecordBytes, tapeStateOf } from '../archive/documents.ts';
import { packSlices } from '../archive/slice-extents.ts';
import { tapePointId } from '../store/catalogue-store.ts';
import { registerSet } from '../media/label-facts.ts';
import { blankMedium } from '../library/media-placement.ts';
import type { MediumRecord, TapeObject, TapePartRecord } from '../store/tape-records.ts';
import type { TapeStore } from '../store/tape-store.ts';

/** What a POINT document does not say, where it is known from elsewhere. */
export interface PointExtras {
  encrypted: boolean;
  objects: TapeObject[];
}

/**
 * A session that had to change its media set in the middle may have written a file into both, as an increment and as a full:
 * these are two writings, and either may be needed.
 */
function idOf(store: TapeStore, setId: string, point: PointDocument): string {
  const id = tapePointId(point.sessionUuid, point.fileUuid);
  const second = `${id}.${setId}`;
  if (store.catalogue.has(second)) return second;
  const known = store.catalogue.point(id);
  return known && known.setId !== setId ? second : id;
}

/** Adds a restore point that is durable on tape to the catalogue. Its set must be there; `recordTapeUuid` holds its POINT file. */
export function registerPoint(
  work: UnitOfWork,
  store: TapeStore,
  set: { id: string; poolId: string },
  recordTapeUuid: string,
  point: PointDocument,
  writtenAt: number,
  extras?: PointExtras,
): void {
  const id = idOf(store, set.id, point);
  const parts: TapePartRecord[] = [...Map.groupBy(point.slices, (slice) => slice.tapeUuid)].map(
    ([tapeUuid, slices]) => ({
      tapePointId: id,
      tapeUuid,
      firstSlice: slices[0]?.slice ?? 0,
      sliceCount: slices.length,
      bytes: slices.reduce((sum, slice) => sum + slice.lengthBytes, 0),
      extents: packSlices(slices, tapeRecordBytes),
    }),
  );
  store.catalogue.savePoint(
    work,
    {
      id,
      setId: set.id,
      poolId: set.poolId,
      sessionUuid: point.sessionUuid,
      jobId: point.job.id,
      jobName: point.job.name,
      machineId: point.machine.id,
      machineName: point.machine.name,
      platform: point.machine.platform,
      pointUuid: point.uuid,
      kind: point.kind,
      virtualFull: point.virtualFull,
      createdAt: point.createdAt,
      writtenAt,
      chainUuid: point.chainUuid,
      fileUuid: point.fileUuid,
      parentFileUuid: point.parentFileUuid,
      parentPointUuid: point.parentPointUuid ?? null,
      fileName: point.file.name,
      pathOnTape: point.file.pathOnTape,
      recordTapeUuid: parts.some((part) => part.tapeUuid === recordTapeUuid) ? null : recordTapeUuid,
      sizeBytes: point.file.sizeBytes,
      sha256: point.file.sha256,
      encrypted: extras?.encrypted ?? point.encrypted ?? false,
      objects:
        extras?.objects ??
        point.objects.map((object) => ({
          id: object.id ?? object.name,
          name: object.name,
          kind: object.kind,
          sizeBytes: object.sizeBytes,
        })),
    },
    parts,
  );
}

/** What a POINT document says of them; what goes without saying is left out. */
export function extrasInDocument({ encrypted, objects }: PointExtras): Pick<PointDocument, 'objects' | 'encrypted'> {
  return {
    objects: objects.map(({ id, name, kind, sizeBytes }) => ({
      ...(id === name ? {} : { id }),
      name,
      kind,
      sizeBytes,
    })),
    ...(encrypted ? { encrypted } : {}),
  };
}

export interface RegisteredCatalogue {
  newPoints: number;
  knownPoints: number;
  /** Restore points that are left out, because a tape they need was overwritten. */
  gonePoints: number;
}

/**
 * Takes over what a tape's catalogue says: the tape, its set, its restore points. `inDrive` is the row of the tape in the
 * drive; without it the catalogue is a copy found on a later tape of the set, and the tape itself may be anywhere. A tape that
 * must not be appended to counts as full: nobody has to mount it to be refused.
 */
export function registerCatalogue(
  store: TapeStore,
  catalogue: TapeCatalogue,
  inDrive: MediumRecord | undefined,
  now: number,
  knowsSession: (sessionUuid: string) => boolean,
): RegisteredCatalogue {
  return store.now((work) => {
    if (inDrive) store.catalogue.isThere(work, catalogue.tape.uuid);
    else if (store.catalogue.isGone(catalogue.tape.uuid)) {
      const gonePoints = catalogue.sessions.reduce((sum, session) => sum + session.points.length, 0);
      return { newPoints: 0, knownPoints: 0, gonePoints };
    }
    const poolId = registerSet(work, store, catalogue.set);
    const medium =
      inDrive ?? store.media.byUuid(catalogue.tape.uuid) ?? addOffline(work, store, catalogue, poolId, now);
    const times = catalogue.sessions.map((session) => session.endedAt ?? session.startedAt);
    const lastWrittenAt = times.length > 0 ? Math.max(...times) : null;
    let newPoints = 0;
    let knownPoints = 0;
    let gonePoints = 0;
    const gone = new Map<string, boolean>();
    const isGone = (tapeUuid: string): boolean => {
      const known = gone.get(tapeUuid) ?? store.catalogue.isGone(tapeUuid);
      gone.set(tapeUuid, known);
      return known;
    };
    for (const session of catalogue.sessions) {
      for (const point of session.points) {
        if (point.slices.some((slice) => isGone(slice.tapeUuid))) {
          gonePoints += 1;
          continue;
        }
        const id = idOf(store, catalogue.set.uuid, point);
        if (store.catalogue.has(id)) {
          if (inDrive) store.catalogue.setRecordTape(work, id, catalogue.tape.uuid);
          knownPoints += 1;
          continue;
        }
        const writtenAt = session.endedAt ?? session.startedAt;
        registerPoint(work, store, { id: catalogue.set.uuid, poolId }, catalogue.tape.uuid, point, writtenAt);
        newPoints += 1;
      }
    }
    // A copy of an earlier tape's catalogue is no news of a tape that is already catalogued itself.
    if (inDrive || medium.cataloguedAt === null) {
      store.media.update(work, medium.id, {
        poolId,
        setId: catalogue.set.uuid,
        sequence: catalogue.set.sequence,
        usedBytes: catalogue.bytes,
        full: catalogue.closed || closingReason(catalogue, medium, knowsSession) !== null,
        lastWrittenAt: lastWrittenAt ?? medium.lastWrittenAt,
        cataloguedAt: now,
        tapeState: tapeStateOf(catalogue),
        ...(inDrive ? { suspectReason: null } : {}),
      });
    }
    const set = store.pools.set(catalogue.set.uuid);
    if (set && lastWrittenAt !== null && lastWrittenAt > (set.lastWrittenAt ?? 0)) {
      store.pools.updateSet(work, set.id, { lastWrittenAt });
    }
    return { newPoints, knownPoints, gonePoints };
  });
}

/** Why the tape takes no more sessions though no TAPEEND says so, as `positionForAppend` would say; null: it does. */
export function closingReason(
  { tail }: Pick<TapeCatalogue, 'tail'>,
  { worm }: Pick<MediumRecord, 'worm'>,
  knowsSession: (sessionUuid: string) => boolean,
): string | null {
  if (!tail) return null;
  if (tail.sessionUuids.some((uuid) => !knowsSession(uuid)))
    return 'It holds data of a session that is not known here, which restore points on other tapes may need.';
  return worm ? 'It ends in an unfinished tape file, and WORM media cannot be overwritten.' : null;
}

/**
 * Notes which of these tapes, told of by a later one and never in hand here, are no more: their cartridge, by its barcode, was
 * in hand and holds something else.
 */
export function noteReplaced(store: TapeStore, catalogues: readonly TapeCatalogue[]): void {
  for (const { tape } of catalogues) {
    if (tape.barcode === '' || store.media.byUuid(tape.uuid)) continue;
    const inDrive = store.media
      .byBarcode(tape.barcode)
      .some(
        ({ labelReadAt, labelFormat }) => labelReadAt !== null && ['ours', 'none', 'foreign'].includes(labelFormat),
      );
    if (inDrive) store.now((work) => store.catalogue.removeTape(work, tape.uuid));
  }
}

/** A tape that is known only from a later one of its set. */
function addOffline(
  work: UnitOfWork,
  store: TapeStore,
  catalogue: TapeCatalogue,
  poolId: string,
  now: number,
): MediumRecord {
  const { uuid, barcode, label } = catalogue.tape;
  const medium: MediumRecord = {
    ...blankMedium(now),
    barcode,
    name: barcode || label,
    tapeUuid: uuid,
    labelFormat: 'ours',
    poolId,
    setId: catalogue.set.uuid,
    sequence: catalogue.set.sequence,
  };
  store.media.insert(work, medium);
  return medium;
}
