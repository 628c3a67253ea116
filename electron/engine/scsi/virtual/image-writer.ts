import type { FileHandle } from 'node:fs/promises';
import { faultPoint } from '../../faults/fault-points.ts';
import { directPageBytes, refusesDirect } from '../../pipeline/direct-file.ts';
import { alignedBufferBytes, giveAlignedBuffer, takeAlignedBuffer } from './aligned-buffers.ts';
import { endMarker } from './tape-image.ts';

/** Small writes cost several times as much per byte: a write of the image has at least this much, or ends the tape. */
const worthwhileBytes = 1_048_576;
/** So much is left to the operating system before it is told, in the background, to begin with the disk. */
const unsyncedBytes = 64 * 1_048_576;

/**
 * Appends records and filemarks to a tape image through two buffers: one fills while the other is written. Only one
 * write is ever under way, so after a crash of the process the file is a beginning of what was appended, without holes.
 * The first failed write is thrown by every later call until {@link ImageWriter.seek}.
 *
 * Where the file system takes it, whole pages go to the disk directly, past the page cache: that saves a copy of
 * everything, and leaves the flush little to wait for. The begun page at the end is written through the cache, and once
 * more with the pages behind it.
 */
export class ImageWriter {
  readonly #handle: FileHandle;
  readonly #path: string;
  #direct: FileHandle | undefined;
  #filling: Buffer | undefined;
  #spare: Buffer | undefined;
  /** Offset in the image of the first byte in the filling buffer: the beginning of a page for direct writes. */
  #base: number;
  #filled = 0;
  /** Bytes at the beginning of the filling buffer that are in the file already. */
  #kept = 0;
  #written: number;
  #underWay: Promise<void> | undefined;
  #failure: unknown;
  #syncing: Promise<void> | undefined;
  #syncedOffset: number;

  /** `direct`: the same file opened for direct writes, closed by its owner after {@link ImageWriter.release}. */
  constructor(handle: FileHandle, path: string, offset: number, direct?: FileHandle) {
    this.#handle = handle;
    this.#path = path;
    this.#direct = direct;
    this.#base = offset;
    this.#written = offset;
    this.#syncedOffset = offset;
  }

  /** Bytes of the image that have been handed to the operating system. */
  get writtenOffset(): number {
    return this.#written;
  }

  /** Appends one record; the data has been copied or written when this resolves. `word` is its marker. */
  async record(word: number, data: Uint8Array): Promise<void> {
    const pad = data.length & 1;
    const span = 8 + data.length + pad;
    if (span > alignedBufferBytes - directPageBytes) return this.#large(word, data);
    const buffer = await this.#room(span);
    let at = buffer.writeUInt32LE(word, this.#filled);
    copyInto(buffer, at, data);
    at += data.length;
    if (pad) buffer[at++] = 0;
    this.#filled = buffer.writeUInt32LE(word, at);
    this.#startIfWorthwhile();
  }

  async filemarks(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const now = Math.min(left, worthwhileBytes / 4);
      const buffer = await this.#room(now * 4);
      buffer.fill(0, this.#filled, this.#filled + now * 4);
      this.#filled += now * 4;
      left -= now;
      this.#startIfWorthwhile();
    }
  }

  /** Resolves when everything appended has been handed to the operating system. */
  async drain(): Promise<void> {
    this.#assertWorking();
    await this.#idle();
    if (this.#filled === this.#kept) return;
    this.#start();
    await this.#idle();
    if (this.#filled === this.#kept) return;
    const rest = (this.#filling as Buffer).subarray(this.#kept, this.#filled);
    try {
      await this.#write(this.#handle, rest, this.#base + this.#kept);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#kept = this.#filled;
    this.#written = this.#base + this.#filled;
  }

  /** Writes the end marker behind what was appended, where the next append overwrites it. */
  async markEnd(): Promise<void> {
    await this.drain();
    const marker = Buffer.alloc(4);
    marker.writeUInt32LE(endMarker);
    await this.#write(this.#handle, marker, this.#base + this.#filled);
  }

  /** Drops what was not written and goes on at an offset; forgets an earlier failure. */
  async seek(offset: number): Promise<void> {
    await this.#underWay;
    await this.#syncing;
    this.#failure = undefined;
    this.#goTo(offset);
    this.#syncedOffset = offset;
  }

  /** Gives the memory back. Nothing can be written afterwards. */
  async release(): Promise<void> {
    await this.#underWay;
    await this.#syncing;
    this.#failure ??= new Error('The tape image is closed.');
    for (const buffer of [this.#filling, this.#spare]) if (buffer) giveAlignedBuffer(buffer);
    this.#filling = undefined;
    this.#spare = undefined;
  }

  #goTo(offset: number): void {
    this.#base = offset;
    this.#filled = 0;
    this.#kept = 0;
    this.#written = offset;
    if (this.#filling) this.#spare ??= this.#filling;
    this.#filling = undefined;
  }

  async #large(word: number, data: Uint8Array): Promise<void> {
    await this.drain();
    const head = Buffer.alloc(4);
    head.writeUInt32LE(word);
    const tail = data.length & 1 ? Buffer.concat([Buffer.alloc(1), head]) : head;
    let at = this.#base + this.#filled;
    for (const part of [head, data, tail]) {
      await this.#write(this.#handle, part, at);
      at += part.length;
    }
    this.#goTo(at);
  }

  /** A buffer with room for so many bytes behind those that are in it. */
  async #room(bytes: number): Promise<Buffer> {
    this.#assertWorking();
    const filling = this.#filling ?? (await this.#begin());
    if (this.#filled + bytes <= alignedBufferBytes) return filling;
    await this.#idle();
    this.#start();
    return this.#filling as Buffer;
  }

  /** Takes a buffer; for direct writes it begins with what the file has of the page that is gone on with. */
  async #begin(): Promise<Buffer> {
    const buffer = this.#spare ?? takeAlignedBuffer();
    this.#spare = undefined;
    this.#filling = buffer;
    const begun = this.#direct ? this.#base % directPageBytes : 0;
    if (begun === 0) return buffer;
    const { bytesRead } = await this.#handle.read(buffer, 0, begun, this.#base - begun);
    if (bytesRead < begun) throw new Error(`The image ${this.#path} is shorter than it was.`);
    this.#base -= begun;
    this.#kept = begun;
    this.#filled = begun;
    return buffer;
  }

  #startIfWorthwhile(): void {
    if (this.#underWay === undefined && this.#filled - this.#kept >= worthwhileBytes) this.#start();
  }

  /** Begins to write what is in the filling buffer, as far as it is whole pages for direct writes; the rest moves on. */
  #start(): void {
    const full = this.#filling as Buffer;
    const offset = this.#base;
    const bytes = this.#direct ? this.#filled - (this.#filled % directPageBytes) : this.#filled;
    if (bytes === 0) return;
    const next = this.#spare ?? takeAlignedBuffer();
    full.copy(next, 0, bytes, this.#filled);
    this.#spare = full;
    this.#filling = next;
    this.#base = offset + bytes;
    this.#filled -= bytes;
    this.#kept = 0;
    this.#underWay = this.#writePages(full.subarray(0, bytes), offset).then(
      () => {
        this.#written = offset + bytes;
        this.#underWay = undefined;
        this.#syncInBackground();
      },
      (error: unknown) => {
        this.#failure = error;
        this.#underWay = undefined;
      },
    );
  }

  async #writePages(pages: Buffer, offset: number): Promise<void> {
    if (this.#direct) {
      try {
        return await this.#write(this.#direct, pages, offset);
      } catch (error) {
        // A file system may let a file be opened so and then not take the writes.
        if (!refusesDirect(error)) throw error;
      }
    }
    await this.#write(this.#handle, pages, offset);
  }

  /** Keeps the disk busy while the tape is being written, so that a flush has little left to wait for. */
  #syncInBackground(): void {
    if (this.#direct || this.#syncing || this.#written - this.#syncedOffset < unsyncedBytes) return;
    this.#syncedOffset = this.#written;
    this.#syncing = this.#handle.datasync().then(
      () => {
        this.#syncing = undefined;
      },
      (error: unknown) => {
        // The operating system tells of a failed write once: if not kept here, the flush would succeed.
        this.#failure ??= error;
        this.#syncing = undefined;
      },
    );
  }

  /** Resolves when everything appended is on stable storage. */
  async sync(): Promise<void> {
    await this.drain();
    await this.#syncing;
    this.#assertWorking();
    await this.#handle.datasync();
    this.#syncedOffset = this.#written;
  }

  async #idle(): Promise<void> {
    await this.#underWay;
    this.#assertWorking();
  }

  #assertWorking(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
    faultPoint('fs.write', 'before', this.#path);
    for (let done = 0; done < bytes.length; ) {
      done += (await handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
  }
}

const bounce = Buffer.alloc(256 * 1024);

/**
 * V8 copies shared memory by words only where source and target lie alike, else byte by byte, four times slower; and a
 * record lies behind a word of four bytes. Going through memory of our own, in the processor's cache, costs a third.
 */
function copyInto(target: Buffer, at: number, data: Uint8Array): void {
  if (!(data.buffer instanceof SharedArrayBuffer)) return void target.set(data, at);
  for (let done = 0; done < data.length; done += bounce.length) {
    const piece = data.subarray(done, done + bounce.length);
    bounce.set(piece);
    bounce.copy(target, at + done, 0, piece.length);
  }
}
