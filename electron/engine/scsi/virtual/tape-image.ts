/**
 * SIMH tape image format (Supnik, "SIMH Magtape Representation and Handling"): a record is its length as 32 bits
 * little-endian, its data padded to an even length, and its length again; a filemark is a word of zeros. A record
 * length with the highest bit set marks a record whose data is in error.
 */
/** End of medium: nothing after it belongs to the tape. The end of the file means the same. */
export const endMarker = 0xffff_ffff;
/** Erased tape: skipped, no object. */
export const gapMarker = 0xffff_fffe;
export const errorFlag = 0x8000_0000;
/**
 * Never in an image: what an index says of bytes that are no object any more, and read as one that cannot be read. It is
 * the error flag over a record of no length.
 */
export const damagedWord = 0x8000_0000;
/** 24 bits, as in READ(6) and WRITE(6). */
const longestRecordBytes = 0x00ff_ffff;

/** Bytes of data in the record that this word announces. */
export function recordLength(word: number): number {
  return word & longestRecordBytes;
}

export function isRecord(word: number): boolean {
  return recordLength(word) > 0 && (word === recordLength(word) || word === recordLength(word) + errorFlag);
}

/** Bytes that an object takes in the image. */
export function objectSpan(word: number): number {
  if (word === 0 || word === gapMarker) return 4;
  const length = recordLength(word);
  return 8 + length + (length & 1);
}
