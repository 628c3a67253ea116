/** What becomes known of a cartridge's image when it is opened: where everything lies, and whether it is whole. */
import { type FileHandle, readFile } from 'node:fs/promises';
import { formatBytes, formatCount } from '../../../../shared/domain/format.ts';
import { scanImage } from './image-scan.ts';
import { indexFromEntries, TapeIndex } from './tape-index.ts';

export interface IndexFile {
  format: 'reelvault-tape-index';
  version: 1;
  barcode: string;
  /** Bytes of the image that were flushed when this was written; what follows may be lost in a crash. */
  imageBytes: number;
  objects: readonly (readonly [number, number])[];
}

export interface ImageCondition {
  /** In whole sentences. */
  reason: string;
  /** The image is damaged: what can be read is read, and nothing is written. */
  readOnly: boolean;
}

export interface FoundImage {
  index: TapeIndex;
  /** Bytes that the index file on disk promises; absent where there is none of this image. */
  promisedBytes: number | undefined;
  unfinishedBytes: number;
  condition: ImageCondition | undefined;
}

/** The index file: `absent`, or `unusable` where it cannot be read as one. */
export async function readIndexFile(path: string): Promise<TapeIndex | 'absent' | 'unusable'> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'unusable';
  }
  try {
    const parsed = JSON.parse(text) as Partial<IndexFile>;
    if (parsed?.format !== 'reelvault-tape-index' || parsed.version !== 1) return 'unusable';
    const index = indexFromEntries(parsed.objects);
    return index && index.endOffset === parsed.imageBytes ? index : 'unusable';
  } catch {
    return 'unusable';
  }
}

/** Looks at an image beside its index file. Changes neither. */
export async function examineImage(
  handle: FileHandle,
  sizeBytes: number,
  promised: TapeIndex | 'absent' | 'unusable',
): Promise<FoundImage> {
  if (typeof promised !== 'string') {
    const fit = await fits(handle, sizeBytes, promised);
    if (fit === 'cut') return cutImage(promised, sizeBytes);
    if (fit === 'whole') {
      const promisedBytes = promised.endOffset;
      const scan = await scanImage(handle, promised, sizeBytes, true);
      const { unfinishedBytes } = scan;
      return { index: promised, promisedBytes, unfinishedBytes, condition: damage(scan.damagedAt) };
    }
  }
  const index = new TapeIndex();
  const scan = await scanImage(handle, index, sizeBytes);
  const condition = damage(scan.damagedAt) ?? doubt(promised, index, scan.endMarked, sizeBytes);
  return { index, promisedBytes: undefined, unfinishedBytes: scan.unfinishedBytes, condition };
}

/**
 * Whether the image is what its index file says: `whole`, `cut` where it is as far as it goes, and `other` where it is not.
 * Looks at the last object of it alone: a record that is damaged further ahead is found when it is read.
 */
async function fits(handle: FileHandle, sizeBytes: number, index: TapeIndex): Promise<'whole' | 'cut' | 'other'> {
  const cut = index.endOffset > sizeBytes;
  const block = cut ? index.blocksBefore(sizeBytes) - 1 : index.endBlock - 1;
  const last = index.at(block);
  const next = index.at(block + 1);
  const reads = async (offset: number, word: number): Promise<boolean> => {
    const found = Buffer.alloc(4);
    const { bytesRead } = await handle.read(found, 0, 4, offset);
    return bytesRead < 4 || found.readUInt32LE() === word;
  };
  if (last && !(await reads((next?.offset ?? index.endOffset) - 4, last.word))) return 'other';
  if (next && !(await reads(next.offset, next.word))) return 'other';
  return cut ? 'cut' : 'whole';
}

const keep =
  'What is left can be read; nothing is written to it. Put the image back from a copy, or save what it holds.';

function cutImage(index: TapeIndex, sizeBytes: number): FoundImage {
  const lost = formatBytes(index.endOffset - sizeBytes);
  const reason = `Its image is ${lost} shorter than what was written to it. ${keep}`;
  const promisedBytes = index.endOffset;
  return { index, promisedBytes, unfinishedBytes: 0, condition: { reason, readOnly: true } };
}

function damage(damagedAt: readonly number[]): ImageCondition | undefined {
  const [first] = damagedAt;
  if (first === undefined) return undefined;
  const places =
    damagedAt.length === 1
      ? `at byte ${first}`
      : `in ${formatCount(damagedAt.length, 'place')}, first at byte ${first}`;
  return { reason: `Its image is damaged ${places}. ${keep}`, readOnly: true };
}

/** The image is whole as far as it goes; whether it once went further cannot be told from it. */
function doubt(
  promised: TapeIndex | 'absent' | 'unusable',
  index: TapeIndex,
  endMarked: boolean,
  sizeBytes: number,
): ImageCondition | undefined {
  if (typeof promised !== 'string' && promised.endOffset > index.endOffset) {
    const lost = formatBytes(promised.endOffset - index.endOffset);
    return { reason: `Its index file tells of ${lost} more than its image holds. ${keep}`, readOnly: true };
  }
  if (promised !== 'absent') {
    const reason = 'Its index file is damaged or of another image; what the image itself holds is believed.';
    return { reason, readOnly: false };
  }
  if (endMarked || sizeBytes === 0) return undefined;
  const reason =
    'Its image has no index file and no end mark: it may have been cut off, and what is missing cannot be told.';
  return { reason, readOnly: false };
}
