/** Where a tape image goes on behind damage: records say their length before and after their data. */
import { endMarker, gapMarker, isRecord, objectSpan } from './tape-image.ts';
import type { WordReader } from './word-reader.ts';

/** A place where whole objects begin again. */
export interface Sync {
  offset: number;
  /** The word of the record there; absent where none is known to be there. */
  word?: number | undefined;
}

/** As long as the longest record, so that one damaged record is passed within two stretches. */
const stretchBytes = 16 * 2 ** 20;
/** Filemarks in a row; more zeros than that are no filemarks. */
const mostFilemarks = 8;

/**
 * Finds where whole objects begin again behind the offset of something that is not whole; undefined where nothing whole
 * stands behind it. `closedOnly`: only records that an end mark follows at the very end count, as closing a cartridge leaves
 * them.
 */
export async function resynchronise(
  words: WordReader,
  at: number,
  { closedOnly }: { closedOnly: boolean },
): Promise<Sync | undefined> {
  const endMarkAt = words.sizeBytes - 4;
  const marked = endMarkAt > at && (await words.at(endMarkAt)) === endMarker;
  if (closedOnly && !marked) return undefined;
  const end = marked ? endMarkAt : words.sizeBytes;
  const fromEnd = await backwards(words, at, { offset: end }, marked);
  if (fromEnd?.reachesDamage) return fromEnd.sync;
  if (!fromEnd && closedOnly) return undefined;
  // More is damaged than this: the next whole record is looked for.
  return (await forwards(words, at)) ?? fromEnd?.sync ?? (marked ? { offset: end } : undefined);
}

/**
 * Goes back from a place where an object ends by the lengths behind records, to the damage itself where nothing else is wrong in
 * between. `marked`: what ends there is known to have been written to its end. Undefined where no record ends there.
 */
async function backwards(
  words: WordReader,
  at: number,
  from: Sync,
  marked: boolean,
): Promise<{ sync: Sync; reachesDamage: boolean } | undefined> {
  /** The first record behind the damage that is known to be whole. */
  let firm = from;
  let isSure = marked;
  let sawRecord = false;
  let zeros = 0;
  let end = from.offset;
  const here = (): Sync => ({ offset: end, word: zeros === 0 ? firm.word : undefined });
  while (end > at + 4) {
    const word = await words.at(end - 4);
    if (word === 0 && zeros < mostFilemarks) {
      zeros += 1;
      end -= 4;
      continue;
    }
    const start = word !== undefined && isRecord(word) ? end - objectSpan(word) : -1;
    // The length behind the damaged record itself.
    if (start === at) return { sync: here(), reachesDamage: true };
    if (start < at || (await words.at(start)) !== word) break;
    end = start;
    firm = { offset: end, word };
    isSure = true;
    sawRecord = true;
    zeros = 0;
  }
  // Whole objects up to four bytes that are none.
  if (end === at + 4 && isSure) return { sync: here(), reachesDamage: true };
  return sawRecord ? { sync: firm, reachesDamage: false } : undefined;
}

async function forwards(words: WordReader, at: number): Promise<Sync | undefined> {
  const own = await words.at(at);
  // Its own length may be right, and the one behind it wrong.
  if (own !== undefined && isRecord(own)) {
    const behind = at + objectSpan(own);
    if (await goesOn(words, behind)) return { offset: behind };
  }
  for (let from = at + 4; from < words.sizeBytes; from += stretchBytes) {
    const stretch = await words.stretch(from, 2 * stretchBytes + 8);
    // Every object has an even length.
    for (let offset = 0; offset < stretchBytes && offset + 12 <= stretch.length; offset += 2) {
      const word = stretch.readUInt32LE(offset);
      if (!isRecord(word)) continue;
      const trailer = offset + objectSpan(word) - 4;
      if (trailer + 4 > stretch.length || stretch.readUInt32LE(trailer) !== word) continue;
      if (!(await goesOn(words, from + trailer + 4))) continue;
      const found = { offset: from + offset, word };
      return (await backwards(words, at, found, true))?.sync ?? found;
    }
  }
  return undefined;
}

/** Whether the tape ends at an offset, or a whole object is there: behind filemarks, a record. */
async function goesOn(words: WordReader, offset: number): Promise<boolean> {
  let at = offset;
  for (let count = 0; count <= mostFilemarks; count += 1, at += 4) {
    if (at === words.sizeBytes) return true;
    const word = await words.at(at);
    if (word === undefined) return false;
    if (word === endMarker) return true;
    if (word !== 0 && word !== gapMarker) return isRecord(word) && (await words.at(at + objectSpan(word) - 4)) === word;
  }
  return false;
}
