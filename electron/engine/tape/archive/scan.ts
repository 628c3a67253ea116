import type { DecodedCatalogue } from './catalogue-lines.ts';
import type {
  CatalogueSession,
  HeadDocument,
  LabelDocument,
  SetDocument,
  SetIdentity,
  TapeCatalogue,
} from './documents.ts';
import { tapeRecordBytes } from './documents.ts';
import type { TapeDrivePort } from './drive-port.ts';
import { DocumentError } from './fields.ts';
import { readTapeLabel } from './label.ts';
import { readCatalogueFile } from './control-files.ts';
import { readHead, TapeFileReader } from './tape-file-reader.ts';
import { isCommit, isDamage, type WalkedFile, walkTape } from './tape-walk.ts';

export interface CatalogueOptions {
  signal?: AbortSignal;
  /** `scan` reads every tape file's start; `quick` (the default) does so only where the catalogue on tape does not suffice. */
  method?: 'quick' | 'scan';
  onProgress?(progress: { block: number; endOfDataBlock: number; tapeFiles: number }): void;
}

/**
 * Finds out what a tape holds, from the tape alone: from the SESSION or TAPEEND file at its end where that is whole,
 * otherwise from the start of every tape file. Throws when the tape is not a Reelvault tape or belongs to no media set.
 */
export async function catalogueTape(drive: TapeDrivePort, options: CatalogueOptions = {}): Promise<TapeCatalogue> {
  const found = await readTapeLabel(drive, options.signal);
  if (found.kind !== 'ours') {
    throw new DocumentError(
      `This is not a Reelvault tape: ${found.kind === 'blank' ? 'it is blank' : found.description}`,
    );
  }
  if (!found.set) throw new DocumentError(`Tape ${found.label.barcode} is labelled, but belongs to no media set.`);
  const tape = new TapeBeingCatalogued(drive, found.label, found.set, options);
  return tape.catalogue();
}

/** The catalogues of the earlier tapes of the set that a tape carries; empty where it is the first, or they are damaged. */
export async function readPreviousCatalogues(drive: TapeDrivePort, signal?: AbortSignal): Promise<TapeCatalogue[]> {
  const found = await readTapeLabel(drive, signal);
  if (found.kind !== 'ours' || !found.set) return [];
  const from = { tapeUuid: found.label.uuid, tapeFile: 2, block: (await drive.position(signal)).block };
  const walk = walkTape(drive, from, new Uint8Array(found.label.recordBytes), signal);
  const first = await walk.next();
  if (first.done || !first.value.previous) return [];
  return first.value.previous.map(({ complete: _c, coversFromBlock: _f, ...catalogue }) => ({
    ...catalogue,
    problems: [],
  }));
}

interface SessionFile {
  head: HeadDocument;
  catalogue: DecodedCatalogue;
  endBlock: number;
}

class TapeBeingCatalogued {
  readonly #drive: TapeDrivePort;
  readonly #label: LabelDocument;
  readonly #set: SetDocument;
  readonly #options: CatalogueOptions;
  readonly #buffer: Uint8Array;
  readonly #problems: string[] = [];

  constructor(drive: TapeDrivePort, label: LabelDocument, set: SetDocument, options: CatalogueOptions) {
    this.#drive = drive;
    this.#label = label;
    this.#set = set;
    this.#options = options;
    this.#buffer = new Uint8Array(label.recordBytes);
  }

  async catalogue(): Promise<TapeCatalogue> {
    const behindSet = (await this.#drive.position(this.#options.signal)).block;
    if (this.#options.method !== 'scan') {
      const quick = await this.#fromLastSession();
      if (quick) return quick;
    }
    return this.#fromAllFiles(behindSet);
  }

  /** What the SESSION or TAPEEND file at the end says; undefined where there is none, or something stands behind it. */
  async #fromLastSession(): Promise<TapeCatalogue | undefined> {
    const { signal } = this.#options;
    await this.#drive.spaceToEndOfData(signal);
    const endOfData = await this.#drive.position(signal);
    try {
      const last = await this.#readLastFile(endOfData);
      if (!last || last.endBlock !== endOfData.block) return undefined;
      const parts = await this.#followChain(last);
      if (!parts) return undefined;
      const { head, endBlock } = last;
      const catalogued = { lastSessionBlock: head.firstBlock, toBlock: endBlock };
      const sessions = parts.reverse().flatMap((part) => part.sessions);
      return this.#result(
        sessions,
        { head, endBlock, tapeFile: head.tapeFile, firstBlock: head.firstBlock },
        catalogued,
      );
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#problems.push(`The catalogue at the end of the tape cannot be used: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** The tape file before the end of data, when it is a SESSION or TAPEEND. */
  async #readLastFile(endOfData: { block: number; file?: number }): Promise<SessionFile | undefined> {
    const { signal } = this.#options;
    if (endOfData.block < 3) return undefined;
    // Mostly it is one record and its filemark: found without going back to the beginning of the tape.
    await this.#drive.locate(endOfData.block - 2, signal);
    const short = await this.#readSession(endOfData.block - 2).catch(ignoreDamage);
    if (short || endOfData.file === undefined || endOfData.file < 3) return short;
    await this.#drive.rewind(signal);
    await this.#drive.spaceFilemarks(endOfData.file - 1, signal);
    return this.#readSession((await this.#drive.position(signal)).block);
  }

  /** Newest first: the SESSION files that together describe the whole tape; undefined where they do not. */
  async #followChain(newest: SessionFile): Promise<DecodedCatalogue[] | undefined> {
    const parts = [newest.catalogue];
    for (let file = newest; !file.catalogue.complete; ) {
      const before = file.catalogue.catalogued.lastSessionBlock;
      if (before === null || before >= file.head.firstBlock) return undefined;
      await this.#drive.locate(before, this.#options.signal);
      const earlier = await this.#readSession(before);
      if (!earlier || earlier.endBlock !== file.catalogue.coversFromBlock) return undefined;
      parts.push(earlier.catalogue);
      file = earlier;
    }
    return parts;
  }

  async #readSession(block: number): Promise<SessionFile | undefined> {
    const reader = new TapeFileReader(this.#drive, this.#buffer, this.#options.signal);
    const head = await readHead(reader);
    if (head.tapeUuid !== this.#label.uuid || head.firstBlock !== block) return undefined;
    if (head.kind !== 'session' && head.kind !== 'tape-end') return undefined;
    const [catalogue] = await readCatalogueFile(reader);
    return catalogue && { head, catalogue, endBlock: head.firstBlock + reader.records + 1 };
  }

  async #fromAllFiles(behindSet: number): Promise<TapeCatalogue> {
    const { signal, onProgress } = this.#options;
    await this.#drive.spaceToEndOfData(signal);
    const endOfDataBlock = (await this.#drive.position(signal)).block;
    await this.#drive.rewind(signal);
    await this.#drive.spaceFilemarks(1, signal);
    const setBlock = (await this.#drive.position(signal)).block;
    const from = { tapeUuid: this.#label.uuid, tapeFile: 1, block: setBlock };
    const walk = walkTape(this.#drive, from, this.#buffer, signal);
    const sessions = new Map<string, CatalogueSession>();
    let last: WalkedFile | undefined;
    let catalogued: TapeCatalogue['catalogued'] = { lastSessionBlock: null, toBlock: behindSet };
    const dataBehind = new Set<string>();
    for (let step = await walk.next(); ; step = await walk.next()) {
      if (step.done) {
        this.#problems.push(...step.value.problems);
        if (step.value.torn) this.#problems.push('The last tape file was never finished; it counts for nothing.');
        break;
      }
      const file = step.value;
      collect(sessions, file);
      if (isCommit(file) || file.endBlock === behindSet || file.previous) {
        last = file;
        dataBehind.clear();
      } else if (file.head.kind === 'data') dataBehind.add(file.head.sessionUuid ?? '');
      if (file.previous) catalogued = { lastSessionBlock: null, toBlock: file.endBlock };
      const part = file.catalogue;
      if (part && (part.complete || part.coversFromBlock === catalogued.toBlock)) {
        catalogued = { lastSessionBlock: file.firstBlock, toBlock: file.endBlock };
      }
      onProgress?.({ block: file.endBlock, endOfDataBlock, tapeFiles: file.tapeFile + 1 });
    }
    if (!last) throw new DocumentError(`Tape ${this.#label.barcode}: nothing behind its label can be read.`);
    const found = this.#result([...sessions.values()], last, catalogued);
    return endOfDataBlock > last.endBlock ? { ...found, tail: { sessionUuids: [...dataBehind] } } : found;
  }

  #result(
    sessions: CatalogueSession[],
    last: Pick<WalkedFile, 'head' | 'tapeFile' | 'firstBlock' | 'endBlock'>,
    catalogued: TapeCatalogue['catalogued'],
  ): TapeCatalogue {
    const { uuid, barcode, label, createdAt } = this.#label;
    return {
      tape: { uuid, barcode, label, createdAt },
      set: setIdentity(this.#set),
      sessions,
      tapeFiles: last.tapeFile + 1,
      bytes: recordedBytes(last.endBlock, last.tapeFile + 1),
      endBlock: last.endBlock,
      closed: last.head.kind === 'tape-end',
      lastFile: { uuid: last.head.uuid, block: last.firstBlock },
      catalogued,
      problems: this.#problems,
    };
  }
}

function ignoreDamage(error: unknown): undefined {
  if (!isDamage(error)) throw error;
}

/** Everything before `endBlock` is a record or one of the filemarks. */
export function recordedBytes(endBlock: number, tapeFiles: number): number {
  return (endBlock - tapeFiles) * tapeRecordBytes;
}

export function setIdentity(set: SetDocument): SetIdentity {
  const { uuid, poolName, poolUuid, name, createdAt, sequence, previousTapeUuid } = set;
  return { uuid, poolName, poolUuid, name, createdAt, sequence, previousTapeUuid };
}

/** Adds what a tape file tells to the sessions: points as they come, a session's own facts from its SESSION file. */
function collect(sessions: Map<string, CatalogueSession>, file: WalkedFile): void {
  if (file.point) {
    const { point, head } = file;
    const session = sessions.get(point.sessionUuid);
    if (session) session.points.push(point);
    else {
      const unknown = { uuid: point.sessionUuid, jobName: point.job.name, startedAt: head.createdAt, endedAt: null };
      sessions.set(point.sessionUuid, { ...unknown, points: [point] });
    }
  }
  // A point that a SESSION file lists is on the tape even where its own POINT file can no longer be read.
  for (const told of file.catalogue?.sessions ?? []) {
    const known = sessions.get(told.uuid)?.points ?? [];
    const toldUuids = new Set(told.points.map((point) => point.uuid));
    sessions.set(told.uuid, { ...told, points: [...told.points, ...known.filter(({ uuid }) => !toldUuids.has(uuid))] });
  }
}
