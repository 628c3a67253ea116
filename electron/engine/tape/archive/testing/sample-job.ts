import { createHash, randomUUID } from 'node:crypto';
import type { SliceLocation, TapeCatalogue, TapeState } from '../documents.ts';
import type { TapeDrivePort } from '../drive-port.ts';
import { startTape } from '../start-tape.ts';
import { restoreSlices } from '../tape-reader.ts';
import { TapeWriter } from '../tape-writer.ts';
import {
  type RunningDigest,
  type TapeWriterOptions,
  TapeEndedError,
  type VoidedFile,
  type WriteFileResult,
} from '../tape-writer-types.ts';
import { MemoryDrive } from './memory-drive.ts';
import { type SampleFile, sampleIdentity, samplePoint, sampleSet } from './sample-session.ts';

interface FileProgress {
  file: SampleFile;
  slices: SliceLocation[];
  nextSlice: number;
  runningDigest?: RunningDigest;
  sha256?: string;
  committed: boolean;
}

export interface JobTape {
  drive: TapeDrivePort;
  tape: TapeState;
}

/**
 * Writes files onto tapes until every one is committed, the way a backup to tape job does: goes on after a full tape,
 * redoes what a failed one has lost. Returns the catalogue of every tape used.
 */
export async function runSampleJob(
  files: readonly SampleFile[],
  nextTape: (catalogues: readonly TapeCatalogue[]) => Promise<JobTape>,
  options: { sliceBytes: number; dataFileBytes: number; batch?: number; maxTapes?: number },
): Promise<TapeCatalogue[]> {
  const all: FileProgress[] = files.map((file) => ({ file, slices: [], nextSlice: 0, committed: false }));
  const catalogues: TapeCatalogue[] = [];
  const session = { uuid: '5e550000-0000-4000-8000-000000000001', jobName: 'Nightly to tape', startedAt: 0 };
  while (all.some(({ committed }) => !committed)) {
    if (catalogues.length >= (options.maxTapes ?? 40)) throw new Error('The job does not get anywhere.');
    const { drive, tape } = await nextTape(catalogues);
    const { sliceBytes, dataFileBytes } = options;
    const writer = new TapeWriter({ drive, tape, session, sliceBytes, dataFileBytes, ringBytes: 4 * 1024 * 1024 });
    await writeAll(writer, all, options.batch ?? 1);
    const end = await writer.finish().catch((error: unknown) => {
      applyVoid(all, error);
      return writer.finish();
    });
    catalogues.push(end.catalogue);
    for (const one of all) one.committed ||= end.committedPoints.includes(one.file.pointUuid);
  }
  return catalogues;
}

async function writeAll(writer: TapeWriter, all: FileProgress[], batch: number): Promise<void> {
  const left = all.filter(({ committed }) => !committed);
  try {
    for (let from = 0; from < left.length; from += batch) {
      const some = left.slice(from, from + batch);
      for (const one of some) {
        if (one.sha256 !== undefined) continue;
        const { file, nextSlice: fromSlice, runningDigest } = one;
        take(all, one, await writer.writeFile({ ...file, fromSlice, runningDigest }));
        if (one.sha256 === undefined) return;
      }
      for (const { file, slices, sha256 = '' } of some) await writer.commitPoint(samplePoint(file, slices, sha256));
    }
  } catch (error) {
    applyVoid(all, error);
  }
}

function take(all: FileProgress[], one: FileProgress, result: WriteFileResult): void {
  one.slices.push(...result.slices);
  if (result.status === 'done') {
    one.sha256 = result.sha256;
    return;
  }
  if (result.status === 'void') voidFiles(all, result.voided);
  one.nextSlice = result.nextSlice;
  one.slices = one.slices.filter(({ slice }) => slice < result.nextSlice);
  one.runningDigest = result.runningDigest;
}

function applyVoid(all: FileProgress[], error: unknown): void {
  if (!(error instanceof TapeEndedError)) throw error;
  voidFiles(all, error.voided);
}

function voidFiles(all: FileProgress[], voided: readonly VoidedFile[]): void {
  for (const { fileUuid, fromSlice } of voided) {
    const one = all.find(({ file }) => file.fileUuid === fileUuid);
    if (!one) throw new Error('A file is void that nobody wrote.');
    one.slices = one.slices.filter(({ slice }) => slice < fromSlice);
    one.nextSlice = fromSlice;
    one.sha256 = undefined;
    one.runningDigest = undefined;
  }
}

/** A tape in memory that was just given to a set. */
export async function newSampleTape(): Promise<{ drive: MemoryDrive; tape: TapeState }> {
  const drive = new MemoryDrive();
  const tape = await startTape(drive, { identity: sampleIdentity(), set: sampleSet(), previousCatalogues: [] });
  return { drive, tape };
}

/** A session with slices of 300 KiB and DATA files of about 1000 KiB. */
export function sampleWriter(drive: TapeDrivePort, tape: TapeState, more: Partial<TapeWriterOptions> = {}): TapeWriter {
  const session = { uuid: randomUUID(), jobName: 'Nightly to tape', startedAt: Date.UTC(2026, 0, 2) };
  const sizes = { sliceBytes: 300 * 1024, dataFileBytes: 1000 * 1024, ringBytes: 4 * 1024 * 1024 };
  return new TapeWriter({ drive, tape, session, ...sizes, ...more });
}

/** Writes a file and its point. */
export async function writeWhole(session: TapeWriter, file: SampleFile): Promise<void> {
  const done = await session.writeFile(file);
  if (done.status !== 'done') throw new Error(`Unexpected: ${done.status}`);
  await session.commitPoint(samplePoint(file, done.slices, done.sha256));
}

/** Restores every point of the catalogues and compares it with its file; returns what is wrong, in words. */
export async function checkRestore(
  catalogues: readonly TapeCatalogue[],
  files: readonly SampleFile[],
  driveFor: (tapeUuid: string) => Promise<TapeDrivePort>,
): Promise<string[]> {
  const points = catalogues.flatMap(({ sessions }) => sessions.flatMap((session) => session.points));
  const wrong: string[] = [];
  const restored = new Map(points.map((point) => [point.fileUuid, new Uint8Array(point.file.sizeBytes)]));
  for (const { tape } of catalogues) {
    const slices = points.flatMap((point) => point.slices).filter(({ tapeUuid }) => tapeUuid === tape.uuid);
    const { failed } = await restoreSlices(await driveFor(tape.uuid), {
      tapeUuid: tape.uuid,
      slices,
      sink: (fileUuid) => ({ write: async (buffer, position) => restored.get(fileUuid)?.set(buffer, position) }),
    });
    wrong.push(...failed.map(({ slice, reason }) => `slice ${slice.slice} of ${slice.fileUuid}: ${reason}`));
  }
  for (const file of files) {
    const point = points.filter(({ uuid }) => uuid === file.pointUuid);
    if (point.length !== 1) wrong.push(`${file.name} is on tape ${point.length} times`);
    if (point[0] && point[0].file.sha256 !== createHash('sha256').update(file.bytes).digest('hex')) {
      wrong.push(`${file.name} has another digest`);
    }
    if (!Buffer.from(restored.get(file.fileUuid) ?? []).equals(file.bytes)) wrong.push(`${file.name} differs`);
  }
  return wrong;
}
