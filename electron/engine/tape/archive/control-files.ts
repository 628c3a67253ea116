/** The small tape files around the data: what goes into POINT, SESSION, TAPEEND and PREVCAT, and how it is read back. */
import { setImmediate } from 'node:timers/promises';
import {
  CatalogueDecoder,
  type CatalogueHeader,
  type DecodedCatalogue,
  encodeCatalogueLines,
  encodeExtentLines,
  LineSplitter,
} from './catalogue-lines.ts';
import type { CatalogueSession, PointDocument, TapeCatalogue } from './documents.ts';
import { checkPointMember, maxControlDocumentBytes, tapeRecordBytes, thisFormat } from './documents.ts';
import { DocumentError, decodeDocument, encodeDocument } from './fields.ts';
import { assertSlicesCover, checkSliceExtent, unpackExtent } from './slice-extents.ts';
import { type MemberTaker, readControlMembers, type TapeFileReader } from './tape-file-reader.ts';
import type { TapeFileWriter } from './tape-file-writer.ts';
import { tapeFileTag } from './tape-names.ts';

/** Adds the members of a POINT file behind its HEAD. */
export async function addPointMembers(
  file: TapeFileWriter,
  sequence: number,
  point: PointDocument,
  now: number,
): Promise<void> {
  const tag = tapeFileTag(sequence, file.tapeFile);
  const { slices, ...facts } = point;
  await file.addDocument(`POINT.${tag}.json`, encodeDocument({ ...thisFormat, ...facts }), now);
  await file.addDocument(`SLICES.${tag}.jsonl`, await bytesOf(encodeExtentLines(slices)), now);
  if (point.file.sha256 !== '') {
    // In the format of sha256sum(1), for the file that `cat` makes of the slices.
    await file.addDocument(`FILES.${tag}.sha256`, `${point.file.sha256}  ${point.file.pathOnTape}\n`, now);
  }
  await file.addSums(sequence, now);
}

/** Adds the member of a SESSION or TAPEEND file behind its HEAD. */
export async function addCatalogueMembers(
  file: TapeFileWriter,
  kind: 'SESSION' | 'TAPEEND',
  header: CatalogueHeader,
  sessions: readonly CatalogueSession[],
  now: number,
): Promise<void> {
  const name = `${kind}.${tapeFileTag(header.set.sequence, file.tapeFile)}.jsonl`;
  await file.addDocument(name, await bytesOf(encodeCatalogueLines(header, sessions)), now);
  await file.addSums(header.set.sequence, now);
}

/** Adds one member per earlier tape of the set behind the HEAD of a PREVCAT file. */
export async function addPreviousCatalogues(
  file: TapeFileWriter,
  sequence: number,
  catalogues: readonly TapeCatalogue[],
  now: number,
): Promise<void> {
  for (const { sessions, problems: _, ...catalogue } of catalogues) {
    const of = `of-t${String(catalogue.set.sequence).padStart(3, '0')}`;
    const header = { ...catalogue, complete: true, coversFromBlock: 0 };
    const name = `PREVCAT.${tapeFileTag(sequence, file.tapeFile)}.${of}.jsonl`;
    await file.addDocument(name, await bytesOf(encodeCatalogueLines(header, sessions)), now);
  }
  await file.addSums(sequence, now);
}

/** Reads the rest of a POINT file; throws when it is torn or does not add up. */
export async function readPointFile(reader: TapeFileReader): Promise<PointDocument> {
  const parts: Uint8Array[] = [];
  let partBytes = 0;
  const lines = new LineSplitter();
  const extents: Uint8Array[] = [];
  await readControlMembers(reader, (member) => {
    if (member.name.startsWith('POINT.')) {
      return (piece) => {
        partBytes += piece.length;
        if (partBytes > maxControlDocumentBytes) throw new DocumentError(`${member.name} is too long.`);
        parts.push(Buffer.from(piece));
      };
    }
    if (member.name.startsWith('SLICES.')) return (piece) => void extents.push(...lines.push(piece));
    return undefined;
  });
  const {
    format: _f,
    version: _v,
    ...facts
  } = decodeDocument(Buffer.concat(parts), checkPointMember, 'POINT', maxControlDocumentBytes);
  const point: PointDocument = { ...facts, slices: [] };
  for (const line of extents) {
    const extent = decodeDocument(line, checkSliceExtent, 'SLICES', maxControlDocumentBytes);
    for (const slice of unpackExtent(extent, point.fileUuid, tapeRecordBytes)) point.slices.push(slice);
  }
  if (!lines.atLineEnd) throw new DocumentError('SLICES: the last line has no end.');
  assertSlicesCover(point.slices, point.fileUuid, point.file.sizeBytes);
  return point;
}

/** Reads the rest of a SESSION, TAPEEND or PREVCAT file: one catalogue per member. */
export async function readCatalogueFile(reader: TapeFileReader): Promise<DecodedCatalogue[]> {
  const decoders: { decoder: CatalogueDecoder; lines: LineSplitter }[] = [];
  await readControlMembers(reader, (member): MemberTaker | undefined => {
    if (!/^(SESSION|TAPEEND|PREVCAT)\./.test(member.name)) return undefined;
    const decoder = new CatalogueDecoder();
    const lines = new LineSplitter();
    decoders.push({ decoder, lines });
    return (piece) => {
      for (const line of lines.push(piece)) decoder.line(line);
    };
  });
  return decoders.map(({ decoder, lines }) => {
    if (!lines.atLineEnd) throw new DocumentError('The catalogue is cut off.');
    return decoder.finish();
  });
}

/** Joins short lines into pieces of about a megabyte, letting other work through between them. */
async function bytesOf(lines: Iterable<string>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < 1024 * 1024) continue;
    pieces.push(Buffer.from(text, 'utf8'));
    text = '';
    await setImmediate();
  }
  if (text !== '') pieces.push(Buffer.from(text, 'utf8'));
  return pieces;
}
