/** Finds out what is on a tape image by reading it (format: tape-image.ts). Changes nothing. */
import type { FileHandle } from 'node:fs/promises';
import { resynchronise, type Sync } from './image-resync.ts';
import { endMarker, errorFlag, gapMarker, isRecord, objectSpan, recordLength } from './tape-image.ts';
import { TapeIndex } from './tape-index.ts';
import { WordReader } from './word-reader.ts';

// A crash of the machine can leave a file with zeros where data was to be, and zeros read as filemarks. Nobody writes
// that many in a row; a few at the end are kept.
const believableFilemarks = 8;
const filemarksInARow = 65_536;

export interface ImageScan {
  /** Behind the last object of the tape. */
  endOffset: number;
  /** The bytes behind it, where there are any, are an unfinished write that nobody was promised. */
  unfinishedBytes: number;
  /** Where the image is not whole, as offsets; what lies there is in the index as damage. */
  damagedAt: number[];
  /** The image ends with the mark that closing a cartridge writes. */
  endMarked: boolean;
}

/**
 * Reads an image from an offset to its end and appends what it finds to the index, whose end is that offset. Where
 * something is not whole, it goes on behind the damage as the lengths before and after the records say. What is not whole
 * at the end is an unfinished write, rather than damage, where nothing whole stands behind it and
 *
 * - `promised`: the index file was kept, so that it says what was flushed, and the cartridge was not closed since; or
 * - it can be nothing but the beginning of one record, or zeros.
 */
export async function scanImage(
  handle: FileHandle,
  index: TapeIndex,
  sizeBytes: number,
  promised = false,
): Promise<ImageScan> {
  const before = index.endBlock;
  const words = new WordReader(handle, sizeBytes);
  const damagedAt: number[] = [];
  let endMarked = false;
  while (index.endOffset < sizeBytes) {
    const at = index.endOffset;
    const word = await words.at(at);
    if (word !== undefined && word !== endMarker && (await isWhole(words, word, at, index))) {
      index.append(word);
      continue;
    }
    const sync = await resynchronise(words, at, { closedOnly: promised });
    if (sync) {
      damagedAt.push(at);
      appendDamage(index, at, sync);
      continue;
    }
    if (word === endMarker) {
      endMarked = true;
      break;
    }
    if (!promised && !mayBeUnfinished(word, at, sizeBytes)) {
      damagedAt.push(at);
      index.appendDamage(sizeBytes - at);
    }
    break;
  }
  const marks = Math.min(index.trailingFilemarks, index.endBlock - before);
  if (marks > believableFilemarks && !endMarked) index.truncate(index.endBlock - marks);
  const { endOffset } = index;
  return { endOffset, damagedAt, endMarked, unfinishedBytes: endMarked ? 0 : sizeBytes - endOffset };
}

async function isWhole(words: WordReader, word: number, at: number, index: TapeIndex): Promise<boolean> {
  if (index.trailingFilemarks > filemarksInARow) return false;
  if (word === 0 || word === gapMarker) return true;
  return isRecord(word) && (await words.at(at + objectSpan(word) - 4)) === word;
}

/** Whether what stands here can be the beginning of a record whose writing was cut off, and nothing else. */
function mayBeUnfinished(word: number | undefined, at: number, sizeBytes: number): boolean {
  return word === undefined || word === 0 || (isRecord(word) && at + objectSpan(word) > sizeBytes);
}

/** Puts what lies between two places into the index, in as many blocks as it probably was: block numbers behind it then fit. */
function appendDamage(index: TapeIndex, at: number, sync: Sync): void {
  const bytes = sync.offset - at;
  // So short is no record, and gaps are not written here: a filemark whose bits have changed.
  if (bytes === 4) return index.append(0);
  const before = index.at(index.endBlock - 1);
  const usual = [before?.word, sync.word]
    .map((word) => (word !== undefined && isRecord(word) ? objectSpan(word) : 0))
    .find((span) => span > 0 && bytes % span === 0);
  const span = usual ?? bytes;
  for (let left = bytes; left > 0; left -= span) index.appendDamage(span);
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
