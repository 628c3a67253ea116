/**
 * A plain reader of backup files of format 2, for small files in memory. It was written from docs/format-2.md alone and
 * shares no code with the engine.
 */

import { blake3, checksum, contentDigest, groupOf, objectDigest, placeOfGroup, SECTION, stateOf } from './digest.ts';
import { decryptRoot, type Keys, openKeySection, openSessions, type SessionKeys } from './encryption.ts';
import { BackupFileError, demand, isZero } from './fields.ts';
import {
  decodeGroupPage,
  decodeIndexPage,
  decodeOpening,
  decodeRoot,
  type Entry,
  type GroupAt,
  type GroupObject,
  PAGE_BLOCKS,
  type PageAt,
  plainBody,
  type Root,
  readRecord,
  type StoredRecord,
  TYPE,
  unpackZstd,
} from './records.ts';
import { checkSignature, checkTail, chooseSuperblock, type Signer, type Superblock } from './superblock.ts';

/** An index page that was read, or why it cannot be. */
export type LoadedPage = ReadonlyMap<number, Entry> | { readonly fault: string };

/** An object of a file with the pages that this file holds. */
export interface FileObject {
  readonly object: GroupObject;
  /** By page number. */
  readonly pages: ReadonlyMap<number, LoadedPage>;
}

/** A group that this file describes itself, or null for one that is as in the parent. */
export type FileGroup = readonly FileObject[] | null;

/** One file, read as far as it can be without its parents. */
export interface BackupFile {
  readonly bytes: Buffer;
  readonly superblock: Superblock;
  readonly root: Root;
  readonly signer: Signer;
  /** By the bits of the group. */
  readonly groups: ReadonlyMap<number, FileGroup>;
  /** Null in a plain file. */
  readonly sessionKeys: SessionKeys | null;
  /** What is damaged and did not keep the file from being read. */
  readonly decay: readonly string[];
}

/** A file while it is being read. */
interface Reading {
  readonly bytes: Buffer;
  readonly superblock: Superblock;
  readonly sessions: ReadonlySet<string>;
  readonly sessionKeys: SessionKeys | null;
  readonly decay: string[];
}

/** Reads superblocks, root and pages of one file. Throws {@link BackupFileError}. */
export async function readBackupFile(file: Uint8Array, keys: Keys = {}): Promise<BackupFile> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const decay: string[] = [];
  const { superblock, byTail } = chooseSuperblock(bytes, decay);
  const signer = checkSignature(superblock, keys.pinned ?? []);
  if (!byTail) checkTail(bytes, superblock, decay);
  checkOpening(bytes, superblock, decay);
  const fileKey = superblock.encrypted ? await openKeySection(keySection(bytes, superblock, decay), keys) : null;
  const root = readRoot(bytes, superblock, fileKey, decay);
  const sessions = new Set(root.sessions.map(({ session }) => session));
  const sessionKeys = fileKey ? openSessions(fileKey, root.sessions) : null;
  const groups = readGroups({ bytes, superblock, sessions, sessionKeys, decay }, root);
  if (byTail) demandAllPages(groups);
  return { bytes, superblock, root, signer, groups, sessionKeys, decay };
}

/** The bytes of the first copy with the right digest; tells the decay of every other copy. */
function rightCopy<T>(what: string, copies: readonly number[], decay: string[], read: (at: number) => T): T {
  const right: T[] = [];
  const faults: string[] = [];
  for (const at of copies) {
    try {
      right.push(read(at));
    } catch (error) {
      if (!(error instanceof BackupFileError)) throw error;
      faults.push(`${what} at ${at}: ${error.message}`);
    }
  }
  const [first] = right;
  demand(first !== undefined, `no copy of ${what} is right (${faults.join('; ')})`);
  decay.push(...faults);
  return first;
}

function bytesWith(file: Buffer, at: number, length: number, digest: Buffer): Buffer {
  demand(at + length <= file.length, 'it is outside the file');
  const bytes = file.subarray(at, at + length);
  demand(blake3(bytes).equals(digest), 'it has a wrong digest');
  return bytes;
}

/** The opening has one copy, and only salvage needs it: damage is told, contradiction is refused. */
function checkOpening(file: Buffer, s: Superblock, decay: string[]): void {
  let record: StoredRecord;
  try {
    record = readRecord(file, s.opening, s.committed);
    bytesWith(file, s.opening, 64 + record.header.stored, s.openingDigest);
  } catch (error) {
    decay.push(`the opening record: ${String(error)}`);
    return;
  }
  demand(record.header.type === TYPE.opening, 'the opening record is of another type');
  const opening = decodeOpening(plainBody(record, null));
  const said = [opening.file, opening.generation, opening.point, opening.parentPoint, opening.createdAt];
  const meant = [s.file, s.generation, s.point, s.parentPoint, s.createdAt];
  const same = said.every((value, i) => value === meant[i]) && opening.parentState.equals(s.parentState);
  demand(same, 'the opening record and the superblock differ', 'refused');
}

function keySection(file: Buffer, s: Superblock, decay: string[]): Buffer {
  return rightCopy('the key section', s.keySections, decay, (at) =>
    bytesWith(file, at, s.keySectionLength, s.keySectionDigest),
  );
}

function readRoot(file: Buffer, s: Superblock, fileKey: Buffer | null, decay: string[]): Root {
  const stored = rightCopy('the root', s.roots, decay, (at) => bytesWith(file, at, s.rootStored, s.rootDigest));
  const [salt, frame] = [stored.subarray(0, 32), stored.subarray(32)];
  demand(fileKey !== null || isZero(salt), 'the root of a plain file has a salt');
  const packed = fileKey ? decryptRoot(fileKey, salt, frame, s.file, s.generation) : frame;
  const plain = unpackZstd(packed, s.rootPlain, 'the root');
  demand(plain.length === s.rootPlain, 'the root has a wrong length');
  const root = decodeRoot(plain);
  const items = root.groups.map((at) => ({ place: placeOfGroup(at.group, root.bits), digest: at.sum }));
  demand(stateOf(items).equals(s.state), 'the groups do not give the state of the superblock');
  for (const at of root.groups) {
    const inherited = at.stored === 0;
    demand(!inherited || (!s.full && at.plain === 0), `group ${at.group} has no page`);
    demand(!inherited || (at.copies.every((copy) => copy === 0) && isZero(at.digest)), `group ${at.group} cannot be`);
  }
  return root;
}

function readGroups(reading: Reading, root: Root): ReadonlyMap<number, FileGroup> {
  return new Map(
    root.groups.map((at) => [at.group, at.stored === 0 ? null : readGroup(reading, at, root.bits)] as const),
  );
}

function readGroup(reading: Reading, at: GroupAt, bits: number): readonly FileObject[] {
  const what = `group page ${at.group}`;
  const objects = rightCopy(what, at.copies, reading.decay, (offset) => {
    const record = recordOf(reading, offset, TYPE.groupPage, at);
    demand(
      record.header.codec === 0 && record.header.number === at.group,
      `the header at ${offset} is of another page`,
    );
    demand(blake3(record.body).equals(at.digest), 'it has a wrong digest');
    return decodeGroupPage(plainBody(record, reading.sessionKeys));
  });
  checkGroup(objects, at, bits);
  return objects.map((object) => ({ object, pages: loadPages(reading, object) }));
}

/** The record of a page, whose header must be what was said of it. */
function recordOf(reading: Reading, offset: number, type: number, at: GroupAt | PageAt): StoredRecord {
  const record = readRecord(reading.bytes, offset, reading.superblock.committed);
  const { header } = record;
  const same = header.type === type && header.stored === at.stored && header.plain === at.plain;
  demand(same && header.counter === at.counter, `the header at ${offset} is of another record`);
  demand(reading.sessions.has(header.session), `the record at ${offset} is of a session that the file does not name`);
  return record;
}

function checkGroup(objects: readonly GroupObject[], at: GroupAt, bits: number): void {
  demand(objects.length === at.objects, `group ${at.group} has another number of objects`);
  const items = objects.map((object, i) => {
    const before = objects[i - 1];
    demand(groupOf(object.place, bits) === at.group, `${object.id} stands in the wrong group`);
    demand(!before || Buffer.compare(before.place, object.place) < 0, `group ${at.group} is not sorted`);
    const sections = Math.max(1, Math.ceil(object.size / SECTION));
    demand(object.sections.length === sections, `${object.id} has a wrong number of sections`);
    demand(contentDigest(object.sections).equals(object.content), `the sections of ${object.id} give another digest`);
    return { place: object.place, digest: objectDigest(object.kind, object.size, object.id, object.content) };
  });
  demand(stateOf(items, bits).equals(at.sum), `the objects of group ${at.group} do not give its sum`);
}

function loadPages(reading: Reading, object: GroupObject): ReadonlyMap<number, LoadedPage> {
  return new Map(object.pages.map((at) => [at.page, loadPage(reading, object, at)] as const));
}

function loadPage(reading: Reading, object: GroupObject, at: PageAt): LoadedPage {
  try {
    const entries = rightCopy(`index page ${at.page} of ${object.id}`, at.copies, reading.decay, (offset) => {
      const record = recordOf(reading, offset, TYPE.indexPage, at);
      const own = record.header.object.equals(object.place.subarray(0, 8)) && record.header.number === at.page;
      demand(own, `the header at ${offset} is of another page`);
      demand(checksum(record.body) === at.checksum, 'it has a wrong checksum');
      return decodeIndexPage(plainBody(record, reading.sessionKeys), at.page);
    });
    checkEntries(reading.superblock, object, at, entries);
    return new Map(entries.map((entry) => [entry.block, entry]));
  } catch (error) {
    if (error instanceof BackupFileError) return { fault: error.message };
    throw error;
  }
}

function checkEntries(s: Superblock, object: GroupObject, at: PageAt, entries: readonly Entry[]): void {
  demand(entries.length === at.entries, `index page ${at.page} of ${object.id} has another number of entries`);
  const blocks = Math.max(1, Math.ceil(object.size / s.blockSize));
  for (const entry of entries) {
    demand(entry.block < blocks, `${object.id} has an entry for block ${entry.block} behind its end`);
    demand(entry.state !== 'zero' || !s.full, `${object.id} has an entry of state 1 in a full`);
    const inside = entry.offset >= 8192 && entry.offset + 64 + entry.stored <= s.committed;
    demand(entry.state !== 'stored' || inside, `block ${entry.block} of ${object.id} is outside the committed length`);
  }
}

function demandAllPages(groups: ReadonlyMap<number, FileGroup>): void {
  const pages = [...groups.values()].flatMap((group) => (group ?? []).flatMap(({ pages }) => [...pages.values()]));
  for (const page of pages) {
    if ('fault' in page)
      throw new BackupFileError('cannot be read', `both head superblocks are wrong, and ${page.fault}`);
  }
}

/** The number of the page that has the entry of a block. */
export function pageOf(block: number): number {
  return Math.floor(block / PAGE_BLOCKS);
}
