import { judgeAppend, refuseLabel } from './append-guard.ts';
import type { TapeCatalogue, TapeState } from './documents.ts';
import { isEndOfData, type TapeDrivePort } from './drive-port.ts';
import { readTapeLabel, type TapeLabel } from './label.ts';
import { catalogueTape } from './scan.ts';
import { readHead, TapeFileReader } from './tape-file-reader.ts';
import { isCommit, isDamage, walkTape } from './tape-walk.ts';

export type AppendPosition =
  /** The drive stands where the next session goes. */
  | { ok: true }
  /** Nothing may be written; `found` is the label that was read. */
  | { ok: false; reason: string; found: TapeLabel }
  /** The tape holds more committed than expected: store the catalogue, then ask again with its state. */
  | { ok: 'adopt'; reason: string; catalogue: TapeCatalogue };

/**
 * Compares the loaded tape with what the database expects and, when they agree, positions behind the last committed
 * tape file. An unfinished tail behind it is nothing anybody was promised, and will be overwritten, unless it is of a session
 * that is not known here: then the promise may stand in another database. On WORM media, which cannot be overwritten, the
 * tape is refused.
 */
export async function positionForAppend(
  drive: TapeDrivePort,
  expected: TapeState,
  options: { signal?: AbortSignal; worm?: boolean; knowsSession?: (sessionUuid: string) => boolean } = {},
): Promise<AppendPosition> {
  const { signal } = options;
  const label = await readTapeLabel(drive, signal);
  const wrongLabel = refuseLabel(expected, label);
  if (wrongLabel) return { ok: false, reason: wrongLabel, found: label };
  await drive.spaceToEndOfData(signal);
  const endOfDataBlock = (await drive.position(signal)).block;
  const tail =
    endOfDataBlock < expected.endBlock
      ? missingTail
      : await readTail(drive, expected, endOfDataBlock, options.knowsSession ?? (() => true), signal);
  const verdict = judgeAppend(expected, { label, endOfDataBlock, ...tail });
  if (verdict.action === 'refuse') return { ok: false, reason: verdict.reason, found: label };
  if (verdict.action === 'adopt') {
    const catalogue = await catalogueTape(drive, { signal });
    return { ok: 'adopt', reason: verdict.reason, catalogue };
  }
  if (options.worm && endOfDataBlock > expected.endBlock) {
    const reason = `Tape ${expected.identity.barcode} ends in an unfinished tape file, and WORM media cannot be overwritten.`;
    return { ok: false, reason, found: label };
  }
  if (await drive.isWriteProtected()) {
    return { ok: false, reason: `Tape ${expected.identity.barcode} is write-protected.`, found: label };
  }
  await drive.locate(expected.endBlock, signal);
  return { ok: true };
}

interface Tail {
  endIsFilemark: boolean;
  lastFileUuid: string | undefined;
  committedFilesBehind: number;
  strangeDataBehind: number;
}

const missingTail: Tail = {
  endIsFilemark: false,
  lastFileUuid: undefined,
  committedFilesBehind: 0,
  strangeDataBehind: 0,
};

async function readTail(
  drive: TapeDrivePort,
  expected: TapeState,
  endOfDataBlock: number,
  knowsSession: (sessionUuid: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<Tail> {
  const buffer = new Uint8Array(1024 * 1024);
  let lastFileUuid: string | undefined;
  let endIsFilemark = false;
  try {
    await drive.locate(expected.lastFile.block, signal);
    lastFileUuid = (await readHead(new TapeFileReader(drive, buffer, signal))).uuid;
    await drive.locate(expected.endBlock - 1, signal);
    endIsFilemark = (await drive.readRecord(buffer, signal)).kind === 'filemark';
  } catch (error) {
    if (!isDamage(error) && !isEndOfData(error)) throw error;
  }
  let committedFilesBehind = 0;
  let strangeDataBehind = 0;
  if (endIsFilemark && endOfDataBlock > expected.endBlock) {
    const from = { tapeUuid: expected.identity.uuid, tapeFile: expected.tapeFiles, block: expected.endBlock };
    for await (const file of walkTape(drive, from, buffer, signal)) {
      if (isCommit(file)) {
        committedFilesBehind += 1;
        strangeDataBehind = 0;
      } else if (file.head.kind === 'data' && !knowsSession(file.head.sessionUuid ?? '')) strangeDataBehind += 1;
    }
  }
  return { endIsFilemark, lastFileUuid, committedFilesBehind, strangeDataBehind };
}
