import { messageOf } from '../../../../shared/domain/message-of.ts';
import { type DigestStream, openDigestLanes } from './digest-pool.ts';
import type { SliceLocation } from './documents.ts';
import { tapeRecordBytes } from './documents.ts';
import { isEndOfData, isMediumError, type TapeDrivePort } from './drive-port.ts';
import { RecordRing } from './record-ring.ts';
import { RecordStream, type StreamPiece, TapeFileEndError } from './record-stream.ts';
import { ringBytesFor } from './tape-geometry.ts';
import { parseSliceMemberName } from './tape-names.ts';
import { parseUstarHeader, UstarError, ustarBlockBytes } from './ustar.ts';

/** Where restored bytes go. One write at a time; `buffer` is valid until the promise settles. */
export interface SliceSink {
  write(buffer: Uint8Array, position: number): Promise<void>;
  /** So many bytes were read from tape for it, gaps and what is read again included. */
  took?(bytes: number): void;
}

export interface RestoreOptions {
  /** The tape in the drive, whose label the caller has read. */
  tapeUuid: string;
  /** Slices on that tape; they are read in tape order whatever order they come in. */
  slices: readonly SliceLocation[];
  sink(fileUuid: string): SliceSink;
  recordBytes?: number;
  ringBytes?: number;
  signal?: AbortSignal;
  /** Called when a slice's bytes are written and match their digest: what a resumed restore need not read again. */
  onRestored?(slice: SliceLocation): void;
}

export interface RestoreResult {
  restored: SliceLocation[];
  /** What is lost, and why. Bytes of these slices may have reached their sink: they are wrong. */
  failed: { slice: SliceLocation; reason: string }[];
}

const chunkBytes = 1024 * 1024;

/**
 * Reads slices in one pass in tape order, verifying each by its SHA-256. A slice that cannot be read does not stop the
 * others; a drive that fails altogether ends the pass, and everything left counts as failed. Throws what a sink throws,
 * and the signal's reason.
 */
export async function restoreSlices(drive: TapeDrivePort, options: RestoreOptions): Promise<RestoreResult> {
  const { tapeUuid, slices, recordBytes = tapeRecordBytes } = options;
  const longest = slices.reduce((length, slice) => Math.max(length, slice.lengthBytes), 0);
  const ringBytes = options.ringBytes ?? ringBytesFor(longest);
  const foreign = slices.find((slice) => slice.tapeUuid !== tapeUuid);
  if (foreign) throw new RangeError(`Slice ${foreign.slice} of ${foreign.fileUuid} is on tape ${foreign.tapeUuid}.`);
  const largestChunk = Math.max(recordBytes, Math.floor(chunkBytes / recordBytes) * recordBytes);
  const ring = new RecordRing(Math.max(4, Math.floor(ringBytes / largestChunk)), largestChunk);
  try {
    return await new RestorePass(drive, ring, recordBytes, options).run();
  } finally {
    ring.release();
  }
}

class RestorePass {
  readonly #options: RestoreOptions;
  readonly #ring: RecordRing;
  readonly #stream: RecordStream;
  readonly #lanes = openDigestLanes();
  /** Per slice that is settled: why it failed, or undefined where it did not. */
  readonly #outcomes = new Map<SliceLocation, string | undefined>();
  /** Ends when everything handed to sinks so far has been written. */
  #writing: Promise<void> = Promise.resolve();
  #sinkFailure: { error: unknown } | undefined;
  /** Of the slice that is read now. */
  #sink: SliceSink | undefined;

  constructor(drive: TapeDrivePort, ring: RecordRing, recordBytes: number, options: RestoreOptions) {
    this.#options = options;
    this.#ring = ring;
    this.#stream = new RecordStream(drive, ring, recordBytes, {
      signal: options.signal,
      onRead: (bytes) => this.#sink?.took?.(bytes),
    });
  }

  async run(): Promise<RestoreResult> {
    const order = this.#options.slices.toSorted(
      (a, b) => a.firstBlock - b.firstBlock || (a.headerOffset ?? 0) - (b.headerOffset ?? 0) || a.slice - b.slice,
    );
    const settling: Promise<void>[] = [];
    let dead: string | undefined;
    try {
      for (const slice of order) {
        this.#throwIfStopped();
        if (dead !== undefined) {
          this.#outcomes.set(slice, dead);
          continue;
        }
        try {
          settling.push(this.#settle(slice, await this.#readSlice(slice)));
        } catch (error) {
          this.#ring.distrust();
          this.#throwIfStopped();
          this.#stream.lose();
          const reason = messageOf(error);
          this.#outcomes.set(slice, reason);
          if (!isDamaged(error)) dead = `Not read, because the drive failed: ${reason}`;
        }
      }
    } finally {
      this.#stream.lose();
      await this.#writing;
      await Promise.all(settling);
    }
    this.#throwIfStopped();
    const result: RestoreResult = { restored: [], failed: [] };
    for (const slice of order) {
      const reason = this.#outcomes.get(slice);
      if (reason === undefined) result.restored.push(slice);
      else result.failed.push({ slice, reason });
    }
    return result;
  }

  #throwIfStopped(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#sinkFailure) throw this.#sinkFailure.error;
  }

  /** Reads one slice, handing its bytes to sink and digest on the way; returns its digest to come. */
  async #readSlice(slice: SliceLocation): Promise<{ sha256: Promise<string> }> {
    const { headerOffset, tapeFile, firstBlock } = slice;
    const sink = (this.#sink = this.#options.sink(slice.fileUuid));
    await this.#stream.seek(tapeFile, firstBlock, headerOffset ?? 0, slice.lengthBytes);
    this.#stream.skip(findSliceHeader(this.#stream.restOfRecord(), slice) + ustarBlockBytes);
    const digest = this.#lanes[slice.slice % this.#lanes.length]?.start();
    if (!digest) throw new Error('There is no thread for digests.');
    try {
      for (let done = 0; done < slice.lengthBytes; ) {
        this.#throwIfStopped();
        const piece = await this.#stream.take(slice.lengthBytes - done);
        this.#hand(piece, digest, sink, slice.offset + done);
        done += piece.length;
      }
    } catch (error) {
      digest.drop();
      throw error;
    }
    return { sha256: digest.sha256() };
  }

  /** Passes a piece to the digest and, behind all pieces before it, to the sink; both hold its chunk meanwhile. */
  #hand(piece: StreamPiece, digest: DigestStream, sink: SliceSink, position: number): void {
    const { chunk, from, length } = piece;
    this.#ring.hold(chunk);
    digest.update(this.#ring.memory, chunk.offset + from, length).then(
      () => this.#ring.letGo(chunk),
      (error: unknown) => {
        this.#ring.letGo(chunk);
        this.#ring.fail(error);
      },
    );
    this.#writing = this.#write(this.#writing, sink, chunk.bytes.subarray(from, from + length), position).finally(() =>
      this.#ring.letGo(chunk),
    );
  }

  async #write(before: Promise<void>, sink: SliceSink, bytes: Uint8Array, position: number): Promise<void> {
    await before;
    if (this.#sinkFailure) return;
    try {
      await sink.write(bytes, position);
    } catch (error) {
      this.#sinkFailure = { error };
    }
  }

  async #settle(slice: SliceLocation, { sha256 }: { sha256: Promise<string> }): Promise<void> {
    const written = this.#writing;
    const reason = await sha256.then(
      (found) => (found === slice.sha256 ? undefined : `The data differs from its SHA-256 sum (found ${found}).`),
      (error: unknown) => `Its digest could not be computed: ${String(error)}`,
    );
    await written;
    if (this.#sinkFailure) return;
    this.#outcomes.set(slice, reason);
    if (reason === undefined) this.#options.onRestored?.(slice);
  }
}

/** Errors that concern one place on the tape. */
function isDamaged(error: unknown): boolean {
  const isOfPlace = error instanceof UstarError || error instanceof TapeFileEndError;
  return isOfPlace || isMediumError(error) || isEndOfData(error);
}

/**
 * Offset, in the rest of a record, of a slice's header: at the start where its place was known, otherwise wherever a
 * valid header with the slice's number and length is. Throws {@link UstarError}.
 */
function findSliceHeader(rest: Uint8Array, slice: SliceLocation): number {
  if (slice.headerOffset !== undefined) {
    if (isHeaderOf(slice, rest, 0)) return 0;
    throw new UstarError(`Block ${slice.firstBlock} holds another slice than number ${slice.slice}.`);
  }
  for (let at = 0; at + ustarBlockBytes <= rest.length; at += ustarBlockBytes) {
    // Cheap test first: most blocks are data.
    if (rest[at + 257] !== 0x75 || rest[at + 258] !== 0x73) continue;
    try {
      if (isHeaderOf(slice, rest, at)) return at;
    } catch (error) {
      if (!(error instanceof UstarError)) throw error;
    }
  }
  throw new UstarError(`Block ${slice.firstBlock} holds no header of slice ${slice.slice}.`);
}

function isHeaderOf(slice: SliceLocation, bytes: Uint8Array, at: number): boolean {
  const header = parseUstarHeader(bytes, at);
  return parseSliceMemberName(header.name)?.slice === slice.slice && header.sizeBytes === slice.lengthBytes;
}
