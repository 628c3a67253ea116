import { messageOf } from '../../../../shared/domain/message-of.ts';
import type { DecodedCatalogue } from './catalogue-lines.ts';
import { readCatalogueFile, readPointFile } from './control-files.ts';
import type { HeadDocument, PointDocument } from './documents.ts';
import { isEndOfData, isMediumError, type TapeDrivePort } from './drive-port.ts';
import { DocumentError } from './fields.ts';
import { readHead, TapeFileReader, TornTapeFileError } from './tape-file-reader.ts';
import { UstarError } from './ustar.ts';

/** One tape file as it was met. */
export interface WalkedFile {
  tapeFile: number;
  firstBlock: number;
  /** Behind its filemark. */
  endBlock: number;
  head: HeadDocument;
  point?: PointDocument;
  /** Of a SESSION or TAPEEND file. */
  catalogue?: DecodedCatalogue;
  /** Of a PREVCAT file. */
  previous?: DecodedCatalogue[];
}

export interface WalkEnd {
  /** What could not be read, in words. */
  problems: string[];
  /** True when the walk ended in a tape file without a filemark. */
  torn: boolean;
}

/** True for a tape file that makes what stands before it count. */
export function isCommit(file: WalkedFile): boolean {
  return file.point !== undefined || file.catalogue !== undefined;
}

/**
 * Goes from tape file to tape file, from the given one (the tape must stand before it) to the end of data, reading
 * HEADs and control files and passing over data. A control file that is not whole is passed over with a problem: for
 * the tape it does not exist. Stops where files belong to another tape or cannot be read any more.
 */
export async function* walkTape(
  drive: TapeDrivePort,
  from: { tapeUuid: string; tapeFile: number; block: number },
  buffer: Uint8Array,
  signal?: AbortSignal,
): AsyncGenerator<WalkedFile, WalkEnd> {
  const end: WalkEnd = { problems: [], torn: false };
  let { tapeFile, block } = from;
  for (; ; tapeFile += 1) {
    signal?.throwIfAborted();
    const reader = new TapeFileReader(drive, buffer, signal);
    let walked: WalkedFile | undefined;
    try {
      const head = await readHead(reader);
      if (head.tapeUuid !== from.tapeUuid || head.firstBlock !== block || head.tapeFile !== tapeFile) {
        end.problems.push(`Tape file ${tapeFile} does not belong here (it says it is file ${head.tapeFile}).`);
        return end;
      }
      walked = { tapeFile, firstBlock: block, endBlock: block, head, ...(await readContents(head, reader)) };
    } catch (error) {
      if (error instanceof TornTapeFileError && reader.end === 'end-of-data') {
        end.torn = reader.records > 0;
        return end;
      }
      if (!isDamage(error)) throw error;
      end.problems.push(`Tape file ${tapeFile}: ${messageOf(error)}`);
    }
    const next = await passFilemark(drive, reader, block, signal);
    if (next === undefined) {
      end.torn = true;
      return end;
    }
    block = next;
    if (walked) yield { ...walked, endBlock: block };
  }
}

async function readContents(
  head: HeadDocument,
  reader: TapeFileReader,
): Promise<Pick<WalkedFile, 'point' | 'catalogue' | 'previous'>> {
  switch (head.kind) {
    case 'point':
      return { point: await readPointFile(reader) };
    case 'session':
    case 'tape-end':
      return { catalogue: (await readCatalogueFile(reader))[0] };
    case 'previous-catalogues':
      return { previous: await readCatalogueFile(reader) };
    case 'set':
    case 'data':
      return {};
  }
}

/** Gets behind the present tape file's filemark; the block there, or undefined where the data ends before it. */
async function passFilemark(
  drive: TapeDrivePort,
  reader: TapeFileReader,
  firstBlock: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  if (reader.end === 'filemark') return firstBlock + reader.records + 1;
  if (reader.end === 'end-of-data') return undefined;
  try {
    await drive.spaceFilemarks(1, signal);
  } catch (error) {
    if (isEndOfData(error)) return undefined;
    throw error;
  }
  return (await drive.position(signal)).block;
}

/** Errors that concern one tape file, not the drive. */
export function isDamage(error: unknown): boolean {
  return (
    error instanceof DocumentError ||
    error instanceof UstarError ||
    error instanceof TornTapeFileError ||
    isMediumError(error)
  );
}
