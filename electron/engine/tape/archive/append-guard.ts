import type { TapeState } from './documents.ts';
import type { TapeLabel } from './label.ts';

/** What is on a tape, as far as appending depends on it. */
export interface FoundTape {
  label: TapeLabel;
  /** Logical block address of the end of data. */
  endOfDataBlock: number;
  /** Whether the object before the expected end is a filemark. */
  endIsFilemark: boolean;
  /** Identity of the tape file that stands where the last committed one should; undefined where none can be read. */
  lastFileUuid: string | undefined;
  /** Complete POINT, SESSION and TAPEEND files behind the expected end. */
  committedFilesBehind: number;
  /**
   * Whole DATA files behind the expected end, of sessions that the database has never heard of: a restore point on a
   * later tape may need them.
   */
  strangeDataBehind: number;
}

export type AppendVerdict =
  | { action: 'append' }
  /** The tape holds complete sessions or points the caller does not know: take them over, then ask again. */
  | { action: 'adopt'; reason: string }
  /** Nothing may be written; the tape is suspect. */
  | { action: 'refuse'; reason: string };

/** The first half of the guard, answerable from the label alone: undefined means that the tape is the expected one. */
export function refuseLabel(expected: TapeState, label: TapeLabel): string | undefined {
  const { identity, set } = expected;
  const wanted = `tape ${identity.barcode || identity.label} (${identity.uuid})`;
  if (label.kind === 'blank') return `Expected ${wanted}, found a blank tape.`;
  if (label.kind === 'foreign') return `Expected ${wanted}, found ${label.description}`;
  if (label.label.uuid !== identity.uuid) {
    return `Expected ${wanted}, found tape ${label.label.barcode || label.label.label} (${label.label.uuid}).`;
  }
  if (!label.set) return `${wanted} should belong to media set "${set.name}" and belongs to none.`;
  if (label.set.uuid !== set.uuid || label.set.sequence !== set.sequence) {
    return (
      `${wanted} should be number ${set.sequence} of media set ${set.uuid}, ` +
      `and says it is number ${label.set.sequence} of ${label.set.uuid}.`
    );
  }
  return label.set.encryption === null ? undefined : `${wanted} is encrypted in a way this version cannot write.`;
}

/** Compares what the database expects of a tape with what is on it. Pure; decides with a reason. */
export function judgeAppend(expected: TapeState, found: FoundTape): AppendVerdict {
  const wrongLabel = refuseLabel(expected, found.label);
  if (wrongLabel) return { action: 'refuse', reason: wrongLabel };
  const name = `Tape ${expected.identity.barcode || expected.identity.label}`;
  if (found.endOfDataBlock < expected.endBlock) {
    const short = `${name} ends at block ${found.endOfDataBlock}, but block ${expected.endBlock} was committed`;
    return { action: 'refuse', reason: `${short}: data is missing.` };
  }
  if (!found.endIsFilemark || found.lastFileUuid !== expected.lastFile.uuid) {
    const place = `${name} has other contents before block ${expected.endBlock} than were committed`;
    return { action: 'refuse', reason: `${place}: something else has written on it.` };
  }
  if (found.committedFilesBehind > 0) {
    const more = `${found.committedFilesBehind} committed tape files behind block ${expected.endBlock}`;
    return { action: 'adopt', reason: `${name} holds ${more} that are not known here.` };
  }
  if (found.strangeDataBehind > 0) {
    const what = `${name} holds data of a session that is not known here, which restore points on other tapes may need`;
    return { action: 'refuse', reason: `${what}: an older database was put back, or another installation wrote it.` };
  }
  if (expected.closed) return { action: 'refuse', reason: `${name} is closed and takes no more sessions.` };
  return { action: 'append' };
}
