/** Section 8, first half: which records and appends a damaged file still has. */

import { blake3, checksum } from './digest.ts';
import { BackupFileError, demand } from './fields.ts';
import {
  decodeHeader,
  decodeOpening,
  HEADER,
  type Opening,
  plainBody,
  RECORD_MAGIC,
  type StoredRecord,
  TYPE,
} from './records.ts';
import { decodeSuperblock, faultOfSuperblock, SUPERBLOCK, SUPERBLOCK_MAGIC, type Superblock } from './superblock.ts';

/** An append whose opening was read. */
export interface Append {
  readonly at: number;
  readonly opening: Opening;
  /** In the order of the file; only those whose stored body has the right checksum. */
  readonly records: StoredRecord[];
  /** Its tail superblock, or a head that names it. Null: it may have been interrupted, and does not count. */
  superblock: Superblock | null;
}

/** What the walk found. */
export interface Walk {
  readonly superblocks: readonly Superblock[];
  /** In the order of the file. */
  readonly appends: readonly Append[];
  readonly notes: readonly string[];
}

/** All superblocks whose checksum is right, wherever they stand. */
function findSuperblocks(file: Buffer): Superblock[] {
  const found: Superblock[] = [];
  for (let at = file.indexOf(SUPERBLOCK_MAGIC); at >= 0; at = file.indexOf(SUPERBLOCK_MAGIC, at + 1)) {
    const place = at === 0 ? 'A' : at === SUPERBLOCK ? 'B' : 'tail';
    if (faultOfSuperblock(file, at, place) !== null) continue;
    try {
      const superblock = decodeSuperblock(file, at);
      if (place !== 'tail' || superblock.committed === at + SUPERBLOCK) found.push(superblock);
    } catch (error) {
      if (!(error instanceof BackupFileError) || error.reason === 'of a newer version') throw error;
    }
  }
  return found;
}

/** Walks all records by their lengths, and searches for the next magic where that does not go on. */
export function walk(file: Buffer): Walk {
  const all = findSuperblocks(file);
  const notes: string[] = [];
  const known = all.find(({ place }) => place !== 'tail') ?? all.findLast((s) => s.committed === file.length);
  const state: WalkState = { file, uuid: known?.file ?? null, appends: [], sessions: new Set(), notes };
  let at = 2 * SUPERBLOCK + (known?.keySectionLength ?? 0);
  while (at >= 0 && at + HEADER <= file.length) {
    const next = step(state, at);
    at = next ?? file.indexOf(RECORD_MAGIC, at + 1);
  }
  const superblocks = all.filter((superblock) => superblock.file === state.uuid);
  for (const append of state.appends) append.superblock = superblockOf(file, append, superblocks);
  return { superblocks, appends: state.appends, notes };
}

interface WalkState {
  readonly file: Buffer;
  /** The file that openings must name: from a superblock, else from the first opening. */
  uuid: string | null;
  readonly appends: Append[];
  readonly sessions: Set<string>;
  readonly notes: string[];
}

/** Takes the record at `at` and returns where it ends, or null when there is none that counts. */
function step(state: WalkState, at: number): number | null {
  try {
    const header = decodeHeader(state.file, at);
    const end = at + HEADER + header.stored;
    if (header.type === TYPE.opening) return open(state, at);
    if (!state.sessions.has(header.session)) return null;
    const body = state.file.subarray(at + HEADER, end);
    const right = body.length === header.stored && checksum(body) === header.bodyChecksum;
    if (right) state.appends.at(-1)?.records.push({ at, header, body });
    else state.notes.push(`the body of the record at ${at} is damaged`);
    return end;
  } catch (error) {
    if (error instanceof BackupFileError) return null;
    throw error;
  }
}

function open(state: WalkState, at: number): number {
  const header = decodeHeader(state.file, at);
  const end = at + HEADER + header.stored;
  const body = state.file.subarray(at + HEADER, end);
  demand(body.length === header.stored && checksum(body) === header.bodyChecksum, 'the opening is damaged');
  const opening = decodeOpening(plainBody({ at, header, body }, null));
  demand(opening.sessions[0]?.session === header.session, 'the opening is not of its own session');
  if (state.uuid === null) state.notes.push(`no superblock is left: taken for file ${opening.file}`);
  state.uuid ??= opening.file;
  demand(opening.file === state.uuid, 'the opening is of another file');
  state.appends.push({ at, opening, records: [], superblock: null });
  for (const { session } of opening.sessions) state.sessions.add(session);
  return end;
}

function superblockOf(file: Buffer, append: Append, superblocks: readonly Superblock[]): Superblock | null {
  const end = append.at + HEADER + 104 + 64 * append.opening.sessions.length;
  const digest = blake3(file.subarray(append.at, end));
  const own = superblocks.filter((s) => s.opening === append.at && s.openingDigest.equals(digest));
  return own.find(({ place }) => place === 'tail') ?? own[0] ?? null;
}
