/** Section 8, second half: what the records of a damaged file still say of its objects. Never called verified. */

import { blake3, blockDigest, KINDS, type Kind, zeroBlockDigest } from './digest.ts';
import { type Keys, openKeySection, openSessions, type SessionKeys } from './encryption.ts';
import { BackupFileError, demand, parseJson } from './fields.ts';
import {
  decodeGroupPage,
  decodeIndexPage,
  type Entry,
  type GroupObject,
  PAGE_BLOCKS,
  plainBody,
  type StoredRecord,
  TYPE,
} from './records.ts';
import { type Append, type Walk, walk } from './salvage-walk.ts';
import { SUPERBLOCK } from './superblock.ts';

/**
 * What is known of a block: `proven` by the digest of an entry that is in force, `as stored` with the right checksum and
 * perhaps of an older state, `zero`, `lost`, `unknown`, or `as in the parent`.
 */
export type Finding = 'proven' | 'as stored' | 'zero' | 'lost' | 'unknown' | 'as in the parent';

/** An object as far as it was found. */
export interface SalvagedObject {
  /** Null when nothing names the object. */
  readonly id: string | null;
  readonly name: string | null;
  readonly kind: Kind | null;
  readonly size: number | null;
  /** Bytes of blocks that are `proven` or `as stored`. */
  readonly blocks: ReadonlyMap<number, Buffer>;
  readonly ranges: readonly { readonly first: number; readonly last: number; readonly finding: Finding }[];
}

/** The result of a salvage. */
export interface Salvage {
  readonly verified: false;
  /** Generation and point of the newest append that counts. A newer one may be gone: see the notes. */
  readonly generation: number;
  readonly point: string;
  readonly objects: readonly SalvagedObject[];
  readonly notes: readonly string[];
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  readonly size: number;
  /** What the group page of the newest append says; null when only the objects record names the object. */
  readonly group: GroupObject | null;
}

interface Source {
  readonly file: Buffer;
  readonly full: boolean;
  readonly blockSize: number;
  /** Newest first. */
  readonly appends: readonly Append[];
  readonly keys: SessionKeys | null;
  /** Block records by session and counter. */
  readonly bySequence: ReadonlyMap<string, StoredRecord>;
  readonly byOffset: ReadonlyMap<number, StoredRecord>;
}

/** Collects what is left of a file. Throws {@link BackupFileError} when nothing counts or the key is missing. */
export async function salvage(file: Uint8Array, keys: Keys = {}): Promise<Salvage> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const walked = walk(bytes);
  const notes = [...walked.notes];
  const counting = walked.appends.filter(({ superblock }) => superblock !== null);
  for (const { at } of walked.appends.filter(({ superblock }) => superblock === null)) {
    notes.push(`the append at ${at} has no superblock and does not count`);
  }
  const appends = counting.sort((a, b) => b.opening.generation - a.opening.generation);
  const superblock = appends[0]?.superblock;
  demand(superblock !== undefined && superblock !== null, 'no append of this file counts');
  if (walked.superblocks.some((s) => s.generation > superblock.generation)) notes.push('a newer append is gone');
  const behind = bytes.length - Math.max(...walked.superblocks.map(({ committed }) => committed));
  if (behind > 0) notes.push(`${behind} bytes stand behind the last superblock: there may have been a newer state`);
  const sessionKeys = superblock.encrypted ? await keysOf(bytes, walked, keys) : null;
  const records = appends.flatMap((append) => append.records);
  const blocks = records.filter(({ header }) => header.type === TYPE.block);
  const bySequence = new Map(blocks.map((record) => [sequence(record.header.session, record.header.counter), record]));
  const byOffset = new Map(blocks.map((record) => [record.at, record]));
  const { full, blockSize } = superblock;
  const source = { file: bytes, full, blockSize, appends, keys: sessionKeys, bySequence, byOffset };
  const objects = objectsOf(source, notes);
  return { verified: false, generation: superblock.generation, point: superblock.point, objects, notes };
}

async function keysOf(file: Buffer, walked: Walk, keys: Keys): Promise<SessionKeys> {
  const sealed = walked.appends.flatMap(({ opening }) => opening.sessions);
  const copies = walked.superblocks.flatMap((s) =>
    s.keySections.map((at) => file.subarray(at, at + s.keySectionLength)),
  );
  const right = copies.find((copy) => walked.superblocks.some((s) => blake3(copy).equals(s.keySectionDigest)));
  const section = right ?? file.subarray(2 * SUPERBLOCK, walked.appends[0]?.at);
  return openSessions(await openKeySection(section, keys), sealed);
}

function sequence(session: string, counter: number): string {
  return `${session}/${counter}`;
}

/** The plain body, or null when it does not open or unpack. */
function tryPlain(source: Source, record: StoredRecord): Buffer | null {
  try {
    return plainBody(record, source.keys);
  } catch (error) {
    if (error instanceof BackupFileError) return null;
    throw error;
  }
}

function placeKey(place: Buffer): string {
  return place.toString('hex', 0, 8);
}

function objectsOf(source: Source, notes: string[]): SalvagedObject[] {
  const named = namesOf(source);
  const records = source.appends.flatMap((append) => append.records);
  const ofObjects = records.filter(({ header }) => header.type >= TYPE.block && header.type <= TYPE.indexPage);
  const unnamed = new Set(ofObjects.map(({ header }) => placeKey(header.object)).filter((key) => !named.has(key)));
  for (const key of unnamed) notes.push(`records of the object ${key}… are left, and nothing names it in this state`);
  return [...named.keys(), ...unnamed].map((key) => salvageObject(source, key, named.get(key) ?? null));
}

/** The objects of the newest state that names any, by the first bytes of their places. */
function namesOf(source: Source): Map<string, Named> {
  for (const append of source.appends) {
    const named = new Map<string, Named>();
    for (const record of append.records)
      for (const one of namesIn(source, record)) {
        const key = placeKey(blake3(Buffer.from(one.id)));
        if (one.group || !named.has(key)) named.set(key, one);
      }
    if (named.size > 0) return named;
  }
  return new Map();
}

function namesIn(source: Source, record: StoredRecord): Named[] {
  const { type } = record.header;
  const plain = type === TYPE.objects || type === TYPE.groupPage ? tryPlain(source, record) : null;
  if (!plain) return [];
  if (type === TYPE.groupPage) return decodeGroupPage(plain).map((group) => ({ ...group, group }));
  const list = parseJson(plain.toString('utf8'), `the objects record at ${record.at}`);
  return Array.isArray(list)
    ? list.filter(isListed).map(({ sizeBytes, ...rest }) => ({ ...rest, size: sizeBytes, group: null }))
    : [];
}

type Listed = Omit<Named, 'size' | 'group'> & { readonly sizeBytes: number };

function isListed(one: unknown): one is Listed {
  if (typeof one !== 'object' || one === null) return false;
  const { id, name, kind, sizeBytes }: Record<string, unknown> = { ...one };
  const isNamed = typeof id === 'string' && typeof name === 'string' && typeof kind === 'string' && kind in KINDS;
  return isNamed && Number.isSafeInteger(sizeBytes);
}

interface Found {
  readonly finding: Finding;
  readonly bytes?: Buffer;
}

function salvageObject(source: Source, key: string, named: Named | null): SalvagedObject {
  const highest = highestBlock(source, key);
  const count = named ? Math.max(1, Math.ceil(named.size / source.blockSize)) : highest + 1;
  const pages = new Map<number, Found[]>();
  const blocks = new Map<number, Buffer>();
  const ranges: { first: number; last: number; finding: Finding }[] = [];
  for (let block = 0; block < count; block++) {
    const page = Math.floor(block / PAGE_BLOCKS);
    if (!pages.has(page)) pages.set(page, findPage(source, key, named, page, count));
    const { finding, bytes } = pages.get(page)?.[block % PAGE_BLOCKS] ?? { finding: 'unknown' };
    if (bytes) blocks.set(block, bytes);
    const last = ranges.at(-1);
    if (last?.finding === finding) last.last = block;
    else ranges.push({ first: block, last: block, finding });
  }
  const { id = null, name = null, kind = null, size = null } = named ?? {};
  return { id, name, kind, size, blocks, ranges };
}

function recordsOf(append: Append, key: string, type: number): StoredRecord[] {
  return append.records.filter(({ header }) => header.type === type && placeKey(header.object) === key);
}

function highestBlock(source: Source, key: string): number {
  const types = [TYPE.block, TYPE.zeros, TYPE.same];
  const all = source.appends.flatMap((append) => types.flatMap((type) => recordsOf(append, key, type)));
  return Math.max(-1, ...all.map(({ header }) => header.number));
}

function findPage(source: Source, key: string, named: Named | null, page: number, count: number): Found[] {
  const entries = entriesInForce(source, key, named, page);
  const size = named?.size ?? null;
  const blocks = Math.min(PAGE_BLOCKS, count - page * PAGE_BLOCKS);
  return Array.from({ length: blocks }, (_, i) => {
    const block = page * PAGE_BLOCKS + i;
    const length = size === null ? null : Math.max(0, Math.min(source.blockSize, size - block * source.blockSize));
    if (!entries) return byRecords(source, key, block, length);
    return byEntry(source, key, block, length, entries.get(block));
  });
}

/** The entries of a page that is whole and known to be of the newest state; null when there is none. */
function entriesInForce(source: Source, key: string, named: Named | null, page: number): Map<number, Entry> | null {
  const at = named?.group?.pages.find((one) => one.page === page);
  if (named?.group && !at) return new Map();
  for (const [age, append] of source.appends.entries()) {
    for (const record of recordsOf(append, key, TYPE.indexPage)) {
      const isIt = at ? record.header.bodyChecksum === at.checksum && record.header.stored === at.stored : age === 0;
      const plain = isIt && record.header.number === page ? tryPlain(source, record) : null;
      if (plain) return new Map(decodeIndexPage(plain, page).map((entry) => [entry.block, entry]));
    }
  }
  return null;
}

function byEntry(source: Source, key: string, block: number, length: number | null, entry: Entry | undefined): Found {
  if (!entry) return { finding: source.full ? 'zero' : 'as in the parent' };
  if (entry.state === 'lost') return { finding: 'lost' };
  if (entry.state === 'zero') {
    const right = length === null || entry.digest.equals(zeroBlockDigest(length));
    return { finding: right ? 'zero' : 'unknown' };
  }
  const named = source.byOffset.get(entry.offset);
  for (const record of [named, ...blockRecords(source, key, block)]) {
    const plain = record ? tryPlain(source, record) : null;
    if (plain && blockDigest(plain).equals(entry.digest)) return { finding: 'proven', bytes: plain };
  }
  return { finding: 'lost' };
}

function blockRecords(source: Source, key: string, block: number): StoredRecord[] {
  return source.appends.flatMap((append) =>
    recordsOf(append, key, TYPE.block).filter(({ header }) => header.number === block),
  );
}

/** Without an entry: what the newest append says by its records, else an older one. Only `as stored`. */
function byRecords(source: Source, key: string, block: number, length: number | null): Found {
  for (const append of source.appends) {
    const found = inAppend(source, append, key, block);
    if (!found) continue;
    if (found.bytes && length !== null && found.bytes.length !== length) return { finding: 'unknown' };
    return found;
  }
  return { finding: 'unknown' };
}

function inAppend(source: Source, append: Append, key: string, block: number): Found | null {
  const own = recordsOf(append, key, TYPE.block).find(({ header }) => header.number === block);
  const bytes = own && tryPlain(source, own);
  if (bytes) return { finding: 'as stored', bytes };
  const same = recordsOf(append, key, TYPE.same).find(({ header }) => header.number === block);
  const target = same && tryPlain(source, same);
  if (target) return { ...sameAs(source, target) };
  for (const record of recordsOf(append, key, TYPE.zeros)) {
    const count = Number(tryPlain(source, record)?.readBigUInt64LE(0) ?? 0n);
    if (block >= record.header.number && block < record.header.number + count) return { finding: 'zero' };
  }
  return null;
}

function sameAs(source: Source, target: Buffer): Found {
  const hex = target.toString('hex', 0, 16);
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const record = source.bySequence.get(sequence(uuid, target.readUIntLE(16, 6)));
  const bytes = record && tryPlain(source, record);
  return bytes ? { finding: 'as stored', bytes } : { finding: 'unknown' };
}
