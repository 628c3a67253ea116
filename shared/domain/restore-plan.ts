/**
 * What a restore from tape needs, before anything moves: which backup files, from which tapes, in which order, where
 * those tapes are, and what cannot be restored and why. Pure. Each tape is read in one pass, in the order of its
 * positions, whatever number of restore points is restored.
 */
import { buildArchivePaths, type ArchivePath } from './archive-path.ts';
import type { LibraryFacts } from './allocation-types.ts';
import { describeLocation, type MediaFacts, mediaName } from './media.ts';
import type { PointArchive, TapeExtent } from './point-archive.ts';

export interface RestoreRequest {
  /** Every archive of the machines asked for. */
  archives: readonly PointArchive[];
  /** Ids of archives, or of points: then the copy that is easiest to have is taken. */
  selected: readonly string[];
  /** At least every tape that is named in an extent and still known. */
  media: readonly MediaFacts[];
  libraries: readonly LibraryFacts[];
  /** Names of vaults by id. */
  vaults?: ReadonlyMap<string, string>;
}

/** A run to read, in the order in which the tape passes it. */
export interface TapeRead extends TapeExtent {
  archiveId: string;
  fileUuid: string;
}

export interface RequiredTape {
  /** From 1: tapes that are at hand first, then by set and sequence. */
  order: number;
  mediaId: string;
  mediaUuid: string;
  barcode: string | null;
  name: string;
  /** In words. */
  where: string;
  /** A library that can be reached holds it now. */
  available: boolean;
  setId: string | null;
  sequence: number | null;
  bytes: number;
  fileCount: number;
  reads: TapeRead[];
  /** Why reading it may fail; null when nothing is known against it. */
  warning: string | null;
}

export type RestoreCode =
  | 'ready'
  | 'bring-tapes'
  | 'not-on-tape'
  | 'parent-missing'
  | 'slices-missing'
  | 'tape-unknown';

export interface PlannedPoint {
  /** As it was selected. */
  selectedId: string;
  pointId: string;
  machineId: string | null;
  machineName: string | null;
  createdAt: number | null;
  restorable: boolean;
  code: RestoreCode;
  reason: string;
  /** Its own file and all that it builds on. */
  fileCount: number;
  bytes: number;
  mediaIds: string[];
}

/** A backup file that the restore brings to the target. */
export interface PlannedFile {
  archiveId: string;
  pointId: string;
  machineId: string;
  machineName: string;
  createdAt: number;
  kind: 'full' | 'increment';
  fileUuid: string;
  fileName: string;
  sizeBytes: number;
  setId: string;
}

export interface RestorePlan {
  /** Each file once, whatever number of points needs it; oldest first within a machine. */
  files: PlannedFile[];
  tapes: RequiredTape[];
  points: PlannedPoint[];
  /** Room needed at the target. */
  bytesAtTarget: number;
}

/** Plans a restore of the selected points. Points that cannot be restored are named and do not stand in the way. */
export function planRestore(request: RestoreRequest): RestorePlan {
  const places = new Map(request.media.filter((m) => m.uuid !== null).map((m) => [m.uuid!, placeOf(m, request)]));
  const paths = buildArchivePaths(request.archives);
  const files = new Map<string, PointArchive>();
  const neededTapes = new Set<string>();
  const points = request.selected.map((selectedId): PlannedPoint => {
    const copies = paths.find(selectedId);
    const rated = copies.map((path) => rateCopy(path, places, neededTapes)).sort((a, b) => compareCopies(a, b));
    const best = rated[0];
    if (!best) return notOnTape(selectedId);
    if (best.problem === null) {
      for (const archive of best.path.archives) files.set(archive.archiveId, archive);
      for (const uuid of best.tapes) neededTapes.add(uuid);
    }
    return describePoint(selectedId, best, places);
  });
  const wanted = [...files.values()].sort(
    (a, b) =>
      compareText(a.machineName, b.machineName) || compareText(a.machineId, b.machineId) || a.createdAt - b.createdAt,
  );
  return {
    files: wanted.map(({ extents: _extents, absorbed: _absorbed, ...file }) => plannedFile(file)),
    tapes: requiredTapes(wanted, places),
    points,
    bytesAtTarget: wanted.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

interface TapePlace {
  media: MediaFacts;
  available: boolean;
  where: string;
  warning: string | null;
}

interface RatedCopy {
  path: ArchivePath;
  problem: { code: RestoreCode; reason: string } | null;
  tapes: Set<string>;
  /** Tapes that are not at hand and that no other point needs already. */
  toBring: number;
  atRisk: number;
  /** Tapes that no other point needs already. */
  further: number;
}

function rateCopy(path: ArchivePath, places: ReadonlyMap<string, TapePlace>, needed: ReadonlySet<string>): RatedCopy {
  const tapes = new Set(path.archives.flatMap((archive) => archive.extents.map((extent) => extent.tapeUuid)));
  const known = [...tapes].flatMap((uuid) => places.get(uuid) ?? []);
  const further = known.filter((place) => !needed.has(place.media.uuid!));
  return {
    path,
    problem: problemOf(path, tapes, places),
    tapes,
    toBring: further.filter((place) => !place.available).length,
    atRisk: known.filter((place) => place.warning !== null).length,
    further: further.length,
  };
}

function problemOf(
  path: ArchivePath,
  tapes: ReadonlySet<string>,
  places: ReadonlyMap<string, TapePlace>,
): { code: RestoreCode; reason: string } | null {
  if (path.problem) return { code: 'parent-missing', reason: path.problem };
  const cut = path.archives.find((archive) => !coversFile(archive));
  if (cut) {
    const reason = `Parts of ${cut.fileName} are missing in the catalogue: catalogue every tape of its media set.`;
    return { code: 'slices-missing', reason };
  }
  const unknown = [...tapes].filter((uuid) => !places.has(uuid));
  if (unknown.length > 0) {
    const reason = `It needs a tape that is not known here: ${unknown.join(', ')}. Bring it in and inventory it.`;
    return { code: 'tape-unknown', reason };
  }
  return null;
}

function compareCopies(a: RatedCopy, b: RatedCopy): number {
  return (
    Number(a.problem !== null) - Number(b.problem !== null) ||
    a.atRisk - b.atRisk ||
    a.toBring - b.toBring ||
    a.further - b.further ||
    a.path.bytes - b.path.bytes ||
    b.path.archives[0]!.writtenAt - a.path.archives[0]!.writtenAt ||
    compareText(a.path.archives[0]!.archiveId, b.path.archives[0]!.archiveId)
  );
}

function describePoint(selectedId: string, copy: RatedCopy, places: ReadonlyMap<string, TapePlace>): PlannedPoint {
  const archive = copy.path.archives[0]!;
  const tapes = [...copy.tapes].flatMap((uuid) => places.get(uuid) ?? []);
  const outside = tapes.filter((place) => !place.available);
  const verdict = copy.problem ?? bringOrReady(outside, tapes.length);
  return {
    selectedId,
    pointId: archive.pointId,
    machineId: archive.machineId,
    machineName: archive.machineName,
    createdAt: archive.createdAt,
    restorable: copy.problem === null,
    code: verdict.code,
    reason: verdict.reason,
    fileCount: copy.path.archives.length,
    bytes: copy.path.bytes,
    mediaIds: tapes.map((place) => place.media.mediaId),
  };
}

function bringOrReady(outside: readonly TapePlace[], count: number): { code: RestoreCode; reason: string } {
  if (outside.length === 0)
    return {
      code: 'ready',
      reason: count === 1 ? 'Its tape is in a library.' : `All ${count} tapes are in a library.`,
    };
  const names = outside.map((place) => `${mediaName(place.media)} (${place.where})`).join(', ');
  return { code: 'bring-tapes', reason: `To be brought in: ${names}.` };
}

function notOnTape(selectedId: string): PlannedPoint {
  return {
    selectedId,
    pointId: selectedId,
    machineId: null,
    machineName: null,
    createdAt: null,
    restorable: false,
    code: 'not-on-tape',
    reason: 'No tape that is known here holds this restore point. If one does, bring it in and catalogue it.',
    fileCount: 0,
    bytes: 0,
    mediaIds: [],
  };
}

function requiredTapes(files: readonly PointArchive[], places: ReadonlyMap<string, TapePlace>): RequiredTape[] {
  const reads = new Map<string, TapeRead[]>();
  const setBegins = new Map<string, number>();
  for (const file of files) {
    setBegins.set(file.setId, Math.min(setBegins.get(file.setId) ?? Number.POSITIVE_INFINITY, file.createdAt));
    for (const extent of file.extents) {
      const read = { ...extent, archiveId: file.archiveId, fileUuid: file.fileUuid };
      const list = reads.get(extent.tapeUuid);
      if (list) list.push(read);
      else reads.set(extent.tapeUuid, [read]);
    }
  }
  const tapes = [...reads].map(([uuid, list]) => ({ place: places.get(uuid)!, list: list.sort(byPosition) }));
  tapes.sort(
    (a, b) =>
      Number(b.place.available) - Number(a.place.available) ||
      setOrder(a.place, setBegins) - setOrder(b.place, setBegins) ||
      compareText(a.place.media.setId ?? '', b.place.media.setId ?? '') ||
      (a.place.media.sequence ?? 0) - (b.place.media.sequence ?? 0) ||
      compareText(mediaName(a.place.media), mediaName(b.place.media)),
  );
  return tapes.map(({ place, list }, index) => ({
    order: index + 1,
    mediaId: place.media.mediaId,
    mediaUuid: place.media.uuid!,
    barcode: place.media.barcode,
    name: mediaName(place.media),
    where: place.where,
    available: place.available,
    setId: place.media.setId,
    sequence: place.media.sequence,
    bytes: list.reduce((sum, read) => sum + read.bytes, 0),
    fileCount: new Set(list.map((read) => read.archiveId)).size,
    reads: list,
    warning: place.warning,
  }));
}

function placeOf(media: MediaFacts, request: RestoreRequest): TapePlace {
  const libraries = new Map(request.libraries.map((library) => [library.libraryId, library.name]));
  const where = describeLocation(media.location, { libraries, ...(request.vaults ? { vaults: request.vaults } : {}) });
  const warning = media.damagedReason
    ? `It is damaged: ${media.damagedReason}`
    : media.suspectReason
      ? `It may not be what the catalogue says: ${media.suspectReason}`
      : null;
  const { location } = media;
  if (location.kind === 'vault' || location.kind === 'offline') return { media, available: false, where, warning };
  const library = request.libraries.find((entry) => entry.libraryId === location.libraryId);
  if (!library?.online) return { media, available: false, where: `${where}, which cannot be reached`, warning };
  if (location.kind === 'import-export') return { media, available: false, where: `${where}: import it`, warning };
  return { media, available: true, where, warning };
}

/** Whether the extents are the whole file, without a gap. Runs that overlap are as good: slices are read twice. */
function coversFile(archive: PointArchive): boolean {
  let reached = 0;
  for (const extent of archive.extents.toSorted((a, b) => a.offsetBytes - b.offsetBytes)) {
    if (extent.offsetBytes > reached) return false;
    reached = Math.max(reached, extent.offsetBytes + extent.bytes);
  }
  return reached >= archive.sizeBytes;
}

function plannedFile(archive: Omit<PointArchive, 'extents' | 'absorbed'>): PlannedFile {
  const { archiveId, pointId, machineId, machineName, createdAt, kind, fileUuid, fileName, sizeBytes, setId } = archive;
  return { archiveId, pointId, machineId, machineName, createdAt, kind, fileUuid, fileName, sizeBytes, setId };
}

function setOrder(place: TapePlace, begins: ReadonlyMap<string, number>): number {
  return begins.get(place.media.setId ?? '') ?? Number.MAX_SAFE_INTEGER;
}

function byPosition(a: TapeRead, b: TapeRead): number {
  return a.firstBlock - b.firstBlock || a.tapeFile - b.tapeFile || a.offsetBytes - b.offsetBytes;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
