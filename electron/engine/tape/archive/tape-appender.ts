import { randomUUID } from 'node:crypto';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { durableStep } from '../../faults/fault-points.ts';
import type { HeadDocument, TapeState } from './documents.ts';
import { tapeRecordBytes, thisFormat } from './documents.ts';
import { DriveFeed } from './drive-feed.ts';
import type { TapeDrivePort } from './drive-port.ts';
import type { RecordRing } from './record-ring.ts';
import { recordedBytes } from './scan.ts';
import { DriveWriteError, TapeFileWriter, type WrittenTapeFile } from './tape-file-writer.ts';
import type { TapeFileKind } from './tape-names.ts';

/** Slices of a backup file that are not on tape after all, from this one on. */
export interface VoidedFile {
  fileUuid: string;
  fromSlice: number;
}

/** A tape file that has its filemark, and perhaps not yet its flush. */
export interface ClosedTapeFile {
  written: WrittenTapeFile;
  head: HeadDocument;
  /** Of a POINT file. */
  pointUuid?: string;
  /** Of a DATA file: the files it has slices of. */
  slices?: VoidedFile[];
}

/** Tape files that make what stands before them count. */
const commitKinds: ReadonlySet<TapeFileKind> = new Set(['point', 'session', 'tape-end']);

/**
 * Appends tape files to one tape and knows which of them count: `state` moves on only when a flush has succeeded (or the
 * medium itself has shown a file's end), and then to the last POINT, SESSION or TAPEEND.
 */
export class TapeAppender {
  readonly feed: DriveFeed;
  readonly #drive: TapeDrivePort;
  readonly #ring: RecordRing;
  #state: TapeState;
  #next: { tapeFile: number; block: number };
  /** Behind the last commit that was written, flushed or not. */
  #behindCommit: { tapeFile: number; block: number };
  #astray = true;
  #unflushed: ClosedTapeFile[] = [];

  constructor(drive: TapeDrivePort, state: TapeState, ring: RecordRing) {
    this.#drive = drive;
    this.#ring = ring;
    this.#state = state;
    this.feed = new DriveFeed(drive, ring, tapeRecordBytes, state.identity.barcode);
    this.#next = { tapeFile: state.tapeFiles, block: state.endBlock };
    this.#behindCommit = this.#next;
  }

  /** What is durable on the tape. */
  get state(): TapeState {
    return this.#state;
  }

  get hasUnflushed(): boolean {
    return this.#unflushed.length > 0;
  }

  /** Starts a tape file with its HEAD, after making sure that the tape stands where it should. */
  async begin(
    kind: TapeFileKind,
    sessionUuid: string,
    now: number,
  ): Promise<{ file: TapeFileWriter; head: HeadDocument }> {
    const { identity, set } = this.#state;
    const { tapeFile, block } = this.#next;
    const at = await this.#positioned(block);
    if (at !== block) {
      const places = `it stands at block ${at} instead of ${block}`;
      throw new DriveWriteError(
        `Tape ${identity.barcode} was moved by somebody else (${places}); nothing was written.`,
      );
    }
    const file = new TapeFileWriter({
      drive: this.#drive,
      feed: this.feed,
      recordBytes: tapeRecordBytes,
      tapeFile,
      firstBlock: block,
    });
    const head: HeadDocument = {
      ...thisFormat,
      kind,
      uuid: randomUUID(),
      tapeUuid: identity.uuid,
      setUuid: set.uuid,
      sequence: set.sequence,
      tapeFile,
      firstBlock: block,
      sessionUuid,
      createdAt: now,
    };
    await file.addHead(head);
    return { file, head };
  }

  /** Takes note of a tape file that was ended. */
  ended(closed: ClosedTapeFile): void {
    this.#next = { tapeFile: closed.written.tapeFile + 1, block: closed.written.endBlock };
    if (commitKinds.has(closed.head.kind)) this.#behindCommit = this.#next;
    this.#unflushed.push(closed);
  }

  /** Gives up a tape file in the middle: the next one overwrites it. */
  async abandon(file: TapeFileWriter): Promise<void> {
    file.abandon();
    await this.feed.drain().catch(() => {});
    this.feed.reset();
    this.#astray = true;
  }

  /** Makes the next tape file overwrite the DATA files that no POINT has claimed. */
  dropUnclaimed(): void {
    if (this.#next.block === this.#behindCommit.block) return;
    this.#next = this.#behindCommit;
    this.#unflushed = this.#unflushed.filter(({ written }) => written.tapeFile < this.#next.tapeFile);
    this.#astray = true;
  }

  /** Flushes; returns the restore points that are thereby on tape. Throws {@link DriveWriteError}. */
  async flush(): Promise<string[]> {
    try {
      await durableStep('tape.flush', this.#state.identity.barcode, () => this.#drive.flush());
    } catch (error) {
      throw new DriveWriteError(messageOf(error), { cause: error });
    }
    return this.#settle(this.#unflushed.length);
  }

  /**
   * After a write error: finds out which of the unflushed tape files reached the medium, by going to their filemarks
   * and reading them. Those count as flushed; the next tape file, if any, overwrites the rest.
   */
  async salvage(): Promise<{ committedPoints: string[]; lost: ClosedTapeFile[] }> {
    await this.feed.drain().catch(() => {});
    this.feed.reset();
    const lost: ClosedTapeFile[] = [];
    for (let last = this.#unflushed.at(-1); last && !(await this.#isOnMedium(last)); last = this.#unflushed.at(-1)) {
      lost.unshift(last);
      this.#unflushed.pop();
    }
    const end = this.#unflushed.at(-1)?.written;
    const committedPoints = this.#settle(this.#unflushed.length);
    this.#next = end
      ? { tapeFile: end.tapeFile + 1, block: end.endBlock }
      : {
          tapeFile: lost[0]?.written.tapeFile ?? this.#next.tapeFile,
          block: lost[0]?.written.firstBlock ?? this.#next.block,
        };
    this.#astray = true;
    return { committedPoints, lost };
  }

  /** The tape takes no more, whether or not its TAPEEND could be written. */
  close(): void {
    this.#state = { ...this.#state, closed: true };
  }

  async #positioned(block: number): Promise<number> {
    try {
      if (this.#astray) await this.#drive.locate(block);
      this.#astray = false;
      return (await this.#drive.position()).block;
    } catch (error) {
      throw new DriveWriteError(messageOf(error), { cause: error });
    }
  }

  async #isOnMedium(closed: ClosedTapeFile): Promise<boolean> {
    const buffer = new Uint8Array(tapeRecordBytes);
    // The first movement after an error may only report what the drive could not write out of its buffer.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        await this.#drive.locate(closed.written.endBlock - 1);
        return (await this.#drive.readRecord(buffer)).kind === 'filemark';
      } catch {
        // Not there as far as anybody can tell.
      }
    }
    return false;
  }

  #settle(count: number): string[] {
    const points: string[] = [];
    for (const { written, head, pointUuid } of this.#unflushed.splice(0, count)) {
      if (pointUuid !== undefined) points.push(pointUuid);
      if (!commitKinds.has(head.kind)) continue;
      const { firstBlock, endBlock } = written;
      const tapeFiles = written.tapeFile + 1;
      const isCatalogue = head.kind !== 'point';
      this.#state = {
        ...this.#state,
        tapeFiles,
        endBlock,
        bytes: recordedBytes(endBlock, tapeFiles),
        closed: this.#state.closed || head.kind === 'tape-end',
        lastFile: { uuid: head.uuid, block: firstBlock },
        catalogued: isCatalogue ? { lastSessionBlock: firstBlock, toBlock: endBlock } : this.#state.catalogued,
      };
    }
    return points;
  }

  release(): void {
    this.#ring.release();
  }
}
