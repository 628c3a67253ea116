import { faultPoint } from '../../faults/fault-points.ts';
import type { TapeDrivePort } from './drive-port.ts';
import type { RecordRing, RingChunk } from './record-ring.ts';

/** A piece of what was read; the taker holds `chunk` and must let go of it. */
export interface StreamPiece {
  chunk: RingChunk;
  from: number;
  length: number;
}

/** The tape file ended before the bytes that were asked for. */
export class TapeFileEndError extends Error {
  override readonly name = 'TapeFileEndError';
}

/** Reading through a gap of this many records is faster than stopping the tape and locating. */
const readThroughRecords = 64;

/** Reads records of one size into a ring's chunks and hands them out as a stream of bytes with tape addresses. */
export class RecordStream {
  readonly #drive: TapeDrivePort;
  readonly #ring: RecordRing;
  readonly #recordBytes: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onRead: (bytes: number) => void;
  #chunk: RingChunk | undefined;
  /** Address of the chunk's first record, of the record behind it, and bytes in it. */
  #chunkBlock = 0;
  #nextBlock: number | undefined;
  #length = 0;
  #at = 0;
  #tapeFile = -1;

  constructor(
    drive: TapeDrivePort,
    ring: RecordRing,
    recordBytes: number,
    { signal, onRead = () => {} }: { signal?: AbortSignal | undefined; onRead?: (bytes: number) => void } = {},
  ) {
    this.#drive = drive;
    this.#ring = ring;
    this.#recordBytes = recordBytes;
    this.#signal = signal;
    this.#onRead = onRead;
  }

  /**
   * Puts the stream at a byte of a record, reading on where that is near and locating where it is not. `lengthBytes` from
   * there are known to be in records of the full size.
   */
  async seek(tapeFile: number, block: number, offset: number, lengthBytes: number): Promise<void> {
    const next = tapeFile === this.#tapeFile ? this.#nextBlock : undefined;
    const isAhead = next !== undefined && block >= next && block - next < readThroughRecords;
    if (!isAhead && !this.#covers(block)) {
      this.#drop();
      this.#nextBlock = undefined;
      await this.#drive.locate(block, this.#signal);
      this.#nextBlock = block;
      this.#tapeFile = tapeFile;
    }
    while (!this.#covers(block)) {
      const gap = (block - (this.#nextBlock ?? block)) * this.#recordBytes;
      await this.#readChunk(gap + offset + lengthBytes);
    }
    this.#at = (block - this.#chunkBlock) * this.#recordBytes + offset;
    if (this.#at > this.#length) throw new TapeFileEndError(`Block ${block} is shorter than expected.`);
  }

  /** The next up to `limit` bytes, at least one. Throws {@link TapeFileEndError} at a filemark. */
  async take(limit: number): Promise<StreamPiece> {
    if (this.#at >= this.#length) await this.#readChunk(limit);
    const chunk = this.#chunk;
    if (!chunk) throw new TapeFileEndError('The tape file has ended.');
    const piece = { chunk, from: this.#at, length: Math.min(limit, this.#length - this.#at) };
    this.#ring.hold(chunk);
    this.#at += piece.length;
    return piece;
  }

  /** The rest of the current record. */
  restOfRecord(): Uint8Array {
    const end = Math.min(this.#length, (Math.floor(this.#at / this.#recordBytes) + 1) * this.#recordBytes);
    return this.#chunk?.bytes.subarray(this.#at, end) ?? new Uint8Array(0);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** Gives up the position, after an error: the next seek locates. */
  lose(): void {
    this.#drop();
    this.#nextBlock = undefined;
  }

  #covers(block: number): boolean {
    return (
      this.#chunk !== undefined &&
      block >= this.#chunkBlock &&
      (block - this.#chunkBlock) * this.#recordBytes < this.#length
    );
  }

  #drop(): void {
    if (this.#chunk) this.#ring.letGo(this.#chunk);
    this.#chunk = undefined;
    this.#length = 0;
    this.#at = 0;
  }

  /** `sureBytes`: so many are known to be there. */
  async #readChunk(sureBytes: number): Promise<void> {
    const block = this.#nextBlock;
    this.#drop();
    this.#signal?.throwIfAborted();
    if (block === undefined) throw new TapeFileEndError('The position on the tape is not known.');
    this.#nextBlock = undefined;
    const chunk = await this.#ring.take();
    this.#chunk = chunk;
    faultPoint('tape.read', 'before', String(block));
    const options = { sureBytes, signal: this.#signal };
    const batch = await this.#drive.readRecords(chunk.bytes, this.#recordBytes, options);
    this.#chunkBlock = block;
    this.#length = batch.lengthBytes;
    this.#onRead(batch.lengthBytes);
    // Behind a filemark another tape file begins: to read that one, locate.
    if (batch.stoppedBy === undefined || batch.stoppedBy === 'short-record') this.#nextBlock = block + batch.records;
    if (batch.records === 0)
      throw new TapeFileEndError(`Block ${block} is a ${batch.stoppedBy ?? 'gap'} instead of data.`);
  }
}
