/**
 * Catalogues as JSON lines, one short line per fact, so that neither writing nor reading a large one blocks the event
 * loop: `catalogue` (the tape), then per session `session`, per restore point `point`, per run of slices `extent`, and
 * `end` with the number of lines. SESSION, TAPEEND and PREVCAT members hold this.
 */
import type { CatalogueSession, PointDocument, PointFacts, TapeCatalogue } from './documents.ts';
import {
  checkPointFacts,
  checkSetIdentity,
  checkTapeIdentity,
  tapeFormat,
  tapeFormatVersion,
  tapeRecordBytes,
  thisFormat,
} from './documents.ts';
import type { Check } from './fields.ts';
import {
  boolean,
  DocumentError,
  decodeDocument,
  encodeDocument,
  exactly,
  identifier,
  integer,
  nullable,
  record,
  text,
  time,
} from './fields.ts';
import { assertSlicesCover, checkSliceExtent, packSlices, unpackExtent } from './slice-extents.ts';

/**
 * First line. In a SESSION or TAPEEND member, counts and addresses are those before the tape file that holds it, which
 * cannot know its own length; in a PREVCAT member they are final.
 */
export interface CatalogueHeader extends TapeCatalogueFacts {
  /** True when all sessions of the tape follow, false when only those from `coversFromBlock` on do. */
  complete: boolean;
  coversFromBlock: number;
}

type TapeCatalogueFacts = Omit<TapeCatalogue, 'sessions' | 'problems' | 'tail'>;

export interface DecodedCatalogue extends CatalogueHeader {
  sessions: CatalogueSession[];
}

const maxLineBytes = 64 * 1024 * 1024;
const maxPoints = 2_000_000;

const block = integer(0, 2 ** 40);
const checkHeader: Check<CatalogueHeader> = record<CatalogueHeader>({
  tape: checkTapeIdentity,
  set: checkSetIdentity,
  tapeFiles: integer(0, 10_000_000),
  endBlock: block,
  bytes: integer(),
  closed: boolean,
  lastFile: record<CatalogueHeader['lastFile']>({ uuid: identifier, block }),
  catalogued: record<CatalogueHeader['catalogued']>({ lastSessionBlock: nullable(block), toBlock: block }),
  complete: boolean,
  coversFromBlock: block,
});
const checkVersion = record<{ format: string; version: number }>({
  format: exactly<string>(tapeFormat),
  version: exactly<number>(tapeFormatVersion),
});
const checkSession = record<Omit<CatalogueSession, 'points'>>({
  uuid: identifier,
  jobName: text(1000),
  startedAt: time,
  endedAt: nullable(time),
});
const checkPointLine = record<{ point: PointFacts }>({ point: checkPointFacts });
const checkEndLine = record<{ lines: number }>({ lines: integer(1) });

/** The lines of one restore point: itself, then its extents. */
export function* encodePointLines(point: PointDocument): Generator<string> {
  const { slices, ...facts } = point;
  yield encodeDocument({ line: 'point', point: facts }, 0);
  yield* encodeExtentLines(slices);
}

export function* encodeExtentLines(slices: PointDocument['slices']): Generator<string> {
  for (const extent of packSlices(slices, tapeRecordBytes)) yield encodeDocument({ line: 'extent', ...extent }, 0);
}

/** The lines of a catalogue, each ending in a newline. */
export function* encodeCatalogueLines(
  header: CatalogueHeader,
  sessions: readonly CatalogueSession[],
): Generator<string> {
  let lines = 1;
  yield encodeDocument({ line: 'catalogue', ...thisFormat, ...header }, 0);
  for (const { points, ...session } of sessions) {
    lines += 1;
    yield encodeDocument({ line: 'session', ...session }, 0);
    for (const point of points) {
      for (const line of encodePointLines(point)) {
        lines += 1;
        yield line;
      }
    }
  }
  yield encodeDocument({ line: 'end', lines }, 0);
}

/** Splits chunks of bytes into lines of at most {@link maxLineBytes}. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;

  /** Lines that end in `chunk`, without their newline; the bytes are copied. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let from = 0;
    for (;;) {
      const newline = chunk.indexOf(0x0a, from);
      const piece = Buffer.from(chunk.subarray(from, newline < 0 ? chunk.length : newline));
      this.#restBytes += piece.length;
      if (this.#restBytes > maxLineBytes) throw new DocumentError(`A line is longer than ${maxLineBytes} bytes.`);
      this.#rest.push(piece);
      if (newline < 0) return;
      yield Buffer.concat(this.#rest);
      this.#rest = [];
      this.#restBytes = 0;
      from = newline + 1;
    }
  }

  /** True when nothing stands behind the last newline. */
  get atLineEnd(): boolean {
    return this.#restBytes === 0;
  }
}

/** Takes a catalogue line by line; {@link finish} gives the whole or throws {@link DocumentError}. */
export class CatalogueDecoder {
  #header: CatalogueHeader | undefined;
  #sessions: CatalogueSession[] = [];
  #open: PointDocument | undefined;
  #lines = 0;
  #points = 0;
  #ended = false;

  line(bytes: Uint8Array): void {
    this.#lines += 1;
    const what = `catalogue line ${this.#lines}`;
    if (this.#ended) throw new DocumentError(`${what}: stands behind the end.`);
    const line = decodeDocument(bytes, (value) => value, what, maxLineBytes);
    const kind = (line as { line?: unknown } | null)?.line;
    if ((this.#lines === 1) !== (kind === 'catalogue')) throw new DocumentError(`${what}: not expected here.`);
    if (kind === 'catalogue') {
      checkVersion(line, what);
      this.#header = checkHeader(line, what);
    } else if (kind === 'session') {
      this.#closePoint();
      this.#sessions.push({ ...checkSession(line, what), points: [] });
    } else if (kind === 'point') {
      this.#closePoint();
      this.#startPoint(checkPointLine(line, what).point, what);
    } else if (kind === 'extent') {
      if (!this.#open) throw new DocumentError(`${what}: an extent without its restore point.`);
      const extent = checkSliceExtent(line, what);
      for (const slice of unpackExtent(extent, this.#open.fileUuid, tapeRecordBytes)) this.#open.slices.push(slice);
    } else if (kind === 'end') {
      this.#closePoint();
      if (checkEndLine(line, what).lines !== this.#lines - 1) throw new DocumentError(`${what}: lines are missing.`);
      this.#ended = true;
    } else {
      throw new DocumentError(`${what}: a kind of line this version does not know.`);
    }
  }

  finish(): DecodedCatalogue {
    if (!this.#ended || !this.#header) throw new DocumentError('The catalogue has no end.');
    return { ...this.#header, sessions: this.#sessions };
  }

  #startPoint(facts: PointFacts, what: string): void {
    const session = this.#sessions.at(-1);
    if (!session) throw new DocumentError(`${what}: a restore point without its session.`);
    this.#points += 1;
    if (this.#points > maxPoints) throw new DocumentError(`${what}: more than ${maxPoints} restore points.`);
    this.#open = { ...facts, slices: [] };
    session.points.push(this.#open);
  }

  #closePoint(): void {
    if (this.#open) assertSlicesCover(this.#open.slices, this.#open.fileUuid, this.#open.file.sizeBytes);
    this.#open = undefined;
  }
}
