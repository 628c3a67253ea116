import { defaultDataFileBytes, defaultSliceBytes } from './documents.ts';

const MiB = 1024 * 1024;

/**
 * Sizes of slices and DATA files for a tape of a native capacity (bytes; undefined where the drive does not tell). From
 * 4 GiB on they are the standard ones; smaller (virtual) tapes get smaller ones, because what is under way when the drive
 * gives its early warning must still fit, and a DATA file that fails is written again. One file keeps its slice size on
 * all its tapes.
 */
export function tapeGeometry(capacityBytes: number | undefined): { sliceBytes: number; dataFileBytes: number } {
  const capacity = capacityBytes ?? Number.POSITIVE_INFINITY;
  let sliceBytes = defaultSliceBytes;
  while (sliceBytes > MiB && sliceBytes > capacity / 64) sliceBytes /= 2;
  return { sliceBytes, dataFileBytes: Math.max(sliceBytes, Math.min(defaultDataFileBytes, Math.floor(capacity / 16))) };
}

/**
 * Memory between source and drive: two slices, because neighbouring ones are digested on different threads, and no
 * more, because what is in it when the early warning comes is still written.
 */
export function ringBytesFor(sliceBytes: number): number {
  return Math.min(128 * MiB, Math.max(4 * MiB, 2 * sliceBytes));
}

/** The piece that is read, digested and written at a time: every one passes between threads several times. */
export function chunkBytesFor(ringBytes: number): number {
  return ringBytes >= 64 * MiB ? 4 * MiB : MiB;
}
