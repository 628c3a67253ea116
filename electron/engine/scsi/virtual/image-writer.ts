import type { FileHandle } from 'node:fs/promises';
import { faultPoint } from '../../faults/fault-points.ts';
import { endMarker } from './tape-image.ts';

const bufferBytes = 4 * 1_048_576;
/** Small writes cost several times as much per byte: a write of the image has at least this much, or ends the tape. */
const worthwhileBytes = 1_048_576;
/** So much is left to the operating system before it is told, in the background, to begin with the disk. */
const unsyncedBytes = 64 * 1_048_576;

/**
 * Appends records and filemarks to a tape image through two buffers: one fills while the other is written. Only one
 * write is ever under way, so after a crash of the process the file is a beginning of what was appended, without holes.
 * The first failed write is thrown by every later call until {@link ImageWriter.seek}.
 */
export class ImageWriter {
  readonly #handle: FileHandle;
  readonly #path: string;
  #filling: Buffer | undefined;
  #spare: Buffer | undefined;
  #filled = 0;
  /** Offset in the image of the first byte in the filling buffer. */
  #offset: number;
  #written: number;
  #underWay: Promise<void> | undefined;
  #failure: unknown;
  #syncing: Promise<void> | undefined;
  #syncedOffset: number;

  constructor(handle: FileHandle, path: string, offset: number) {
    this.#handle = handle;
    this.#path = path;
    this.#offset = offset;
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
    if (span > bufferBytes) return this.#large(word, data);
    const buffer = await this.#room(span);
    let at = buffer.writeUInt32LE(word, this.#filled);
    buffer.set(data, at);
    at += data.length;
    if (pad) buffer[at++] = 0;
    this.#filled = buffer.writeUInt32LE(word, at);
    this.#startIfWorthwhile();
  }

  async filemarks(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const now = Math.min(left, bufferBytes / 4);
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
    if (this.#filled > 0) {
      await this.#idle();
      this.#start();
    }
    await this.#idle();
  }

  /** Writes the end marker behind what was appended, where the next append overwrites it. */
  async markEnd(): Promise<void> {
    await this.drain();
    const marker = Buffer.alloc(4);
    marker.writeUInt32LE(endMarker);
    await this.#write(marker, this.#offset);
  }

  /** Drops what was not written and goes on at an offset; forgets an earlier failure. */
  async seek(offset: number): Promise<void> {
    await this.#underWay;
    await this.#syncing;
    this.#failure = undefined;
    this.#filled = 0;
    this.#offset = offset;
    this.#written = offset;
    this.#syncedOffset = offset;
  }

  async #large(word: number, data: Uint8Array): Promise<void> {
    await this.drain();
    const head = Buffer.alloc(4);
    head.writeUInt32LE(word);
    const tail = data.length & 1 ? Buffer.concat([Buffer.alloc(1), head]) : head;
    let at = this.#offset;
    for (const part of [head, data, tail]) {
      await this.#write(part, at);
      at += part.length;
    }
    this.#offset = at;
    this.#written = at;
  }

  async #room(bytes: number): Promise<Buffer> {
    this.#assertWorking();
    this.#filling ??= Buffer.allocUnsafeSlow(bufferBytes);
    if (this.#filled + bytes > bufferBytes) {
      await this.#idle();
      this.#start();
    }
    return this.#filling;
  }

  #startIfWorthwhile(): void {
    if (this.#underWay === undefined && this.#filled >= worthwhileBytes) this.#start();
  }

  #start(): void {
    const full = this.#filling as Buffer;
    const [bytes, offset] = [this.#filled, this.#offset];
    this.#filling = this.#spare ?? Buffer.allocUnsafeSlow(bufferBytes);
    this.#spare = full;
    this.#filled = 0;
    this.#offset = offset + bytes;
    this.#underWay = this.#write(full.subarray(0, bytes), offset).then(
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

  /** Keeps the disk busy while the tape is being written, so that a flush has little left to wait for. */
  #syncInBackground(): void {
    if (this.#syncing || this.#written - this.#syncedOffset < unsyncedBytes) return;
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

  async #write(bytes: Uint8Array, offset: number): Promise<void> {
    faultPoint('fs.write', 'before', this.#path);
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
  }
}
