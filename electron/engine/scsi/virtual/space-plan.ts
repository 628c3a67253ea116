import { senseKey } from '../sense.ts';
import type { SenseFields } from './replies.ts';
import type { TapeIndex } from './tape-index.ts';

/** Where a SPACE command ends, and what it then reports where that is not where it was sent. */
export interface SpacePlan {
  block: number;
  report?: SenseFields;
}

type Objects = Pick<TapeIndex, 'endBlock' | 'endFile' | 'filesBefore' | 'filemarkAfter' | 'filemarkBefore'>;

/**
 * SPACE over blocks (0), filemarks (1) or to the end of data (3) (SSC-5, 6.12). Forwards a filemark is passed, backwards
 * it is not. Undefined for other codes.
 */
export function planSpace(objects: Objects, from: number, code: number, count: number): SpacePlan | undefined {
  const { endBlock, endFile } = objects;
  const endOfData = (left: number): SpacePlan => ({
    block: endBlock,
    report: { key: senseKey.blankCheck, asc: 0x00, ascq: 0x05, information: left },
  });
  const beginning = (left: number): SpacePlan => ({
    block: 0,
    report: { key: senseKey.noSense, asc: 0x00, ascq: 0x04, endOfMedium: true, information: left },
  });
  const filemark = (block: number, left: number): SpacePlan => ({
    block,
    report: { key: senseKey.noSense, asc: 0x00, ascq: 0x01, filemark: true, information: left },
  });

  if (code === 0x03) return { block: endBlock };
  if (code !== 0x00 && code !== 0x01) return undefined;
  if (count === 0) return { block: from };
  if (code === 0x00 && count > 0) {
    const mark = objects.filemarkAfter(from, 1);
    if (mark !== undefined && mark < from + count) return filemark(mark + 1, count - (mark - from));
    return from + count > endBlock ? endOfData(count - (endBlock - from)) : { block: from + count };
  }
  if (code === 0x00) {
    const mark = objects.filemarkBefore(from, 1);
    if (mark !== undefined && mark >= from + count) return filemark(mark, -count - (from - mark - 1));
    return from + count < 0 ? beginning(-count - from) : { block: from + count };
  }
  if (count > 0) {
    const mark = objects.filemarkAfter(from, count);
    return mark === undefined ? endOfData(count - (endFile - objects.filesBefore(from))) : { block: mark + 1 };
  }
  const mark = objects.filemarkBefore(from, -count);
  return mark === undefined ? beginning(-count - objects.filesBefore(from)) : { block: mark };
}
