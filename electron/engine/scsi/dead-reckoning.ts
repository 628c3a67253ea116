/**
 * Positioning on drives that know neither LOCATE nor READ POSITION (some emulated drives and iSCSI targets): by
 * spacing from the beginning and counting. Standard drives stop at every filemark and say how far they came; one known
 * target neither stops nor says, and answers "end of data" when it lands exactly there. Both are handled.
 */

/** How one SPACE command ended. */
export interface SpaceOutcome {
  stoppedBy?: 'filemark' | 'end-of-data' | 'beginning';
  /** Objects not spaced over, where the drive tells. */
  residual?: number;
}

export interface SpacingDrive {
  /** For messages. */
  describe(): string;
  rewind(signal?: AbortSignal): Promise<void>;
  space(what: 'blocks' | 'filemarks', count: number, signal?: AbortSignal): Promise<SpaceOutcome>;
  spaceToEnd(signal?: AbortSignal): Promise<void>;
  /** Right after a rewind: whether there is nothing to read. May move the tape. */
  isBlank(signal?: AbortSignal): Promise<boolean>;
}

/** SPACE(6) counts in 24 bits, signed. */
export const longestSpace = 0x7f_ffff;

/** Moves to a block; `false` when the data ends before it, the tape then stands at the end of data. */
export async function locateBySpacing(drive: SpacingDrive, block: number, signal?: AbortSignal): Promise<boolean> {
  await drive.rewind(signal);
  for (let done = 0; done < block; ) {
    const asked = Math.min(block - done, longestSpace);
    const outcome = await drive.space('blocks', asked, signal);
    const moved = spaced(drive, asked, outcome);
    if (moved === undefined) return endsExactlyAt(drive, block, signal);
    done += moved;
    if (outcome.stoppedBy === 'end-of-data') return done === block;
  }
  return true;
}

/** Objects passed, the filemark it stopped behind included; undefined at an end of data without a count. */
function spaced(drive: SpacingDrive, asked: number, outcome: SpaceOutcome): number | undefined {
  const { stoppedBy, residual } = outcome;
  if (!stoppedBy) return asked;
  if (stoppedBy === 'end-of-data' && residual === undefined) return undefined;
  const passed = asked - (residual ?? asked) + (stoppedBy === 'filemark' ? 1 : 0);
  if (stoppedBy === 'beginning' || residual === undefined || residual < 0 || passed > asked || passed < 0) {
    throw new Error(`${drive.describe()}: the drive does not say where it stopped, so it cannot be positioned.`);
  }
  return passed;
}

/** "End of data" without a count may mean "exactly there" or "long before": the block before tells them apart. */
async function endsExactlyAt(drive: SpacingDrive, block: number, signal?: AbortSignal): Promise<boolean> {
  const total = await countObjects(drive, block, signal);
  await drive.spaceToEnd(signal);
  return total === block;
}

/** Counts records and filemarks up to the end of data; leaves the tape there. */
export async function countToEndOfData(
  drive: SpacingDrive,
  signal?: AbortSignal,
): Promise<{ block: number; file: number }> {
  await drive.rewind(signal);
  let block = 0;
  let file = 0;
  for (;;) {
    const outcome = await drive.space('blocks', longestSpace, signal);
    const moved = spaced(drive, longestSpace, outcome);
    if (moved === undefined) break;
    block += moved;
    if (outcome.stoppedBy === 'filemark') file += 1;
    if (outcome.stoppedBy === 'end-of-data') return { block, file };
  }
  block = await countObjects(drive, undefined, signal);
  file = await largest((count) => reaches(drive, 'filemarks', count, signal));
  await drive.spaceToEnd(signal);
  return { block, file };
}

async function reaches(
  drive: SpacingDrive,
  what: 'blocks' | 'filemarks',
  count: number,
  signal?: AbortSignal,
): Promise<boolean> {
  await drive.rewind(signal);
  for (let left = count; left > 0; left -= longestSpace) {
    const outcome = await drive.space(what, Math.min(left, longestSpace), signal);
    if (outcome.stoppedBy) return false;
  }
  return true;
}

/** On a drive that answers "end of data" also when it lands exactly there. */
async function countObjects(drive: SpacingDrive, atMost: number | undefined, signal?: AbortSignal): Promise<number> {
  const before = await largest((count) => reaches(drive, 'blocks', count, signal), atMost);
  if (before > 0) return before + 1;
  await drive.rewind(signal);
  return (await drive.isBlank(signal)) ? 0 : 1;
}

/** The largest count for which `holds`, found by doubling and halving: some 2 log2(n) trials. */
async function largest(holds: (count: number) => Promise<boolean>, atMost = 2 ** 40): Promise<number> {
  let good = 0;
  let bad = 1;
  while (bad <= atMost && (await holds(bad))) {
    good = bad;
    bad *= 2;
  }
  bad = Math.min(bad, atMost + 1);
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
