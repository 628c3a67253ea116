/** Records: their headers, their bodies, and the structures that stand in them. */

import { uncompressSync } from 'lz4-napi';
import { zstdDecompressSync } from 'node:zlib';
import { blake3, checksum, checksumLow, KINDS, type Kind } from './digest.ts';
import { decryptBody, type SealedSession, type SessionKeys } from './encryption.ts';
import { BackupFileError, demand, Fields, parseJson } from './fields.ts';

export const HEADER = 64;
export const RECORD_MAGIC = Buffer.from('RVr2');
export const TYPE = { opening: 1, objects: 2, block: 3, zeros: 4, same: 5, indexPage: 6, groupPage: 7, padding: 8 };
/** Blocks that an index page covers. */
export const PAGE_BLOCKS = 4096;
const MAX_BODY = 2 ** 23;
const MAX_GROUP_PAGE = 2 ** 26;
const TAG = 16;

/** The header of a record. */
export interface Header {
  readonly type: number;
  readonly codec: number;
  readonly counter: number;
  readonly plain: number;
  readonly session: string;
  /** The first 8 bytes of the object's place. */
  readonly object: Buffer;
  readonly number: number;
  readonly stored: number;
  readonly bodyChecksum: bigint;
  /** Bytes 0 to 51: what an encrypted body is bound to. */
  readonly bound: Buffer;
}

/** A header and its stored body. */
export interface StoredRecord {
  readonly at: number;
  readonly header: Header;
  readonly body: Buffer;
}

/** Decodes the header at `at`. */
export function decodeHeader(file: Buffer, at: number): Header {
  const bytes = file.subarray(at, at + HEADER);
  const f = new Fields(bytes, `the record at ${at}`);
  demand(f.bytes(4).equals(RECORD_MAGIC), `no record at ${at}`);
  const type = f.number(1);
  const codec = f.number(1);
  const counter = f.number(6);
  const plain = f.number(4);
  const session = f.uuid();
  const object = f.bytes(8);
  const number = f.number(6);
  const reserved = f.number(2);
  const stored = f.number(4);
  const own = f.number(4);
  const bodyChecksum = f.checksum();
  const bound = bytes.subarray(0, 52);
  demand(own === checksumLow(bound), `the header at ${at} has a wrong checksum`);
  demand(reserved === 0, `the header at ${at} has reserved bytes that are not zero`);
  const limit = type === TYPE.groupPage ? MAX_GROUP_PAGE : MAX_BODY;
  demand(plain <= limit && stored <= limit + TAG, `the record at ${at} is longer than a body may be`);
  return { type, codec, counter, plain, session, object, number, stored, bodyChecksum, bound };
}

/** Reads the record at `at`, which must end before `end`, and checks the checksum of its stored body. */
export function readRecord(file: Buffer, at: number, end: number): StoredRecord {
  const limit = Math.min(end, file.length);
  demand(at + HEADER <= limit, `the record at ${at} is outside the file`);
  const header = decodeHeader(file, at);
  const to = at + HEADER + header.stored;
  demand(to <= limit, `the record at ${at} ends outside the file`);
  const body = file.subarray(at + HEADER, to);
  demand(checksum(body) === header.bodyChecksum, `the body of the record at ${at} has a wrong checksum`);
  return { at, header, body };
}

/** Decrypts and unpacks the body of a record. `keys` is null in a plain file. */
export function plainBody(record: StoredRecord, keys: SessionKeys | null): Buffer {
  const { header, at } = record;
  const isClear = header.type === TYPE.opening || header.type === TYPE.padding;
  const packed = keys && !isClear ? decryptBody(keys, header, record.body, at) : record.body;
  const plain = unpack(header.codec, packed, header.plain, at);
  demand(plain.length === header.plain, `the record at ${at} has ${plain.length} bytes instead of ${header.plain}`);
  return plain;
}

function unpack(codec: number, packed: Buffer, plain: number, at: number): Buffer {
  if (codec === 0) return packed;
  if (codec === 2) return unpackZstd(packed, plain, `the record at ${at}`);
  demand(codec === 1, `the record at ${at} has the unknown codec ${codec}`);
  try {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(plain);
    return uncompressSync(Buffer.concat([length, packed]));
  } catch (error) {
    throw new BackupFileError('cannot be read', `the record at ${at} cannot be unpacked: ${String(error)}`);
  }
}

/** Unpacks one zstd frame of at most `plain` bytes. */
export function unpackZstd(frame: Buffer, plain: number, what: string): Buffer {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: Math.max(plain, 1) });
  } catch (error) {
    throw new BackupFileError('cannot be read', `${what} cannot be unpacked: ${String(error)}`);
  }
}

/** What an append says of itself. */
export interface Opening {
  readonly file: string;
  readonly generation: number;
  readonly point: string;
  readonly parentPoint: string;
  readonly parentState: Buffer;
  readonly createdAt: number;
  readonly sessions: readonly SealedSession[];
}

/** Decodes the plain body of an opening record. */
export function decodeOpening(bytes: Buffer): Opening {
  const f = new Fields(bytes, 'the opening record');
  const head = { file: f.uuid(), generation: f.long(), point: f.uuid(), parentPoint: f.uuid() };
  const rest = { parentState: f.bytes(32), createdAt: f.long() };
  const count = f.number(4);
  f.reserved(4);
  demand(bytes.length === 104 + 64 * count, 'the opening record has a wrong length');
  const sessions = Array.from({ length: count }, () => ({ session: f.uuid(), sealed: f.bytes(48) }));
  return { ...head, ...rest, sessions };
}

/** What a file says of one block. */
export interface Entry {
  readonly block: number;
  readonly state: 'zero' | 'stored' | 'lost';
  /** Another entry accounts for the same record. */
  readonly shared: boolean;
  readonly digest: Buffer;
  readonly checksum: bigint;
  readonly offset: number;
  readonly stored: number;
}

const STATES = new Map<number, Entry['state']>([
  [1, 'zero'],
  [2, 'stored'],
  [3, 'lost'],
]);

/** Decodes the plain body of index page `page`. */
export function decodeIndexPage(bytes: Buffer, page: number): Entry[] {
  const what = `index page ${page}`;
  const f = new Fields(bytes, what);
  const count = f.number(4);
  f.reserved(4);
  demand(count > 0 && count <= PAGE_BLOCKS && bytes.length === 8 + 55 * count, `${what} has a wrong length`);
  const column = <T>(read: () => T) => Array.from({ length: count }, read);
  const digests = column(() => f.bytes(32));
  const checksums = column(() => f.checksum());
  const offsets = column(() => f.long());
  const lengths = column(() => f.number(4));
  const blocks = column(() => f.number(2));
  const states = column(() => f.number(1));
  return states.map((byte, i) => {
    const state = STATES.get(byte & 127);
    const [digest, sum] = [digests[i], checksums[i]];
    demand(state !== undefined && digest !== undefined && sum !== undefined, `${what} has an entry of state ${byte}`);
    const [offset, stored, local] = [offsets[i] ?? 0, lengths[i] ?? 0, blocks[i] ?? 0];
    demand(local < PAGE_BLOCKS && (i === 0 || local > (blocks[i - 1] ?? 0)), `${what} is not in order`);
    demand(state === 'stored' || (offset === 0 && stored === 0), `${what} has a place for a block without one`);
    return { block: page * PAGE_BLOCKS + local, state, shared: byte > 127, digest, checksum: sum, offset, stored };
  });
}

/** Where an index page stands. */
export interface PageAt {
  readonly page: number;
  readonly entries: number;
  readonly copies: readonly [number, number];
  readonly stored: number;
  readonly plain: number;
  readonly checksum: bigint;
  readonly counter: number;
}

/** An object as a group page describes it. */
export interface GroupObject {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  readonly size: number;
  readonly content: Buffer;
  readonly sections: readonly Buffer[];
  readonly pages: readonly PageAt[];
  readonly place: Buffer;
}

const KIND_OF = new Map<number, Kind>(Object.entries(KINDS).map(([kind, number]) => [number, kind as Kind]));

/** Decodes the plain body of a group page. */
export function decodeGroupPage(bytes: Buffer): GroupObject[] {
  const f = new Fields(bytes, 'the group page');
  const count = f.number(4);
  const objects: GroupObject[] = [];
  for (let i = 0; i < count; i++) objects.push(decodeObject(f));
  f.end();
  return objects;
}

function decodeObject(f: Fields): GroupObject {
  const kind = KIND_OF.get(f.number(1));
  demand(kind !== undefined, 'the group page has an object of an unknown kind');
  f.reserved(1);
  const [idLength, nameLength] = [f.number(2), f.number(2)];
  demand(idLength <= 1024 && nameLength <= 4096, 'the group page has an id or a name that is too long');
  f.reserved(2);
  const size = f.long();
  const [sectionCount, pageCount] = [f.number(4), f.number(4)];
  const content = f.bytes(32);
  const [id, name] = [f.text(idLength), f.text(nameLength)];
  const sections: Buffer[] = [];
  for (let i = 0; i < sectionCount; i++) sections.push(f.bytes(32));
  const pages: PageAt[] = [];
  for (let i = 0; i < pageCount; i++) pages.push(decodePageAt(f));
  pages.forEach((page, i) =>
    demand(i === 0 || page.page > (pages[i - 1]?.page ?? 0), `the pages of ${id} are unsorted`),
  );
  return { id, name, kind, size, content, sections, pages, place: blake3(Buffer.from(id)) };
}

function decodePageAt(f: Fields): PageAt {
  const page = f.number(4);
  const entries = f.number(4);
  const copies = [f.long(), f.long()] as const;
  const rest = { stored: f.number(4), plain: f.number(4), checksum: f.checksum(), counter: f.number(6) };
  f.reserved(10);
  return { page, entries, copies, ...rest };
}

/** Where the page of a group stands; `stored` is 0 when the group is as in the parent. */
export interface GroupAt {
  readonly group: number;
  readonly objects: number;
  readonly copies: readonly [number, number];
  readonly stored: number;
  readonly plain: number;
  readonly digest: Buffer;
  readonly sum: Buffer;
  readonly counter: number;
}

/** The root of one state of a file. */
export interface Root {
  readonly bits: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly sessions: readonly SealedSession[];
  readonly groups: readonly GroupAt[];
}

/** Decodes the plain bytes of a root. */
export function decodeRoot(bytes: Buffer): Root {
  const f = new Fields(bytes, 'the root');
  const [jsonLength, sessionCount, bits, groupCount] = [f.number(4), f.number(4), f.number(4), f.number(4)];
  demand(bytes.length === 16 + jsonLength + 80 * sessionCount + 104 * groupCount, 'the root has a wrong length');
  demand(bits <= 20, `the root has groups of ${bits} bits`);
  const json: unknown = parseJson(f.text(jsonLength), 'the JSON of the root');
  demand(typeof json === 'object' && json !== null, 'the root has no JSON');
  const sessions: SealedSession[] = [];
  for (let i = 0; i < sessionCount; i++) sessions.push(decodeSession(f));
  const groups: GroupAt[] = [];
  for (let i = 0; i < groupCount; i++) groups.push(decodeGroupAt(f));
  groups.forEach((at, i) => demand(i === 0 || at.group > (groups[i - 1]?.group ?? 0), 'the groups are not in order'));
  for (const at of groups) demand(at.group < 2 ** bits && at.objects > 0, `group ${at.group} cannot be`);
  return { bits, json: { ...json }, sessions, groups };
}

function decodeSession(f: Fields): SealedSession {
  const session = { session: f.uuid(), sealed: f.bytes(48) };
  f.reserved(8);
  f.long();
  return session;
}

function decodeGroupAt(f: Fields): GroupAt {
  const [group, objects] = [f.number(4), f.number(4)];
  const copies = [f.long(), f.long()] as const;
  const lengths = { stored: f.number(4), plain: f.number(4) };
  const digests = { digest: f.bytes(32), sum: f.bytes(32) };
  const counter = f.number(6);
  f.reserved(2);
  return { group, objects, copies, ...lengths, ...digests, counter };
}
