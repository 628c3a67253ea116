/** Finds out what is on a tape image by reading it (format: tape-image.ts). */
import type { FileHandle } from 'node:fs/promises';
import { endMarker, errorFlag, gapMarker, isRecord, objectSpan, recordLength } from './tape-image.ts';
import { TapeIndex } from './tape-index.ts';

// A crash of the machine can leave a file with zeros where data was to be, and zeros read as filemarks. Nobody writes
// that many in a row; a few at the end are kept.
const believableFilemarks = 8;
const filemarksInARow = 65_536;

/**
 * Reads an image from an offset to its end and appends what it finds to the index, whose end is that offset. Stops at
 * the end marker, at the end of the file, or at the first thing that is not whole (a write cut off by a crash).
 * @returns Offset behind the last whole object, and whether bytes that are no tape follow it.
 */
export async function scanImage(
  handle: FileHandle,
  index: TapeIndex,
  sizeBytes: number,
): Promise<{ endOffset: number; torn: boolean }> {
  const before = index.endBlock;
  const words = new WordReader(handle, sizeBytes);
  let torn = false;
  while (index.endOffset < sizeBytes) {
    const at = index.endOffset;
    const word = await words.at(at);
    if (word === endMarker) break;
    const marker = word === 0 || word === gapMarker;
    const whole =
      word !== undefined &&
      (marker || (isRecord(word) && (await words.at(at + objectSpan(word) - 4)) === word)) &&
      index.trailingFilemarks <= filemarksInARow;
    if (!whole) {
      torn = true;
      break;
    }
    index.append(word);
  }
  const marks = Math.min(index.trailingFilemarks, index.endBlock - before);
  if (marks > believableFilemarks) {
    torn = true;
    index.truncate(index.endBlock - marks);
  }
  return { endOffset: index.endOffset, torn };
}

/** Reads single words through a small window, so that short objects cost no read each. */
class WordReader {
  readonly #handle: FileHandle;
  readonly #sizeBytes: number;
  readonly #window = new Uint8Array(4096);
  readonly #view = new DataView(this.#window.buffer);
  #start = 0;
  #length = 0;

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  async at(offset: number): Promise<number | undefined> {
    if (offset + 4 > this.#sizeBytes) return undefined;
    if (offset < this.#start || offset + 4 > this.#start + this.#length) {
      this.#start = offset;
      this.#length = (await this.#handle.read(this.#window, 0, this.#window.length, offset)).bytesRead;
      if (this.#length < 4) return undefined;
    }
    return this.#view.getUint32(offset - this.#start, true);
  }
}

/** Marks the record at a block as one whose data is in error. Throws where there is no record. */
export async function markRecordBad(handle: FileHandle, block: number): Promise<void> {
  const index = new TapeIndex();
  await scanImage(handle, index, (await handle.stat()).size);
  const object = index.at(block);
  if (!object || !isRecord(object.word)) throw new Error(`There is no record at block ${block} of the tape.`);
  const word = Buffer.alloc(4);
  word.writeUInt32LE((recordLength(object.word) | errorFlag) >>> 0);
  await handle.write(word, 0, 4, object.offset);
  await handle.write(word, 0, 4, object.offset + objectSpan(object.word) - 4);
  await handle.sync();
}
