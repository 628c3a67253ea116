import type { SliceLocation } from './documents.ts';
import type { Check } from './fields.ts';
import { DocumentError, identifier, integer, list, record, sha256Hex } from './fields.ts';
import { memberSpanBytes } from './ustar.ts';

/**
 * A run of slices of one backup file that follow each other in one tape file: what SLICES members and catalogues hold
 * instead of single locations, because it is five times smaller.
 */
export interface SliceExtent {
  tapeUuid: string;
  tapeFile: number;
  firstSlice: number;
  /** Offset of the first slice in the backup file. */
  offset: number;
  /** Length of every slice but the last. */
  sliceBytes: number;
  lastSliceBytes: number;
  firstBlock: number;
  headerOffset: number;
  sha256: string[];
}

/** Keeps a line short enough to parse in a few milliseconds. */
const maxSlicesPerExtent = 1024;

export const checkSliceExtent: Check<SliceExtent> = record<SliceExtent>({
  tapeUuid: identifier,
  tapeFile: integer(0, 10_000_000),
  firstSlice: integer(0, 999_999_999),
  offset: integer(),
  sliceBytes: integer(0, 2 ** 33),
  lastSliceBytes: integer(0, 2 ** 33),
  firstBlock: integer(0, 2 ** 40),
  headerOffset: integer(0, 16 * 1024 * 1024),
  sha256: list(sha256Hex, maxSlicesPerExtent),
});

/** Packs slices, in order, into extents. Locations without `headerOffset` become extents of their own. */
export function packSlices(slices: readonly SliceLocation[], recordBytes: number): SliceExtent[] {
  const extents: SliceExtent[] = [];
  let open: { extent: SliceExtent; next: SliceLocation } | undefined;
  for (const slice of slices) {
    if (slice.headerOffset === undefined) throw new DocumentError(`Slice ${slice.slice} has no header offset.`);
    if (open && follows(open.extent, open.next, slice)) {
      open.extent.sha256.push(slice.sha256);
      open.extent.lastSliceBytes = slice.lengthBytes;
    } else {
      const extent: SliceExtent = {
        tapeUuid: slice.tapeUuid,
        tapeFile: slice.tapeFile,
        firstSlice: slice.slice,
        offset: slice.offset,
        sliceBytes: slice.lengthBytes,
        lastSliceBytes: slice.lengthBytes,
        firstBlock: slice.firstBlock,
        headerOffset: slice.headerOffset,
        sha256: [slice.sha256],
      };
      extents.push(extent);
      open = { extent, next: slice };
    }
    open.next = successor(slice, recordBytes);
  }
  return extents;
}

/** The slices of an extent, with their addresses worked out. */
export function* unpackExtent(extent: SliceExtent, fileUuid: string, recordBytes: number): Generator<SliceLocation> {
  let at: SliceLocation = {
    fileUuid,
    slice: extent.firstSlice,
    offset: extent.offset,
    lengthBytes: extent.sliceBytes,
    sha256: '',
    tapeUuid: extent.tapeUuid,
    tapeFile: extent.tapeFile,
    firstBlock: extent.firstBlock,
    headerOffset: extent.headerOffset,
  };
  for (const [index, sha256] of extent.sha256.entries()) {
    const last = index === extent.sha256.length - 1;
    const slice = { ...at, sha256, lengthBytes: last ? extent.lastSliceBytes : extent.sliceBytes };
    yield slice;
    at = successor(slice, recordBytes);
  }
}

/** Where the next slice starts if it follows this one in the same tape file. */
function successor(slice: SliceLocation, recordBytes: number): SliceLocation {
  const behind = (slice.headerOffset ?? 0) + memberSpanBytes(slice.lengthBytes);
  return {
    ...slice,
    slice: slice.slice + 1,
    offset: slice.offset + slice.lengthBytes,
    firstBlock: slice.firstBlock + Math.floor(behind / recordBytes),
    headerOffset: behind % recordBytes,
  };
}

function follows(extent: SliceExtent, expected: SliceLocation, slice: SliceLocation): boolean {
  return (
    extent.sha256.length < maxSlicesPerExtent &&
    // The slice before this one becomes an inner one: it must have the extent's regular length.
    extent.lastSliceBytes === extent.sliceBytes &&
    slice.lengthBytes <= extent.sliceBytes &&
    slice.tapeUuid === expected.tapeUuid &&
    slice.tapeFile === expected.tapeFile &&
    slice.slice === expected.slice &&
    slice.offset === expected.offset &&
    slice.firstBlock === expected.firstBlock &&
    slice.headerOffset === expected.headerOffset
  );
}

/**
 * Checks that `slices` cover a file of `sizeBytes` in order, without gap or overlap. Throws {@link DocumentError}.
 */
export function assertSlicesCover(slices: readonly SliceLocation[], fileUuid: string, sizeBytes: number): void {
  let offset = 0;
  for (const [index, slice] of slices.entries()) {
    if (slice.fileUuid !== fileUuid || slice.slice !== index || slice.offset !== offset) {
      throw new DocumentError(`Slice ${index} of file ${fileUuid} is missing or out of place.`);
    }
    offset += slice.lengthBytes;
  }
  if (offset !== sizeBytes) {
    throw new DocumentError(`The slices of file ${fileUuid} hold ${offset} of its ${sizeBytes} bytes.`);
  }
}
