/** One cartridge of a virtual library: a tape image, its index, and what fits on it. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { durableStep, faultPoint } from '../../faults/fault-points.ts';
import { openDirect } from '../../pipeline/direct-file.ts';
import { replaceFile } from './durable-file.ts';
import { examineImage, type FoundImage, type ImageCondition, type IndexFile, readIndexFile } from './image-check.ts';
import { ImageWriter } from './image-writer.ts';
import { errorFlag, isRecord, objectSpan, recordLength } from './tape-image.ts';
import type { TapeIndex } from './tape-index.ts';

export interface CartridgeSize {
  /** Bytes of the image at which nothing more fits. */
  capacityBytes: number;
  /** Distance before that from which writing warns. */
  earlyWarningBytes: number;
}

/** Bytes in the image are not what the index says: it was damaged, or written by somebody else. */
export class ImageDamaged extends Error {
  override readonly name = 'ImageDamaged';
}

export function imagePath(directory: string, barcode: string): string {
  return join(directory, `${barcode}.tap`);
}

export function indexPath(directory: string, barcode: string): string {
  return join(directory, `${barcode}.index.json`);
}

export class Cartridge {
  readonly barcode: string;
  /** What is not as it should be with the image; absent where all is well. */
  readonly condition: ImageCondition | undefined;
  /** Bytes of an unfinished write behind the last whole object: the next write drops them. */
  #unfinishedBytes: number;
  readonly #index: TapeIndex;
  readonly #handle: FileHandle;
  readonly #direct: FileHandle | undefined;
  readonly #imagePath: string;
  readonly #indexPath: string;
  readonly #writer: ImageWriter;
  readonly #word = Buffer.alloc(4);
  readonly #tail = Buffer.alloc(5);
  #capacityBytes: number;
  #warnAtBytes: number;
  /** Bytes that the index file on disk promises; absent where there is none. */
  #promisedBytes: number | undefined;
  #dirty: boolean;
  /** Written to since it was opened: no end marker behind the data. */
  #unmarked = false;

  private constructor(
    directory: string,
    barcode: string,
    size: CartridgeSize,
    handle: FileHandle,
    found: FoundImage,
    direct: FileHandle | undefined,
  ) {
    this.barcode = barcode;
    this.#imagePath = imagePath(directory, barcode);
    this.#indexPath = indexPath(directory, barcode);
    this.#handle = handle;
    this.#index = found.index;
    this.#promisedBytes = found.promisedBytes;
    this.condition = found.condition;
    this.#unfinishedBytes = found.unfinishedBytes;
    this.#dirty = !found.condition && found.promisedBytes !== found.index.endOffset;
    this.#direct = direct;
    this.#writer = new ImageWriter(handle, this.#imagePath, found.index.endOffset, direct);
    this.#capacityBytes = size.capacityBytes;
    this.#warnAtBytes = Math.max(0, size.capacityBytes - size.earlyWarningBytes);
  }

  /**
   * Opens the image, made empty where there is none; nothing in it is changed. Its index is rebuilt as far as it is missing or
   * out of date. An image that is not whole is read only.
   */
  static async open(directory: string, barcode: string, size: CartridgeSize): Promise<Cartridge> {
    const path = imagePath(directory, barcode);
    const handle = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return open(path, 'wx+');
      throw error;
    });
    try {
      const sizeBytes = (await handle.stat()).size;
      const found = await examineImage(handle, sizeBytes, await readIndexFile(indexPath(directory, barcode)));
      const direct = await openDirect(path);
      return new Cartridge(directory, barcode, size, handle, found, direct);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Records and filemarks, in order. Read only: writing goes through this class. */
  get index(): Pick<TapeIndex, 'at' | 'endBlock' | 'endFile' | 'filesBefore' | 'filemarkAfter' | 'filemarkBefore'> {
    return this.#index;
  }
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }
  get usedBytes(): number {
    return this.#index.endOffset;
  }
  get capacityBytes(): number {
    return this.#capacityBytes;
  }
  /** Whether writing is in the early-warning zone. */
  get isNearEnd(): boolean {
    return this.#index.endOffset >= this.#warnAtBytes;
  }

  /** Nothing is ever written to a damaged image: it is the original of what can still be saved. */
  get isReadOnly(): boolean {
    return this.condition?.readOnly ?? false;
  }

  /** From now on the tape warns, or ends, here: how a fault shortens it. */
  endHere(what: 'warning' | 'medium'): void {
    this.#warnAtBytes = Math.min(this.#warnAtBytes, this.usedBytes);
    if (what === 'medium') this.#capacityBytes = Math.min(this.#capacityBytes, this.usedBytes);
  }

  /** Distance in bytes of tape between two blocks. */
  distanceBytes(from: number, to: number): number {
    const offset = (block: number): number => this.#index.at(block)?.offset ?? this.usedBytes;
    return Math.abs(offset(to) - offset(from));
  }

  /** Appends a record behind `block`, dropping what was there. False when it does not fit; nothing is then written. */
  async writeRecord(block: number, data: Uint8Array): Promise<boolean> {
    await this.#endAt(block);
    if (this.usedBytes + objectSpan(data.length) > this.#capacityBytes) return false;
    this.#dirty = true;
    this.#unmarked = true;
    await this.#writer.record(data.length, data);
    this.#index.append(data.length);
    return true;
  }

  async writeFilemarks(block: number, count: number): Promise<boolean> {
    await this.#endAt(block);
    if (this.usedBytes + 4 * count > this.#capacityBytes) return false;
    this.#dirty = true;
    this.#unmarked = true;
    await this.#writer.filemarks(count);
    if (count > 0) this.#index.append(0, count);
    return true;
  }

  /** Ends the tape at a block: what was behind it is gone. */
  async erase(block: number): Promise<void> {
    await this.#endAt(block);
    await this.flush();
  }

  async #endAt(block: number): Promise<void> {
    if (this.isReadOnly) throw new Error(`The image of cartridge ${this.barcode} is damaged and is not written to.`);
    if (this.#promisedBytes === undefined) {
      // From here on whatever stands behind the promise is known to have been promised to nobody.
      await this.#writer.sync();
      await this.#writeIndex();
    }
    if (block === this.#index.endBlock && this.#unfinishedBytes === 0) return;
    await this.#writer.drain();
    this.#index.truncate(block);
    this.#dirty = true;
    this.#unmarked = true;
    // The index must not promise bytes that are about to be other bytes.
    if ((this.#promisedBytes ?? 0) > this.usedBytes) await this.#writeIndex();
    faultPoint('fs.truncate', 'before', this.#imagePath);
    await this.#handle.truncate(this.usedBytes);
    this.#unfinishedBytes = 0;
    await this.#writer.seek(this.usedBytes);
  }

  /**
   * Reads the record at a block into the buffer, as much of it as fits.
   * @returns Bytes read. Throws {@link ImageDamaged} when the image does not hold that record there.
   */
  async readRecord(block: number, into: Uint8Array): Promise<number> {
    const object = this.#index.at(block);
    if (!object || !isRecord(object.word)) throw new RangeError(`There is no record at block ${block}.`);
    const { word, offset } = object;
    if (offset + objectSpan(word) > this.#writer.writtenOffset) await this.#writer.drain();
    const length = recordLength(word);
    const wanted = Math.min(length, into.length);
    const data = wanted === into.length ? into : into.subarray(0, wanted);
    const tail = this.#tail.subarray(0, 4 + (length & 1));
    faultPoint('fs.read', 'before', this.#imagePath);
    const parts = wanted === length ? [this.#word, data, tail] : [this.#word, data];
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    let { bytesRead } = await this.#handle.readv(parts, offset);
    if (wanted < length) bytesRead += (await this.#handle.read(tail, 0, tail.length, offset + 4 + length)).bytesRead;
    const whole = bytesRead === total + (wanted < length ? tail.length : 0);
    if (!whole || this.#word.readUInt32LE() !== word || tail.readUInt32LE(length & 1) !== word) {
      throw new ImageDamaged(`The image of cartridge ${this.barcode} is damaged at block ${block}, offset ${offset}.`);
    }
    return wanted;
  }

  /** Whether the record at a block is marked as unreadable in the image. */
  isMarkedBad(block: number): boolean {
    return ((this.#index.at(block)?.word ?? 0) & errorFlag) !== 0;
  }

  /** Resolves when everything written is on stable storage, and the index with it. */
  async flush(): Promise<void> {
    if (!this.#dirty) return;
    await durableStep('cartridge.flush', this.barcode, () => this.#writer.sync());
    await this.#writeIndex();
    this.#dirty = false;
  }

  /** After a failed write: forgets what did not reach the image. @returns Block where the tape now ends. */
  async dropUnwritten(): Promise<number> {
    const end = this.#index.blocksBefore(this.#writer.writtenOffset);
    this.#index.truncate(end);
    await this.#writer.seek(this.usedBytes);
    this.#dirty = true;
    if ((this.#promisedBytes ?? 0) > this.usedBytes) await this.#writeIndex();
    await this.#handle.truncate(this.usedBytes);
    return end;
  }

  /** Flushes, ends the image with the end marker and lets go of the files, these also where flushing fails. */
  async close(): Promise<void> {
    try {
      await this.flush();
      // The end of the file means the same, so the marker is a courtesy to other programs.
      if (this.#unmarked) await this.#writer.markEnd().catch(() => {});
    } finally {
      await this.#writer.release();
      await this.#direct?.close();
      await this.#handle.close();
    }
  }

  async #writeIndex(): Promise<void> {
    const content: IndexFile = {
      format: 'reelvault-tape-index',
      version: 1,
      barcode: this.barcode,
      imageBytes: this.usedBytes,
      objects: this.#index.entries(),
    };
    await durableStep('cartridge.index', this.barcode, () => replaceFile(this.#indexPath, JSON.stringify(content)));
    this.#promisedBytes = this.usedBytes;
  }
}
