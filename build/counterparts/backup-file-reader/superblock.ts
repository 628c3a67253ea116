/** The superblocks: what stands in them, which one counts, who signed. */

import { createPublicKey, verify } from 'node:crypto';
import { blake3, checksum, LEAF } from './digest.ts';
import { BackupFileError, demand, Fields, isZero } from './fields.ts';

export const SUPERBLOCK = 4096;
export const SUPERBLOCK_MAGIC = Buffer.from('895256420d0a1a0a', 'hex');
const SIGNED_PREFIX = Buffer.from('reelvault superblock 2\0');
const PLACES = ['A', 'B', 'tail'] as const;

export type Place = (typeof PLACES)[number];

/** One superblock, decoded. Offsets and lengths in bytes. */
export interface Superblock {
  readonly place: Place;
  readonly full: boolean;
  readonly encrypted: boolean;
  readonly blockSize: number;
  readonly file: string;
  readonly chain: string;
  readonly point: string;
  readonly parentPoint: string;
  readonly parentState: Buffer;
  readonly state: Buffer;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly generation: number;
  readonly committed: number;
  readonly opening: number;
  readonly openingDigest: Buffer;
  readonly roots: readonly [number, number];
  readonly rootStored: number;
  readonly rootPlain: number;
  readonly rootDigest: Buffer;
  readonly keySections: readonly [number, number];
  readonly keySectionLength: number;
  readonly keySectionDigest: Buffer;
  readonly signer: Buffer;
  readonly signature: Buffer;
  /** Bytes 8 to 359, which the signature covers. */
  readonly signed: Buffer;
}

/** Why the 4096 bytes at `at` are no superblock of this place, or null. Says nothing about version and fields. */
export function faultOfSuperblock(file: Buffer, at: number, place: Place): string | null {
  const bytes = file.subarray(at, at + SUPERBLOCK);
  if (bytes.length < SUPERBLOCK) return 'it is cut off';
  if (!bytes.subarray(0, 8).equals(SUPERBLOCK_MAGIC)) return 'its magic is wrong';
  if (checksum(bytes.subarray(0, 4088)) !== bytes.readBigUInt64LE(4088)) return 'its checksum is wrong';
  if (bytes.readUInt32LE(8) > 2) return null;
  if (bytes[424] !== PLACES.indexOf(place)) return 'it says another place';
  const reserved = [bytes.subarray(26, 28), bytes.subarray(284, 288), bytes.subarray(425, 4088)];
  return reserved.every(isZero) ? null : 'reserved bytes are not zero';
}

/** Decodes a superblock that {@link faultOfSuperblock} found nothing wrong with, and refuses what cannot be. */
export function decodeSuperblock(file: Buffer, at: number): Superblock {
  const bytes = file.subarray(at, at + SUPERBLOCK);
  const f = new Fields(bytes, `the superblock at ${at}`);
  f.bytes(8);
  const version = f.number(4);
  if (version > 2) throw new BackupFileError('of a newer version', `version ${version}`);
  demand(version === 2, `version ${version}`, 'not a backup file');
  f.number(4);
  demand(f.number(4) === 0, 'it has flags that one must know to read', 'of a newer version');
  f.number(4);
  const kind = f.number(1);
  const encrypted = f.number(1);
  f.reserved(2);
  const superblock = { full: kind === 1, encrypted: encrypted === 1, ...identity(f), ...places(f), ...keys(f) };
  demand(kind === 1 || kind === 2, `kind ${kind}`);
  demand(encrypted < 2, `${encrypted} where 1 means encrypted`);
  const signatures = { signer: f.bytes(32), signature: f.bytes(64), signed: bytes.subarray(8, 360) };
  const place = PLACES[f.number(1)];
  demand(place !== undefined, 'the superblock says no place');
  return checkFields({ ...superblock, ...signatures, place });
}

function identity(f: Fields) {
  return {
    blockSize: f.number(4),
    file: f.uuid(),
    chain: f.uuid(),
    point: f.uuid(),
    parentPoint: f.uuid(),
    parentState: f.bytes(32),
    state: f.bytes(32),
    createdAt: f.long(),
    generation: f.long(),
    committed: f.long(),
  };
}

function places(f: Fields) {
  return {
    opening: f.long(),
    openingDigest: f.bytes(32),
    roots: [f.long(), f.long()] as const,
    rootStored: f.number(4),
    rootPlain: f.number(4),
    rootDigest: f.bytes(32),
  };
}

function keys(f: Fields) {
  const keySectionLength = f.number(4);
  f.reserved(4);
  const second = f.long();
  const keySections = [2 * SUPERBLOCK, second] as const;
  return { keySectionLength, keySections, keySectionDigest: f.bytes(32) };
}

function checkFields(s: Superblock): Superblock {
  demand([LEAF, 2 * LEAF, 4 * LEAF, 16 * LEAF].includes(s.blockSize), `blocks of ${s.blockSize} bytes`);
  const noParent = /^[0-]*$/.test(s.parentPoint) && isZero(s.parentState);
  demand(!s.full || noParent, 'a full names a parent');
  demand(s.full || !/^[0-]*$/.test(s.parentPoint), 'an increment names no parent');
  demand(s.generation > 0, 'generation 0');
  const noKeys = s.keySectionLength === 0 && s.keySections[1] === 0 && isZero(s.keySectionDigest);
  demand(s.encrypted !== noKeys, s.encrypted ? 'encrypted without a key section' : 'a key section in a plain file');
  demand(
    s.keySectionLength <= 2 ** 20 && s.keySectionLength % 4096 === 0,
    `key section of ${s.keySectionLength} bytes`,
  );
  demand(s.rootStored <= 2 ** 26 && s.rootPlain <= 2 ** 26 && s.rootStored > 32, 'the length of the root cannot be');
  const inside = (at: number, length: number) => at >= 2 * SUPERBLOCK && at + length <= s.committed;
  demand(inside(s.opening, 64), 'the opening record is outside the committed length');
  for (const at of s.roots) demand(inside(at, s.rootStored), 'a root is outside the committed length');
  if (s.encrypted) {
    for (const at of s.keySections) demand(inside(at, s.keySectionLength), 'a key section is outside the file');
  }
  return s;
}

/** Which superblock counts, and what is to be told. */
export interface Chosen {
  readonly superblock: Superblock;
  /** The heads are gone: every page must be right, too. */
  readonly byTail: boolean;
}

/** Chooses the superblock that counts and tells every decay of the others. */
export function chooseSuperblock(file: Buffer, decay: string[]): Chosen {
  const faults = [faultOfSuperblock(file, 0, 'A'), faultOfSuperblock(file, SUPERBLOCK, 'B')] as const;
  if (faults[0] !== null) decay.push(`superblock A: ${faults[0]}`);
  if (faults[1] !== null) decay.push(`superblock B: ${faults[1]}`);
  const a = faults[0] === null ? decodeSuperblock(file, 0) : null;
  const b = faults[1] === null ? decodeSuperblock(file, SUPERBLOCK) : null;
  if (a && b) return { superblock: newerOf(a, b, file, decay), byTail: false };
  const one = a ?? b;
  return one ? { superblock: one, byTail: false } : byTail(file, decay);
}

function newerOf(a: Superblock, b: Superblock, file: Buffer, decay: string[]): Superblock {
  if (a.generation !== b.generation) {
    const older = a.generation < b.generation ? 'A' : 'B';
    decay.push(`superblock ${older} is of an older generation: a commit was interrupted, or a write was lost`);
    return older === 'A' ? b : a;
  }
  const same = file.subarray(8, 424).equals(file.subarray(SUPERBLOCK + 8, SUPERBLOCK + 424));
  demand(same, 'the head superblocks differ in one generation', 'refused');
  return a;
}

function byTail(file: Buffer, decay: string[]): Chosen {
  const at = file.length - SUPERBLOCK;
  const known = [0, SUPERBLOCK, at].some((from) => file.subarray(Math.max(from, 0), from + 8).equals(SUPERBLOCK_MAGIC));
  demand(known, 'it has no superblock', 'not a backup file');
  const fault = at < 2 * SUPERBLOCK ? 'there is none' : faultOfSuperblock(file, at, 'tail');
  demand(fault === null, `both head superblocks are wrong, and of the tail superblock: ${fault}`);
  const superblock = decodeSuperblock(file, at);
  demand(superblock.committed === file.length, 'both head superblocks are wrong, and the last append has no tail');
  decay.push('both head superblocks are wrong: read by the tail superblock');
  return { superblock, byTail: true };
}

/** Tells when the tail superblock of the newest append is not what the head says. */
export function checkTail(file: Buffer, head: Superblock, decay: string[]): void {
  const at = head.committed - SUPERBLOCK;
  if (head.committed > file.length) decay.push(`the file ends ${head.committed - file.length} bytes too early`);
  const fault = faultOfSuperblock(file, at, 'tail');
  if (fault !== null) decay.push(`tail superblock: ${fault}`);
  else if (!decodeSuperblock(file, at).signed.equals(head.signed))
    decay.push('the tail superblock says something else');
}

/** What is to be said of the writer of a file. */
export interface Signer {
  readonly verdict: 'signed' | 'signer unknown' | 'not signed';
  /** First 16 bytes of BLAKE3 of the public key in hexadecimal, in groups of four; null when not signed. */
  readonly fingerprint: string | null;
}

/** Checks the signature. A wrong one is refused. */
export function checkSignature(s: Superblock, pinned: readonly Uint8Array[]): Signer {
  if (isZero(s.signer) && isZero(s.signature)) return { verdict: 'not signed', fingerprint: null };
  const hex = blake3(s.signer).subarray(0, 16).toString('hex');
  const fingerprint = hex.match(/.{4}/g)?.join(' ') ?? hex;
  demand(verifies(s), `the signature of ${fingerprint} is wrong`, 'refused');
  const isPinned = pinned.some((key) => s.signer.equals(key));
  return { verdict: isPinned ? 'signed' : 'signer unknown', fingerprint };
}

function verifies(s: Superblock): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), s.signer]);
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify(null, Buffer.concat([SIGNED_PREFIX, s.signed]), key, s.signature);
  } catch {
    return false;
  }
}
