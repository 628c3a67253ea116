import { senseKey } from '../sense.ts';
import type { DriveProfile } from './profiles.ts';
import type { SenseFields } from './replies.ts';
import type { TapeIndex } from './tape-index.ts';

/** Where a SPACE command ends, and what it then reports where that is not where it was sent. */
export interface SpacePlan {
  block: number;
  report?: SenseFields;
}

type Objects = Pick<TapeIndex, 'endBlock' | 'endFile' | 'filesBefore' | 'filemarkAfter' | 'filemarkBefore'>;

/** The parts of a drive's profile that SPACE depends on. */
type SpaceProfile = Pick<DriveProfile, 'spaceBlocks' | 'spaceBack' | 'spaceEnd'>;

/**
 * SPACE over blocks (0), filemarks (1) or to the end of data (3) (SSC-5, 6.12). Forwards a filemark is passed, backwards
 * it is not. Undefined for other codes.
 */
export function planSpace(
  objects: Objects,
  from: number,
  code: number,
  count: number,
  profile: SpaceProfile,
): SpacePlan | undefined {
  const { endBlock, endFile } = objects;
  const endOfData = (left: number): SpacePlan => ({
    block: endBlock,
    report:
      profile.spaceEnd === 'no-sense'
        ? { key: senseKey.noSense, asc: 0x00, ascq: 0x05 }
        : { key: senseKey.blankCheck, asc: 0x00, ascq: 0x05, information: left },
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
  if (code === 0x00 && profile.spaceBlocks === 'count-filemarks') {
    const to = from + count;
    return to >= endBlock && count > 0 ? endOfData(0) : { block: Math.max(0, to) };
  }
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
  if (mark === undefined) return beginning(-count - objects.filesBefore(from));
  return { block: profile.spaceBack === 'one-too-far' ? Math.max(0, mark - 1) : mark };
}
