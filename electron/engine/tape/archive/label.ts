import { RecordTooLong } from '../../scsi/ssc.ts';
import type { LabelDocument, SetDocument, TapeIdentity } from './documents.ts';
import { checkLabel, checkSet, tapeRecordBytes, thisFormat } from './documents.ts';
import { DriveFeed } from './drive-feed.ts';
import type { TapeDrivePort } from './drive-port.ts';
import { DocumentError, decodeDocument, encodeDocument } from './fields.ts';
import { describeForeignRecord } from './foreign-media.ts';
import { tapeReadme } from './readme.ts';
import { readBufferBytes, readHead, readWhole, TapeFileReader, TornTapeFileError } from './tape-file-reader.ts';
import { TapeFileWriter, type WrittenTapeFile } from './tape-file-writer.ts';
import { labelMemberName, readmeMemberName, setMemberName } from './tape-names.ts';
import { parseForeignTarHeader, UstarError } from './ustar.ts';

const maxLabelBytes = 1024 * 1024;

export type TapeLabel =
  | { kind: 'ours'; label: LabelDocument; set?: SetDocument }
  /** Something is on the tape and it is not ours, or not of a version this program knows: never to be overwritten unasked. */
  | { kind: 'foreign'; description: string }
  | { kind: 'blank' };

/**
 * Rewinds and reads what a tape says it is. Only a tape that the drive reports as blank, or one with a filemark and nothing
 * else, is blank; unreadable media throw the drive's error.
 */
export async function readTapeLabel(drive: TapeDrivePort, signal?: AbortSignal): Promise<TapeLabel> {
  await drive.rewind(signal);
  const buffer = new Uint8Array(readBufferBytes);
  const first = await drive.readRecord(buffer, signal).catch((error: unknown) => {
    if (error instanceof RecordTooLong) return error;
    throw error;
  });
  if (first instanceof RecordTooLong) {
    return { kind: 'foreign', description: `Data in records of ${first.recordLengthBytes} bytes.` };
  }
  if (first.kind === 'blank' || first.kind === 'end-of-data') return { kind: 'blank' };
  if (first.kind === 'filemark') {
    // One filemark and nothing behind it is how tapes are emptied on drives that cannot erase.
    const second = await drive.readRecord(buffer, signal).catch((error: unknown) => {
      if (error instanceof RecordTooLong) return error;
      throw error;
    });
    if (!(second instanceof RecordTooLong) && second.kind === 'end-of-data') return { kind: 'blank' };
    return { kind: 'foreign', description: 'The tape starts with a filemark.' };
  }
  const member = parseForeignTarHeader(buffer.subarray(0, first.length));
  if (member?.name !== labelMemberName) {
    return { kind: 'foreign', description: describeForeignRecord(buffer.subarray(0, first.length)) };
  }
  await drive.rewind(signal);
  const reader = new TapeFileReader(drive, buffer, signal);
  try {
    const header = await reader.nextMember();
    if (!header) throw new DocumentError('The label is empty.');
    const label = decodeDocument(
      await readWhole(reader, header, maxLabelBytes),
      checkLabel,
      labelMemberName,
      maxLabelBytes,
    );
    if ((await reader.finish()) !== 'filemark') return { kind: 'ours', label };
    const set = await readSet(drive, label, buffer, signal);
    return set ? { kind: 'ours', label, set } : { kind: 'ours', label };
  } catch (error) {
    if (error instanceof DocumentError || error instanceof UstarError || error instanceof TornTapeFileError) {
      return { kind: 'foreign', description: `A Reelvault label that this version cannot use: ${error.message}` };
    }
    throw error;
  }
}

/** Tape file 1, when there is one; a torn one means that labelling for a set was interrupted. */
async function readSet(
  drive: TapeDrivePort,
  label: LabelDocument,
  buffer: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<SetDocument | undefined> {
  const reader = new TapeFileReader(drive, buffer, signal);
  try {
    const head = await readHead(reader);
    if (head.kind !== 'set' || head.tapeUuid !== label.uuid)
      throw new DocumentError('Tape file 1 is not the SET of this tape.');
    const member = await reader.nextMember();
    if (member?.name !== setMemberName) throw new DocumentError(`${setMemberName} is missing.`);
    const set = decodeDocument(await readWhole(reader, member, maxLabelBytes), checkSet, setMemberName, maxLabelBytes);
    return (await reader.finish()) === 'filemark' ? set : undefined;
  } catch (error) {
    if (error instanceof TornTapeFileError) return undefined;
    throw error;
  }
}

/** Rewinds and writes tape file 0; the caller flushes. */
export async function writeLabelFile(
  drive: TapeDrivePort,
  feed: DriveFeed,
  identity: TapeIdentity,
  signal?: AbortSignal,
): Promise<WrittenTapeFile> {
  if (await drive.isWriteProtected()) throw new Error(`Tape ${identity.barcode} is write-protected.`);
  await drive.rewind(signal);
  const file = new TapeFileWriter({ drive, feed, recordBytes: tapeRecordBytes, tapeFile: 0, firstBlock: 0 });
  const label: LabelDocument = {
    ...thisFormat,
    kind: 'label',
    ...identity,
    recordBytes: tapeRecordBytes,
    product: 'Reelvault',
  };
  await file.addDocument(labelMemberName, encodeDocument(label), identity.createdAt);
  await file.addDocument(readmeMemberName, tapeReadme(identity), identity.createdAt);
  return file.end();
}
