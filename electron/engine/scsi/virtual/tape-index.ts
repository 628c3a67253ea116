/**
 * Where every record and filemark of a tape image lies, in runs: objects alike that follow each other are one entry, so
 * a million records of equal length cost as much as one. Kept in memory while a cartridge is loaded, and beside the
 * image as a file.
 */
import { damagedWord, gapMarker, isRecord, objectSpan } from './tape-image.ts';

interface Run {
  /** The marker word of the image: record length (error flag included), 0 for filemarks, the gap marker; or damage. */
  word: number;
  count: number;
  /** Bytes of one object in the image. */
  span: number;
  /** Offset of the first object in the image. */
  offset: number;
  /** Tape block of the first object, and filemarks before it. */
  firstBlock: number;
  firstFile: number;
}

/** One record or filemark. */
export interface IndexedObject {
  word: number;
  offset: number;
}

/** `[marker word, count]`, in tape order: what the index file holds. */
export type IndexEntry = readonly [word: number, count: number];

export class TapeIndex {
  #runs: Run[] = [];
  #endBlock = 0;
  #endFile = 0;
  #endOffset = 0;
  /** Run found last: tapes are read in order. */
  #recent = 0;

  /** Records and filemarks on the tape. */
  get endBlock(): number {
    return this.#endBlock;
  }
  get endFile(): number {
    return this.#endFile;
  }
  /** Bytes of the image that these objects take. */
  get endOffset(): number {
    return this.#endOffset;
  }

  append(word: number, count = 1): void {
    this.#append(word, count, objectSpan(word));
  }

  /** Bytes of the image that are no object: one block that cannot be read. */
  appendDamage(spanBytes: number): void {
    this.#append(damagedWord, 1, spanBytes);
  }

  #append(word: number, count: number, span: number): void {
    const last = this.#runs.at(-1);
    if (last?.word === word && last.span === span) last.count += count;
    else {
      const [offset, firstBlock, firstFile] = [this.#endOffset, this.#endBlock, this.#endFile];
      this.#runs.push({ word, count, span, offset, firstBlock, firstFile });
    }
    this.#endOffset += span * count;
    if (word !== gapMarker) this.#endBlock += count;
    if (word === 0) this.#endFile += count;
  }

  /** The object at a block; undefined at the end of data. */
  at(block: number): IndexedObject | undefined {
    const run = this.#runAt(block);
    if (!run) return undefined;
    return { word: run.word, offset: run.offset + (block - run.firstBlock) * run.span };
  }

  /** Filemarks before a block. */
  filesBefore(block: number): number {
    const run = this.#runAt(block);
    if (!run) return this.#endFile;
    return run.firstFile + (run.word === 0 ? block - run.firstBlock : 0);
  }

  /** Block of the nth (from 1) filemark at or after `block`; undefined where there are fewer. */
  filemarkAfter(block: number, nth: number): number | undefined {
    return this.#filemark(this.filesBefore(block) + nth - 1);
  }

  /** Block of the nth (from 1) filemark before `block`, counted backwards; undefined where there are fewer. */
  filemarkBefore(block: number, nth: number): number | undefined {
    return this.#filemark(this.filesBefore(block) - nth);
  }

  /** Block of the filemark that has `file` filemarks before it. */
  #filemark(file: number): number | undefined {
    if (file < 0 || file >= this.#endFile) return undefined;
    // The last run of filemarks that begins at or before it.
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#runs[middle] as Run).firstFile <= file) low = middle;
      else high = middle - 1;
    }
    while (low > 0 && (this.#runs[low] as Run).word !== 0) low -= 1;
    const run = this.#runs[low] as Run;
    return run.firstBlock + (file - run.firstFile);
  }

  /** Forgets everything from a block on. */
  truncate(block: number): void {
    if (block >= this.#endBlock) return;
    this.#endFile = this.filesBefore(block);
    while (this.#runs.length > 0 && (this.#runs.at(-1) as Run).firstBlock >= block) this.#runs.pop();
    const last = this.#runs.at(-1);
    if (last && last.word !== gapMarker) last.count = Math.min(last.count, block - last.firstBlock);
    this.#endBlock = block;
    this.#endOffset = last ? last.offset + last.count * last.span : 0;
    this.#recent = 0;
  }

  /** Number of objects that lie wholly before an offset of the image. */
  blocksBefore(offset: number): number {
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      const run = this.#runs[i] as Run;
      if (run.offset >= offset || run.word === gapMarker) continue;
      const whole = Math.floor((offset - run.offset) / run.span);
      return run.firstBlock + Math.min(run.count, whole);
    }
    return 0;
  }

  /** How many of the last objects are filemarks. */
  get trailingFilemarks(): number {
    const last = this.#runs.at(-1);
    return last?.word === 0 ? last.count : 0;
  }

  entries(): IndexEntry[] {
    return this.#runs.map((run) => [run.word, run.count]);
  }

  #runAt(block: number): Run | undefined {
    if (block < 0 || block >= this.#endBlock) return undefined;
    for (let i = this.#recent; i <= this.#recent + 1; i++) {
      const run = this.#runs[i];
      if (run && holds(run, block)) {
        this.#recent = i;
        return run;
      }
    }
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#runs[middle] as Run).firstBlock <= block) low = middle;
      else high = middle - 1;
    }
    // A gap has the block number of what follows it.
    while (low > 0 && !holds(this.#runs[low] as Run, block)) low -= 1;
    this.#recent = low;
    return this.#runs[low];
  }
}

function holds(run: Run, block: number): boolean {
  return run.word !== gapMarker && block >= run.firstBlock && block < run.firstBlock + run.count;
}

/** Builds an index from entries of an index file; undefined where they cannot be one. */
export function indexFromEntries(entries: unknown): TapeIndex | undefined {
  if (!Array.isArray(entries)) return undefined;
  const index = new TapeIndex();
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 2) return undefined;
    const [word, count] = entry as unknown[];
    const fits = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
    if (!fits(word) || !fits(count) || count === 0) return undefined;
    if (!(word === 0 || word === gapMarker || isRecord(word))) return undefined;
    index.append(word, count);
  }
  return Number.isSafeInteger(index.endOffset) ? index : undefined;
}
