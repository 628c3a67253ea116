import { type Clock, systemClock } from '../../faults/clock.ts';
import { addCatalogueMembers, addPointMembers } from './control-files.ts';
import { type DigestLane, type DigestStream, openDigestLanesBeside } from './digest-pool.ts';
import type {
  CatalogueSession,
  HeadDocument,
  PointDocument,
  SliceLocation,
  TapeCatalogue,
  TapeState,
} from './documents.ts';
import { defaultDataFileBytes, defaultSliceBytes } from './documents.ts';
import { isEndOfMedium } from './drive-port.ts';
import { OpenDataFile } from './open-data-file.ts';
import type { WriteCounters } from './drive-feed.ts';
import { RecordRing } from './record-ring.ts';
import { assertSlicesCover } from './slice-extents.ts';
import { TapeAppender, type VoidedFile } from './tape-appender.ts';
import { DriveWriteError, type TapeFileWriter } from './tape-file-writer.ts';
import { SourceReader } from './source-reader.ts';
import { chunkBytesFor, ringBytesFor } from './tape-geometry.ts';
import { assertPathOnTape } from './tape-names.ts';
import {
  type RunningDigest,
  type FileToWrite,
  type TapeWriterOptions,
  TapeEndedError,
  type WriteFileResult,
} from './tape-writer-types.ts';

export type {
  RunningDigest,
  FileToWrite,
  TapeWriterOptions,
  VoidedFile,
  WriteFileResult,
} from './tape-writer-types.ts';
export { TapeEndedError } from './tape-writer-types.ts';

/**
 * Writes one session's part on one tape, from the position that startTape() or positionForAppend() left. One call at a
 * time. A restore point is on tape once flush(), flushIfDue() or finish() has named it, not before. finish() must be
 * called, whatever happened: it also gives back the memory.
 */
export class TapeWriter {
  readonly #options: TapeWriterOptions;
  readonly #clock: Clock;
  readonly #appender: TapeAppender;
  readonly #ring: RecordRing;
  readonly #reader: SourceReader;
  readonly #sliceBytes: number;
  readonly #sliceLanes: readonly DigestLane[];
  readonly #fileLane: DigestLane;
  readonly #coversFromBlock: number;
  readonly #complete: boolean;
  #data: { open: OpenDataFile; head: HeadDocument } | undefined;
  #points: PointDocument[] = [];
  #committed: string[] = [];
  /** When the oldest point that awaits a flush was written. */
  #pointWaitsSince: number | undefined;
  #bytesAtFlush = 0;
  /** Waits that were told of already. */
  #waitsTold = { driveWaitedMs: 0, producerWaitedMs: 0 };
  #endedAt: number | null = null;
  #problems: string[] = [];

  constructor(options: TapeWriterOptions) {
    const { drive, tape, sliceBytes = defaultSliceBytes } = options;
    const ringBytes = options.ringBytes ?? ringBytesFor(sliceBytes);
    if (sliceBytes < 1 || sliceBytes > 4 * 1024 ** 3)
      throw new RangeError(`Slices of ${sliceBytes} bytes are not possible.`);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#sliceBytes = sliceBytes;
    this.#reader = new SourceReader(options.signal, this.#clock, () => options.onProgress?.(this.#limit()));
    const chunkBytes = chunkBytesFor(ringBytes);
    this.#ring = new RecordRing(Math.max(4, Math.floor(ringBytes / chunkBytes)), chunkBytes);
    this.#appender = new TapeAppender(drive, tape, this.#ring);
    const { whole, turns } = openDigestLanesBeside();
    this.#fileLane = whole;
    this.#sliceLanes = options.fileDigest === false ? [whole, ...turns] : turns;
    this.#coversFromBlock = tape.endBlock;
    const nothingBefore = tape.catalogued.lastSessionBlock === null && tape.catalogued.toBlock === tape.endBlock;
    this.#complete = nothingBefore || options.earlierSessions !== undefined;
  }

  /** False once the tape is full or has failed. */
  get isOpen(): boolean {
    return !this.#appender.state.closed;
  }

  /** What the drive takes from now on is counted there, until somebody else's is. */
  countFor(counters: WriteCounters): void {
    this.#appender.feed.counters = counters;
  }

  /** Writes a backup file, or the rest of it, as slices. Throws what the source throws, and the signal's reason. */
  async writeFile(of: FileToWrite): Promise<WriteFileResult> {
    assertPathOnTape(of.pathOnTape);
    const { fileUuid, source, fromSlice: from = 0 } = of;
    // An empty file is one empty slice: it must come out of the tape, too.
    const sliceCount = Math.max(1, Math.ceil(source.sizeBytes / this.#sliceBytes));
    if (from > sliceCount) throw new RangeError(`"${of.name}" has ${sliceCount} slices, so none ${from}.`);
    if (!this.isOpen) return { status: 'tape-full', nextSlice: from, slices: [], runningDigest: of.runningDigest };
    const slices: SliceLocation[] = [];
    let whole: DigestStream | undefined;
    let redo: RunningDigest | undefined;
    let next = from;
    let mark = this.#data?.open.sliceCount ?? 0;
    try {
      whole = await this.#digestUpTo(of, from);
      for (; next < sliceCount; next += 1) {
        const tapeEnds = this.#appender.feed.earlyWarning;
        if (this.#data && (tapeEnds || this.#data.open.isFull(this.#options.dataFileBytes ?? defaultDataFileBytes))) {
          slices.push(...(await this.#data.open.slicesFrom(mark)));
          mark = 0;
          await this.#closeData();
        }
        if (tapeEnds) {
          await this.#endTape();
          redo?.digest?.drop();
          return { status: 'tape-full', nextSlice: next, slices, runningDigest: { nextSlice: next, digest: whole } };
        }
        if (!this.#data || !redo) {
          redo?.digest?.drop();
          redo = { nextSlice: next, digest: whole?.fork() };
        }
        const data = (this.#data ??= await this.#openData());
        const offset = next * this.#sliceBytes;
        const lengthBytes = Math.min(this.#sliceBytes, source.sizeBytes - offset);
        const slice = { fileUuid, pathOnTape: of.pathOnTape, slice: next, sliceCount, offset, lengthBytes };
        let at = offset;
        const fill = async (target: Uint8Array): Promise<void> => {
          await this.#reader.read(of, target, at);
          at += target.length;
          if (of.counters) of.counters.processedBytes = Math.max(of.counters.processedBytes, at);
        };
        await data.open.addSlice(slice, whole, fill, () => !this.#aborts, this.#clock.now());
      }
      if (this.#data) slices.push(...(await this.#data.open.slicesFrom(mark)));
      redo?.digest?.drop();
      return { status: 'done', slices, sha256: (await whole?.sha256()) ?? '' };
    } catch (error) {
      whole?.drop();
      if (error instanceof DriveWriteError) return this.#voided(error, fileUuid, next, slices, redo);
      redo?.digest?.drop();
      if (this.#aborts) await this.#abandonData();
      throw error;
    }
  }

  /**
   * Writes the POINT that makes a restore point exist, behind its data. It counts once it has been flushed. Throws
   * {@link TapeEndedError} when it must go to the next tape instead.
   */
  async commitPoint(point: PointDocument): Promise<void> {
    if (!this.isOpen)
      throw new TapeEndedError(`${this.#tapeName} takes no more; the restore point must go to the next.`, []);
    assertSlicesCover(point.slices, point.fileUuid, point.file.sizeBytes);
    assertPathOnTape(point.file.pathOnTape);
    const mine = { ...point, sessionUuid: this.#options.session.uuid };
    try {
      await this.#closeData();
      const { sequence } = this.#appender.state.set;
      await this.#control('point', (file, _head, now) => addPointMembers(file, sequence, mine, now), point.uuid);
    } catch (error) {
      throw await this.#ended(error);
    }
    this.#points.push(mine);
    this.#pointWaitsSince ??= this.#clock.now();
  }

  /** {@link flush}, when points have waited long enough for one. */
  async flushIfDue(): Promise<{ committedPoints: string[] }> {
    const { flushAfterBytes = 64 * 1024 ** 3, flushAfterMs = 5 * 60_000 } = this.#options;
    const since = this.#pointWaitsSince;
    const due =
      since !== undefined &&
      (this.#appender.feed.bytesWritten - this.#bytesAtFlush >= flushAfterBytes ||
        this.#clock.now() - since >= flushAfterMs);
    return due ? this.flush() : { committedPoints: this.#takeCommitted() };
  }

  /** Waits until everything is on the medium; names the points that have got there since the last such call. */
  async flush(): Promise<{ committedPoints: string[] }> {
    if (this.isOpen && this.#appender.hasUnflushed) {
      try {
        await this.#flush();
      } catch (error) {
        throw await this.#ended(error);
      }
    }
    return { committedPoints: this.#takeCommitted() };
  }

  /**
   * Ends the session on this tape: drops data no point has claimed, writes SESSION (or TAPEEND, when the end of the tape
   * is near) and flushes. Throws {@link TapeEndedError} when the drive failed and points were lost by it; called again
   * it then returns what is on the tape.
   */
  async finish(): Promise<{ catalogue: TapeCatalogue; tape: TapeState; committedPoints: string[] }> {
    if (this.isOpen) {
      this.#endedAt = this.#clock.now();
      await this.#settleData();
      if (this.#appender.feed.earlyWarning) await this.#closing(() => this.#endTape());
      else if (this.#points.length > 0 || this.#appender.hasUnflushed) await this.#closing(() => this.#endSession());
    }
    this.#ring.release();
    return { catalogue: this.#catalogue(), tape: this.#appender.state, committedPoints: this.#takeCommitted() };
  }

  /** Writes TAPEEND: the tape takes no more sessions. Call finish() afterwards. */
  async closeTape(): Promise<void> {
    if (!this.isOpen) return;
    this.#endedAt ??= this.#clock.now();
    await this.#settleData();
    await this.#closing(() => this.#endTape());
  }

  /** The source of the aborting signal is obeyed at once, unless what was begun cannot be taken back. */
  get #aborts(): boolean {
    return (this.#options.signal?.aborted ?? false) && !this.#options.worm;
  }

  get #tapeName(): string {
    const { barcode, label } = this.#appender.state.identity;
    return `Tape ${barcode || label}`;
  }

  /** Which end of the ring the other one waited for since this was last asked. */
  #limit(): 'source' | 'tape' | null {
    const { waits } = this.#appender.feed;
    const drive = waits.driveWaitedMs - this.#waitsTold.driveWaitedMs;
    const producer = waits.producerWaitedMs - this.#waitsTold.producerWaitedMs;
    this.#waitsTold = { ...waits };
    if (drive === producer) return null;
    return drive > producer ? 'source' : 'tape';
  }

  /** The digest of the file up to a slice: carried over, or computed again from the source. */
  async #digestUpTo(of: FileToWrite, slice: number): Promise<DigestStream | undefined> {
    if (of.runningDigest?.digest && of.runningDigest.nextSlice === slice) return of.runningDigest.digest;
    const whole = this.#options.fileDigest === false ? undefined : this.#fileLane.start();
    if (!whole) return undefined;
    const end = slice * this.#sliceBytes;
    for (let at = 0; at < end; ) {
      const chunk = await this.#ring.take();
      try {
        const length = Math.min(chunk.bytes.length, end - at);
        await this.#reader.read(of, chunk.bytes.subarray(0, length), at);
        await whole.update(this.#ring.memory, chunk.offset, length);
        at += length;
      } finally {
        this.#ring.letGo(chunk);
      }
    }
    return whole;
  }

  async #openData(): Promise<{ open: OpenDataFile; head: HeadDocument }> {
    const { uuid } = this.#options.session;
    const { file, head } = await this.#appender.begin('data', uuid, this.#clock.now());
    return { open: new OpenDataFile(file, this.#appender.state.identity.uuid, this.#sliceLanes), head };
  }

  async #closeData(): Promise<void> {
    const data = this.#data;
    if (!data) return;
    const written = await data.open.end(this.#appender.state.set.sequence, this.#clock.now());
    this.#data = undefined;
    this.#appender.ended({ written, head: data.head, slices: data.open.firstSlices() });
  }

  async #abandonData(): Promise<void> {
    const data = this.#data;
    this.#data = undefined;
    if (data) await this.#appender.abandon(data.open.file);
  }

  /** What to do with data that no point has claimed when the session ends. */
  async #settleData(): Promise<void> {
    if (this.#options.worm) {
      await this.#closing(() => this.#closeData());
    } else {
      await this.#abandonData();
      this.#appender.dropUnclaimed();
    }
  }

  async #control(
    kind: 'point' | 'session' | 'tape-end',
    addMembers: (file: TapeFileWriter, head: HeadDocument, now: number) => Promise<void>,
    pointUuid?: string,
  ): Promise<void> {
    const now = this.#clock.now();
    const { file, head } = await this.#appender.begin(kind, this.#options.session.uuid, now);
    try {
      await addMembers(file, head, now);
      this.#appender.ended({ written: await file.end(), head, pointUuid });
    } catch (error) {
      file.abandon();
      throw error;
    }
  }

  async #writeCatalogue(kind: 'session' | 'tape-end'): Promise<void> {
    const { sessions, problems: _, ...facts } = this.#catalogue();
    const listed = this.#complete ? sessions : sessions.slice(-1);
    const header = { ...facts, complete: this.#complete, coversFromBlock: this.#coversFromBlock };
    const member = kind === 'session' ? 'SESSION' : 'TAPEEND';
    await this.#control(kind, (file, _head, now) => addCatalogueMembers(file, member, header, listed, now));
  }

  async #endSession(): Promise<void> {
    await this.#writeCatalogue('session');
    await this.#flush();
  }

  /** Flushes what is written, then adds the catalogue; if that fails, the tape is closed nevertheless. */
  async #endTape(): Promise<void> {
    await this.#closeData();
    if (this.#appender.hasUnflushed) await this.#flush();
    try {
      await this.#writeCatalogue('tape-end');
      await this.#flush();
    } catch (error) {
      if (!(error instanceof DriveWriteError)) throw error;
      this.#problems.push(`The catalogue at the end of the tape could not be written: ${error.message}`);
      this.#committed.push(...(await this.#appender.salvage()).committedPoints);
    }
    this.#appender.close();
  }

  async #flush(): Promise<void> {
    this.#committed.push(...(await this.#appender.flush()));
    this.#pointWaitsSince = undefined;
    this.#bytesAtFlush = this.#appender.feed.bytesWritten;
  }

  #takeCommitted(): string[] {
    return this.#committed.splice(0);
  }

  async #closing(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      throw await this.#ended(error);
    }
  }

  async #ended(error: unknown): Promise<unknown> {
    if (!(error instanceof DriveWriteError)) return error;
    const voided = await this.#breakOff(error);
    return new TapeEndedError(`${this.#tapeName}: ${error.message}`, voided, { cause: error });
  }

  async #voided(
    error: DriveWriteError,
    fileUuid: string,
    inProgress: number,
    slices: SliceLocation[],
    redo: RunningDigest | undefined,
  ): Promise<WriteFileResult> {
    const voided = await this.#breakOff(error);
    const nextSlice = voided.find((file) => file.fileUuid === fileUuid)?.fromSlice ?? inProgress;
    const runningDigest = redo?.nextSlice === nextSlice ? redo : undefined;
    if (!runningDigest) redo?.digest?.drop();
    return {
      status: 'void',
      nextSlice,
      slices: slices.filter(({ slice }) => slice < nextSlice),
      reason: error.message,
      isEndOfMedium: isEndOfMedium(error.cause),
      voided: voided.filter((file) => file.fileUuid !== fileUuid),
      runningDigest,
    };
  }

  /** After a write error: keeps what is provably on the medium, names the rest, and closes the tape if it ended. */
  async #breakOff(error: DriveWriteError): Promise<VoidedFile[]> {
    const open = this.#data?.open;
    await this.#abandonData();
    const { committedPoints, lost } = await this.#appender.salvage();
    this.#committed.push(...committedPoints);
    const lostPoints = new Set(lost.map(({ pointUuid }) => pointUuid));
    this.#points = this.#points.filter(({ uuid }) => !lostPoints.has(uuid));
    // That a tape has an end is no problem of it.
    if (isEndOfMedium(error.cause)) await this.#endTape();
    else this.#problems.push(`Writing stopped: ${error.message}`);
    this.#appender.close();
    this.#ring.release();
    const voided = new Map<string, number>();
    for (const { fileUuid, fromSlice } of [
      ...lost.flatMap(({ slices = [] }) => slices),
      ...(open?.firstSlices() ?? []),
    ]) {
      voided.set(fileUuid, Math.min(fromSlice, voided.get(fileUuid) ?? fromSlice));
    }
    return [...voided].map(([fileUuid, fromSlice]) => ({ fileUuid, fromSlice }));
  }

  #catalogue(): TapeCatalogue {
    const { identity, ...facts } = this.#appender.state;
    const mine: CatalogueSession = { ...this.#options.session, endedAt: this.#endedAt, points: this.#points };
    const earlier = this.#options.earlierSessions ?? [];
    return { ...facts, tape: identity, sessions: [...earlier, mine], problems: this.#problems };
  }
}
