import { createHash } from 'node:crypto';
import type { HeadDocument } from './documents.ts';
import { checkHead } from './documents.ts';
import type { TapeDrivePort } from './drive-port.ts';
import { DocumentError, decodeDocument } from './fields.ts';
import type { UstarHeader } from './ustar.ts';
import { isZeroBlock, paddedBytes, parseUstarHeader, UstarError, ustarBlockBytes } from './ustar.ts';

/** Larger than any record this project writes, so that a foreign record size reads as data and not as an error. */
export const readBufferBytes = 1024 * 1024;

/** A tape file that ends before its archive does: it was never finished. */
export class TornTapeFileError extends Error {
  override readonly name = 'TornTapeFileError';
}

/** Reads one tape file, from the drive's position on, as a strict ustar archive; one record in memory at a time. */
export class TapeFileReader {
  readonly #drive: TapeDrivePort;
  readonly #buffer: Uint8Array;
  readonly #signal: AbortSignal | undefined;
  #length = 0;
  #at = 0;
  #memberLeft = 0;
  #paddingLeft = 0;
  /** What ended the tape file, once that was met. */
  end: 'filemark' | 'end-of-data' | undefined;
  /** Records read so far. */
  records = 0;
  /** Bytes of those records. */
  bytes = 0;

  constructor(drive: TapeDrivePort, buffer: Uint8Array, signal?: AbortSignal) {
    this.#drive = drive;
    this.#buffer = buffer;
    this.#signal = signal;
  }

  /** The next member's header, skipping what is left of the one before; undefined at the end of the archive. */
  async nextMember(): Promise<UstarHeader | undefined> {
    for await (const _ of this.content()) void _;
    if (!(await this.#fill())) throw new TornTapeFileError('The tape file ends without an end of archive.');
    if (isZeroBlock(this.#buffer, this.#at)) return undefined;
    const header = parseUstarHeader(this.#buffer, this.#at);
    this.#at += ustarBlockBytes;
    this.#memberLeft = header.sizeBytes;
    this.#paddingLeft = paddedBytes(header.sizeBytes) - header.sizeBytes;
    return header;
  }

  /** The present member's content in pieces, each valid only until the next is asked for. */
  async *content(): AsyncGenerator<Uint8Array> {
    while (this.#memberLeft + this.#paddingLeft > 0) {
      if (!(await this.#fill())) throw new TornTapeFileError('The tape file ends inside a member.');
      const available = this.#length - this.#at;
      const length = Math.min(available, this.#memberLeft);
      const from = this.#at;
      const padding = Math.min(available - length, this.#paddingLeft);
      this.#at += length + padding;
      this.#memberLeft -= length;
      this.#paddingLeft -= padding;
      if (length > 0) yield this.#buffer.subarray(from, from + length);
    }
  }

  /** Reads on to the end of the tape file and says what ended it. */
  async finish(): Promise<'filemark' | 'end-of-data'> {
    while (this.end === undefined) {
      this.#at = this.#length;
      await this.#fill();
    }
    return this.end;
  }

  /** Makes sure that at least one 512-byte block is in the buffer; false at the end of the tape file. */
  async #fill(): Promise<boolean> {
    if (this.#at < this.#length) return true;
    if (this.end) return false;
    this.#signal?.throwIfAborted();
    const outcome = await this.#drive.readRecord(this.#buffer, this.#signal);
    this.#at = 0;
    this.#length = 0;
    if (outcome.kind !== 'record') {
      this.end = outcome.kind === 'filemark' ? 'filemark' : 'end-of-data';
      return false;
    }
    this.records += 1;
    this.bytes += outcome.length;
    if (outcome.length === 0 || outcome.length > this.#buffer.length || outcome.length % ustarBlockBytes !== 0) {
      throw new UstarError(`A record of ${outcome.length} bytes cannot be part of an archive.`);
    }
    this.#length = outcome.length;
    return true;
  }
}

const maxHeadBytes = 64 * 1024;
const maxMembers = 100_000;

/** Reads the HEAD document that starts every tape file of a set but the label. */
export async function readHead(reader: TapeFileReader): Promise<HeadDocument> {
  const member = await reader.nextMember();
  if (!member || !/^HEAD\.[a-z0-9.]+\.json$/.test(member.name)) {
    throw new DocumentError(`The tape file starts with ${member?.name ?? 'nothing'} instead of its HEAD.`);
  }
  return decodeDocument(await readWhole(reader, member, maxHeadBytes), checkHead, member.name, maxHeadBytes);
}

/** A member's content in memory; throws {@link DocumentError} when it is larger than `maxBytes`. */
export async function readWhole(reader: TapeFileReader, member: UstarHeader, maxBytes: number): Promise<Uint8Array> {
  if (member.sizeBytes > maxBytes) {
    throw new DocumentError(`${member.name}: ${member.sizeBytes} bytes are more than ${maxBytes}.`);
  }
  const whole = Buffer.alloc(member.sizeBytes);
  let at = 0;
  for await (const piece of reader.content()) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Takes a member's content piece by piece; the piece is valid during the call only. */
export type MemberTaker = (piece: Uint8Array) => void;

/**
 * Reads the members behind the HEAD of a control file (POINT, SESSION …) and checks them against the sums that must
 * stand last. Throws when the file is torn, a member differs from its sum or the sums are missing: what its takers were
 * given counts only once this has returned.
 */
export async function readControlMembers(
  reader: TapeFileReader,
  takerFor: (member: UstarHeader) => MemberTaker | undefined,
): Promise<void> {
  const found = new Map<string, string>();
  let sums: Map<string, string> | undefined;
  for (let member = await reader.nextMember(); member; member = await reader.nextMember()) {
    if (sums || found.size >= maxMembers) throw new DocumentError(`${member.name} is a member too many.`);
    if (member.name.startsWith('SHA256SUMS.')) {
      sums = parseSums(await readWhole(reader, member, 64 * 1024 * 1024));
      continue;
    }
    const taker = takerFor(member);
    const hash = createHash('sha256');
    for await (const piece of reader.content()) {
      hash.update(piece);
      taker?.(piece);
    }
    found.set(member.name, hash.digest('hex'));
  }
  if (!sums) throw new TornTapeFileError('The tape file has no SHA256SUMS at its end.');
  for (const [name, sha256] of found) {
    if (sums.get(name) !== sha256) throw new DocumentError(`${name} differs from its SHA-256 sum.`);
  }
  if ((await reader.finish()) !== 'filemark') throw new TornTapeFileError('The tape file has no filemark at its end.');
}

/** Parses the output format of sha256sum(1). */
export function parseSums(bytes: Uint8Array): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of Buffer.from(bytes).toString('latin1').split('\n')) {
    if (line === '') continue;
    const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    if (!match) throw new DocumentError('SHA256SUMS: a line that is not a sum and a name.');
    sums.set(match[2] ?? '', match[1] ?? '');
  }
  return sums;
}
