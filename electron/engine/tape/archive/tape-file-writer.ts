import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import type { DigestStream } from './digest-pool.ts';
import type { HeadDocument } from './documents.ts';
import type { DriveFeed } from './drive-feed.ts';
import type { TapeDrivePort } from './drive-port.ts';
import { encodeDocument } from './fields.ts';
import type { RingChunk } from './record-ring.ts';
import { tapeFileTag } from './tape-names.ts';
import { encodeUstarHeader, paddedBytes, ustarBlockBytes } from './ustar.ts';

/** The medium failed or ended under a write; whatever was not yet flushed is uncertain. */
export class DriveWriteError extends Error {
  override readonly name = 'DriveWriteError';
}

export interface MemberPosition {
  /** Logical block address of the record that holds the member's header. */
  firstBlock: number;
  headerOffset: number;
}

export interface WrittenTapeFile {
  tapeFile: number;
  firstBlock: number;
  /** Logical block address behind the filemark. */
  endBlock: number;
  bytes: number;
}

/** Fills `target` with the next bytes of a member's content. */
export type FillContent = (target: Uint8Array) => Promise<void>;

/**
 * Writes one tape file: a ustar archive in records, composed in place in the ring's chunks, and its filemark. Members
 * are written one after another; {@link end} must be called, or the file is left open and counts for nothing.
 */
export class TapeFileWriter {
  readonly #drive: TapeDrivePort;
  readonly #feed: DriveFeed;
  readonly #recordBytes: number;
  readonly #sums: string[] = [];
  readonly tapeFile: number;
  readonly firstBlock: number;
  #chunk: RingChunk | undefined;
  #filled = 0;
  #archiveBytes = 0;

  constructor(of: {
    drive: TapeDrivePort;
    feed: DriveFeed;
    recordBytes: number;
    tapeFile: number;
    firstBlock: number;
  }) {
    this.#drive = of.drive;
    this.#feed = of.feed;
    this.#recordBytes = of.recordBytes;
    this.tapeFile = of.tapeFile;
    this.firstBlock = of.firstBlock;
  }

  get archiveBytes(): number {
    return this.#archiveBytes;
  }

  /** Adds a member that is in memory, and its line to the sums. */
  async addDocument(name: string, content: string | readonly Uint8Array[], now: number): Promise<void> {
    const parts = typeof content === 'string' ? [Buffer.from(content, 'utf8')] : content;
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    await this.#header(name, sizeBytes, now);
    const hash = createHash('sha256');
    for (const [index, part] of parts.entries()) {
      // Large catalogues come in parts of a megabyte: let other work through between them.
      if (index > 0) await setImmediate();
      for (let at = 0; at < part.length; ) {
        const chunk = await this.#room();
        const length = Math.min(part.length - at, chunk.bytes.length - this.#filled);
        chunk.bytes.set(part.subarray(at, at + length), this.#filled);
        hash.update(part.subarray(at, at + length));
        this.#advance(length);
        at += length;
      }
    }
    await this.#zeros(paddedBytes(sizeBytes) - sizeBytes);
    this.addSum(name, hash.digest('hex'));
  }

  /** Adds the HEAD document that starts every tape file of a set. */
  async addHead(head: HeadDocument): Promise<void> {
    const name = `HEAD.${tapeFileTag(head.sequence, head.tapeFile)}.json`;
    await this.addDocument(name, encodeDocument(head), head.createdAt);
  }

  /**
   * Adds a member whose content comes from `fill`, feeding `digests` on the way. Should `fill` fail, the digests mean
   * nothing, `failure` says why, and the archive is whole only if `completes` agreed to fill the member up with zeros.
   */
  async addStream(
    name: string,
    sizeBytes: number,
    now: number,
    { fill, completes, digests }: { fill: FillContent; completes(): boolean; digests: readonly DigestStream[] },
  ): Promise<MemberPosition & { failure?: { error: unknown } }> {
    const position = await this.#header(name, sizeBytes, now);
    let failure: { error: unknown } | undefined;
    for (let left = sizeBytes; left > 0; ) {
      const chunk = await this.#room();
      const from = this.#filled;
      const length = Math.min(left, chunk.bytes.length - from);
      const target = chunk.bytes.subarray(from, from + length);
      try {
        if (failure) target.fill(0);
        else await fill(target);
      } catch (error) {
        failure = { error };
        if (!completes()) return { ...position, failure };
        target.fill(0);
      }
      if (!failure) for (const digest of digests) this.#digest(digest, chunk, from, length);
      this.#advance(length);
      left -= length;
    }
    await this.#zeros(paddedBytes(sizeBytes) - sizeBytes);
    return { ...position, failure };
  }

  /** Adds a line for the SHA256SUMS member. */
  addSum(name: string, sha256: string): void {
    this.#sums.push(`${sha256}  ${name}\n`);
  }

  /** Adds the sums of all members so far as the last member. */
  async addSums(sequence: number, now: number): Promise<void> {
    await this.addDocument(`SHA256SUMS.${tapeFileTag(sequence, this.tapeFile)}`, this.#sums.join(''), now);
  }

  /** Ends the archive, pads it to a record, hands all to the drive and writes the (immediate) filemark. */
  async end(): Promise<WrittenTapeFile> {
    await this.#zeros(2 * ustarBlockBytes);
    const over = this.#archiveBytes % this.#recordBytes;
    if (over > 0) await this.#zeros(this.#recordBytes - over);
    this.#submit();
    await this.#onDrive(this.#feed.drain());
    const { earlyWarning } = await this.#onDrive(this.#drive.writeFilemarks(1, { immediate: true }));
    if (earlyWarning) this.#feed.earlyWarning = true;
    const endBlock = this.firstBlock + this.#archiveBytes / this.#recordBytes + 1;
    return { tapeFile: this.tapeFile, firstBlock: this.firstBlock, endBlock, bytes: this.#archiveBytes };
  }

  /** Gives back the chunk in hand when the file is given up. */
  abandon(): void {
    if (this.#chunk) this.#feed.ring.letGo(this.#chunk);
    this.#chunk = undefined;
    this.#filled = 0;
  }

  #digest(digest: DigestStream, chunk: RingChunk, from: number, length: number): void {
    const { ring } = this.#feed;
    ring.hold(chunk);
    digest.update(ring.memory, chunk.offset + from, length).then(
      () => ring.letGo(chunk),
      (error: unknown) => {
        ring.letGo(chunk);
        ring.fail(error);
      },
    );
  }

  async #header(name: string, sizeBytes: number, now: number): Promise<MemberPosition> {
    const chunk = await this.#room();
    const position = {
      firstBlock: this.firstBlock + Math.floor(this.#archiveBytes / this.#recordBytes),
      headerOffset: this.#archiveBytes % this.#recordBytes,
    };
    encodeUstarHeader(chunk.bytes, this.#filled, { name, sizeBytes, modifiedAt: now });
    this.#advance(ustarBlockBytes);
    return position;
  }

  /** The chunk in hand, with room in it. Chunks are whole records and blocks never straddle them. */
  async #room(): Promise<RingChunk> {
    this.#chunk ??= await this.#onDrive(this.#feed.take());
    return this.#chunk;
  }

  #advance(length: number): void {
    this.#filled += length;
    this.#archiveBytes += length;
    if (this.#filled === this.#chunk?.bytes.length) this.#submit();
  }

  #submit(): void {
    const chunk = this.#chunk;
    const filled = this.#filled;
    this.#chunk = undefined;
    this.#filled = 0;
    if (!chunk) return;
    try {
      this.#feed.submit(chunk, filled);
    } catch (error) {
      throw writeError(error);
    }
  }

  async #zeros(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const chunk = await this.#room();
      const piece = Math.min(left, chunk.bytes.length - this.#filled);
      chunk.bytes.fill(0, this.#filled, this.#filled + piece);
      this.#advance(piece);
      left -= piece;
    }
  }

  async #onDrive<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw writeError(error);
    }
  }
}

function writeError(error: unknown): DriveWriteError {
  if (error instanceof DriveWriteError) return error;
  return new DriveWriteError(messageOf(error), { cause: error });
}
