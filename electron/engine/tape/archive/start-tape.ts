import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../faults/clock.ts';
import { durableStep } from '../../faults/fault-points.ts';
import { addPreviousCatalogues } from './control-files.ts';
import type { HeadDocument, SetDocument, SetIdentity, TapeCatalogue, TapeIdentity, TapeState } from './documents.ts';
import { tapeRecordBytes, thisFormat } from './documents.ts';
import { DriveFeed } from './drive-feed.ts';
import type { TapeDrivePort } from './drive-port.ts';
import { encodeDocument } from './fields.ts';
import { readTapeLabel, writeLabelFile } from './label.ts';
import { RecordRing } from './record-ring.ts';
import { recordedBytes } from './scan.ts';
import { TapeFileWriter, type WrittenTapeFile } from './tape-file-writer.ts';
import { setMemberName } from './tape-names.ts';

/**
 * Makes the loaded tape a member of a media set: writes LABEL and SET, and the catalogues of the set's earlier tapes,
 * flushes and reads the label back. What stood on the tape is lost; the caller has made sure that it may be. Leaves the
 * drive where the first session goes.
 */
export async function startTape(
  drive: TapeDrivePort,
  of: { identity: TapeIdentity; set: SetIdentity; previousCatalogues: readonly TapeCatalogue[] },
  signal?: AbortSignal,
  clock: Clock = systemClock,
): Promise<TapeState> {
  const { identity, set, previousCatalogues } = of;
  const now = clock.now();
  const ring = new RecordRing(4, tapeRecordBytes);
  const feed = new DriveFeed(drive, ring, tapeRecordBytes, identity.barcode);
  let last: { written: WrittenTapeFile; uuid: string };
  try {
    const label = await writeLabelFile(drive, feed, identity, signal);
    const document: SetDocument = { ...thisFormat, kind: 'set', ...set, encryption: null };
    // Without sums: every tape's set.json has the same name, and all tapes are extracted into one directory.
    last = await writeNext('set', label, (file) => file.addDocument(setMemberName, encodeDocument(document), now));
    if (previousCatalogues.length > 0) {
      last = await writeNext('previous-catalogues', last.written, (file) =>
        addPreviousCatalogues(file, set.sequence, previousCatalogues, now),
      );
    }
    await durableStep('tape.start', identity.barcode, () => drive.flush());
  } finally {
    ring.release();
  }
  const { endBlock, tapeFile, firstBlock } = last.written;
  await assertReadsBack(drive, identity, set, signal);
  await drive.locate(endBlock, signal);
  return {
    identity,
    set,
    tapeFiles: tapeFile + 1,
    endBlock,
    bytes: recordedBytes(endBlock, tapeFile + 1),
    closed: false,
    lastFile: { uuid: last.uuid, block: firstBlock },
    catalogued: { lastSessionBlock: null, toBlock: endBlock },
  };

  async function writeNext(
    kind: HeadDocument['kind'],
    before: WrittenTapeFile,
    addMembers: (file: TapeFileWriter) => Promise<void>,
  ): Promise<{ written: WrittenTapeFile; uuid: string }> {
    signal?.throwIfAborted();
    const place = { tapeFile: before.tapeFile + 1, firstBlock: before.endBlock };
    const file = new TapeFileWriter({ drive, feed, recordBytes: tapeRecordBytes, ...place });
    const uuid = randomUUID();
    await file.addHead({
      ...thisFormat,
      kind,
      uuid,
      tapeUuid: identity.uuid,
      setUuid: set.uuid,
      sequence: set.sequence,
      ...place,
      sessionUuid: null,
      createdAt: now,
    });
    await addMembers(file);
    return { written: await file.end(), uuid };
  }
}

/** A drive that says "written" and then reads something else must be found out before data goes onto the tape. */
async function assertReadsBack(
  drive: TapeDrivePort,
  identity: TapeIdentity,
  set: SetIdentity,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await readTapeLabel(drive, signal);
  if (found.kind !== 'ours' || found.label.uuid !== identity.uuid || found.set?.uuid !== set.uuid) {
    const what =
      found.kind === 'foreign' ? found.description : `a ${found.kind === 'ours' ? 'different' : 'blank'} label`;
    throw new Error(`Tape ${identity.barcode} does not read back what was written on it: ${what}. Do not use it.`);
  }
}
