import type { FileHandle } from 'node:fs/promises';

/** Reads single words of a tape image through a small window, so that short objects cost no read each. */
export class WordReader {
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #window = new Uint8Array(4096);
  readonly #view = new DataView(this.#window.buffer);
  #start = 0;
  #length = 0;

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
  }

  /** The 32 bits at an offset; undefined where the image does not reach so far. */
  async at(offset: number): Promise<number | undefined> {
    if (offset < 0 || offset + 4 > this.sizeBytes) return undefined;
    if (offset < this.#start || offset + 4 > this.#start + this.#length) {
      this.#start = offset;
      this.#length = (await this.#handle.read(this.#window, 0, this.#window.length, offset)).bytesRead;
      if (this.#length < 4) return undefined;
    }
    return this.#view.getUint32(offset - this.#start, true);
  }

  /** A stretch of the image, as much of it as there is. */
  async stretch(offset: number, bytes: number): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.max(0, Math.min(bytes, this.sizeBytes - offset)));
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  }
}
