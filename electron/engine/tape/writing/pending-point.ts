import type { Bottleneck } from '../../../../shared/domain/session-types.ts';
import type { PointDocument, SliceLocation } from '../archive/documents.ts';
import type { ByteSource } from '../../files/byte-source.ts';
import { pathOnTape } from '../archive/tape-names.ts';
import type { WriteCounters } from '../archive/drive-feed.ts';
import type { RunningDigest } from '../archive/tape-writer.ts';
import { extrasInDocument, type PointExtras } from '../catalogue/catalogue-registration.ts';

/** A backup file to be written as one restore point. */
export interface PointToWrite {
  pointUuid: string;
  createdAt: number;
  kind: 'full' | 'increment';
  virtualFull: boolean;
  machine: { id: string; name: string; platform: string };
  job: { id: string; name: string };
  chainUuid: string;
  fileUuid: string;
  parentFileUuid: string | null;
  /** The restore point it builds on; null in a full. */
  parentPointUuid: string | null;
  /** The true name of the file. */
  fileName: string;
  extras: PointExtras;
  /** Opens the bytes; the same ones again when part of them has to be written once more. */
  open(): Promise<ByteSource>;
  /** Told of all that it took since it was begun. */
  onProgress?(of: WriteCounters & { bottleneck: Bottleneck | null }): void;
  /** The point is durable on tape and in the catalogue. */
  onCommitted?(barcodes: string[]): void;
}

/** A point on its way to tape. */
export interface Pending {
  point: PointToWrite;
  slices: SliceLocation[];
  nextSlice: number;
  runningDigest: RunningDigest | undefined;
  /** Of the whole file; null until all of it is written. */
  file: { sizeBytes: number; sha256: string } | null;
  counters: WriteCounters;
}

/** Everything from this slice on has to be written again. */
export function cutBack(pending: Pending, fromSlice: number): void {
  if (pending.file === null && pending.nextSlice <= fromSlice) return;
  pending.slices = pending.slices.filter(({ slice }) => slice < fromSlice);
  pending.nextSlice = fromSlice;
  pending.runningDigest?.digest?.drop();
  pending.runningDigest = undefined;
  pending.file = null;
}

export function nameOnTape(point: PointToWrite): string {
  return pathOnTape({
    machineName: point.machine.name,
    machineId: point.machine.id,
    fileName: point.fileName,
    pointUuid: point.pointUuid,
  });
}

/** The POINT document; only for a file that is written whole. */
export function documentFor(pending: Pending, sessionUuid: string): PointDocument {
  const { point, file, slices } = pending;
  if (!file) throw new Error(`${point.fileName} is not written whole.`);
  return {
    uuid: point.pointUuid,
    createdAt: point.createdAt,
    kind: point.kind,
    virtualFull: point.virtualFull,
    machine: point.machine,
    job: point.job,
    sessionUuid,
    chainUuid: point.chainUuid,
    fileUuid: point.fileUuid,
    parentFileUuid: point.parentFileUuid,
    ...(point.parentPointUuid === null ? {} : { parentPointUuid: point.parentPointUuid }),
    file: { name: point.fileName, pathOnTape: nameOnTape(point), ...file },
    ...extrasInDocument(point.extras),
    slices,
  };
}

/** Nothing of it that is on this tape counts. */
export function distrust(pending: Pending, tapeUuid: string): void {
  const first = pending.slices.find((slice) => slice.tapeUuid === tapeUuid);
  if (first) cutBack(pending, first.slice);
}
