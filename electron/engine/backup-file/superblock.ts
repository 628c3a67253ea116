import { createPublicKey, verify } from 'node:crypto';
import { blake3 } from '@napi-rs/blake-hash';
import { checksumOf } from './checksum.ts';
import { BackupFileError } from './errors.ts';
import { blockSizesBytes, type PointKind } from './restore-point.ts';
import { digestBytes } from './state-digest.ts';
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.ts';

/**
 * The 4 KiB at 0 (place A), at 4096 (place B) and at the end of each append (tail). The byte layout is described in
 * docs/format-2.md §2. What it says is signed: everything but the place, which the three copies differ in.
 */
export const superblockBytes = 4096;
export const dataStart = 2 * superblockBytes;
export const formatVersion = 2;

// Like PNG's: a byte above 127, a name, and line ends that a text-mode transfer would change.
const magic = Buffer.from('\x89RVB\r\n\x1a\n', 'latin1');
const signedFrom = 8;
const signedTo = 360;
const placeAt = 424;
const reservedAt = 425;
const checksumAt = superblockBytes - 8;
const statement = Buffer.from('reelvault superblock 2\0', 'latin1');
const kinds: (PointKind | undefined)[] = [undefined, 'full', 'increment'];

export type SuperblockPlace = 'A' | 'B' | 'tail';
const places: SuperblockPlace[] = ['A', 'B', 'tail'];

export interface Superblock {
  kind: PointKind;
  blockSizeBytes: number;
  fileUuid: string;
  chainUuid: string;
  pointUuid: string;
  /** What an increment was made on: point and state; a full has neither. */
  parent: { pointUuid: string; state: Uint8Array } | null;
  /** State digest of the point. */
  state: Uint8Array;
  createdAtMs: number;
  /** 1 in a new file, one more with each commit. */
  generation: number;
  /** All bytes below this one are committed; whatever follows is the rest of an interrupted append. */
  committedBytes: number;
  /** The opening record of the newest append. */
  opening: { offset: number; digest: Uint8Array };
  root: { offsets: readonly [number, number]; storedBytes: number; plainBytes: number; digest: Uint8Array };
  /** Of an encrypted file; its first copy stands at {@link dataStart}. */
  keySection: { secondOffset: number; storedBytes: number; digest: Uint8Array } | undefined;
}

/** An installation's signature under what it writes. */
export interface Signer {
  /** Ed25519, 32 bytes. */
  publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

export interface SignedSuperblock extends Superblock {
  /** Whose signature is under it, and right; null where there is none. */
  signer: Uint8Array | null;
}

/** The three superblocks of one commit, which differ in their place alone. */
export function encodeSuperblock(superblock: Superblock, signer: Signer | undefined): Record<SuperblockPlace, Buffer> {
  const bytes = Buffer.alloc(superblockBytes);
  magic.copy(bytes, 0);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeUInt8(kinds.indexOf(superblock.kind), 24);
  bytes.writeUInt8(superblock.keySection ? 1 : 0, 25);
  bytes.writeUInt32LE(superblock.blockSizeBytes, 28);
  bytes.set(uuidToBytes(superblock.fileUuid), 32);
  bytes.set(uuidToBytes(superblock.chainUuid), 48);
  bytes.set(uuidToBytes(superblock.pointUuid), 64);
  if (superblock.parent) {
    bytes.set(uuidToBytes(superblock.parent.pointUuid), 80);
    bytes.set(superblock.parent.state, 96);
  }
  bytes.set(superblock.state, 128);
  writeUint64(bytes, superblock.createdAtMs, 160);
  writeUint64(bytes, superblock.generation, 168);
  writeUint64(bytes, superblock.committedBytes, 176);
  writeUint64(bytes, superblock.opening.offset, 184);
  bytes.set(superblock.opening.digest, 192);
  writeUint64(bytes, superblock.root.offsets[0], 224);
  writeUint64(bytes, superblock.root.offsets[1], 232);
  bytes.writeUInt32LE(superblock.root.storedBytes, 240);
  bytes.writeUInt32LE(superblock.root.plainBytes, 244);
  bytes.set(superblock.root.digest, 248);
  if (superblock.keySection) {
    bytes.writeUInt32LE(superblock.keySection.storedBytes, 280);
    writeUint64(bytes, superblock.keySection.secondOffset, 288);
    bytes.set(superblock.keySection.digest, 296);
  }
  if (signer) {
    bytes.set(signer.publicKey, 328);
    bytes.set(signer.sign(Buffer.concat([statement, bytes.subarray(signedFrom, signedTo)])), signedTo);
  }
  const at = (place: SuperblockPlace): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(places.indexOf(place), placeAt);
    copy.writeBigUInt64LE(checksumOf(copy.subarray(0, checksumAt)), checksumAt);
    return copy;
  };
  return { A: at('A'), B: at('B'), tail: at('tail') };
}

/** What the head of a file says, and which of its two superblocks say it. */
export interface CurrentSuperblock {
  superblock: SignedSuperblock;
  /** Where it was read. */
  place: SuperblockPlace;
  /** What is wrong with the other one at the head, in words; null when both say the same. */
  decay: string | null;
}

/**
 * Reads the first 8 KiB of a file. Throws `not-a-backup-file`, `newer-version`, `forged`, or `torn` where a superblock was
 * begun but none is whole.
 */
export function chooseSuperblock(head: Uint8Array, fileSizeBytes: number, path: string): CurrentSuperblock {
  const found: { superblock: SignedSuperblock; place: 'A' | 'B' }[] = [];
  let recognised = false;
  for (const [slot, place] of (['A', 'B'] as const).entries()) {
    const bytes = Buffer.from(head.buffer, head.byteOffset + slot * superblockBytes, superblockBytes);
    recognised ||= bytes.subarray(0, magic.length).equals(magic);
    if (!isWhole(bytes, place)) continue;
    found.push({ superblock: decodeSuperblock(bytes, path), place });
  }
  const [one, other] = found;
  if (!one && !recognised) throw new BackupFileError('not-a-backup-file', path, `${path} is not a backup file.`);
  if (!one) throw new BackupFileError('torn', path, `${path} is damaged: neither of its superblocks is whole.`);
  const chosen = other && other.superblock.generation > one.superblock.generation ? other : one;
  const { committedBytes, generation } = chosen.superblock;
  if (committedBytes > fileSizeBytes) {
    const message = `${path} is cut short: it has ${fileSizeBytes} of ${committedBytes} bytes. Copy it again or remove it.`;
    throw new BackupFileError('torn', path, message);
  }
  const missing = chosen.place === 'A' ? 'second' : 'first';
  const decay = !other
    ? `The ${missing} superblock is damaged.`
    : one.superblock.generation === other.superblock.generation
      ? null
      : `The ${missing} superblock still says generation ${Math.min(one.superblock.generation, other.superblock.generation)} of ${generation}.`;
  return { ...chosen, decay };
}

/** Whether these 4 KiB are a superblock, undamaged and at its place. */
export function isWhole(bytes: Buffer, place: SuperblockPlace): boolean {
  return (
    bytes.subarray(0, magic.length).equals(magic) &&
    bytes.readBigUInt64LE(checksumAt) === checksumOf(bytes.subarray(0, checksumAt)) &&
    places[bytes.readUInt8(placeAt)] === place
  );
}

/** Reads a whole superblock. Throws `newer-version`, `forged`, or `corrupt` where it makes no sense. */
export function decodeSuperblock(bytes: Buffer, path: string): SignedSuperblock {
  const version = bytes.readUInt32LE(8);
  if (version > formatVersion || bytes.readUInt32LE(16) !== 0) {
    const message = `${path} was written by a newer release (format version ${version}, flags ${bytes.readUInt32LE(16)}). Update this one first.`;
    throw new BackupFileError('newer-version', path, message);
  }
  const kind = kinds[bytes.readUInt8(24)];
  const parent = bytes.subarray(80, 96);
  const encrypted = bytes.readUInt8(25) === 1;
  const superblock: Omit<SignedSuperblock, 'signer'> = {
    kind: kind ?? 'full',
    blockSizeBytes: bytes.readUInt32LE(28),
    fileUuid: uuidFromBytes(bytes.subarray(32, 48)),
    chainUuid: uuidFromBytes(bytes.subarray(48, 64)),
    pointUuid: uuidFromBytes(bytes.subarray(64, 80)),
    parent: isZero(parent) ? null : { pointUuid: uuidFromBytes(parent), state: bytes.subarray(96, 128) },
    state: bytes.subarray(128, 160),
    createdAtMs: readUint64(bytes, 160),
    generation: readUint64(bytes, 168),
    committedBytes: readUint64(bytes, 176),
    opening: { offset: readUint64(bytes, 184), digest: bytes.subarray(192, 224) },
    root: {
      offsets: [readUint64(bytes, 224), readUint64(bytes, 232)],
      storedBytes: bytes.readUInt32LE(240),
      plainBytes: bytes.readUInt32LE(244),
      digest: bytes.subarray(248, 280),
    },
    keySection: encrypted
      ? {
          secondOffset: readUint64(bytes, 288),
          storedBytes: bytes.readUInt32LE(280),
          digest: bytes.subarray(296, 328),
        }
      : undefined,
  };
  const within = (offset: number, length: number): boolean =>
    offset >= dataStart && offset + length <= superblock.committedBytes - superblockBytes;
  const { root, keySection, opening } = superblock;
  const sound =
    version === formatVersion &&
    kind !== undefined &&
    bytes.readUInt8(25) <= 1 &&
    (kind === 'full') === (superblock.parent === null) &&
    blockSizesBytes.includes(superblock.blockSizeBytes) &&
    root.storedBytes > digestBytes &&
    root.offsets.every((offset) => within(offset, root.storedBytes)) &&
    within(opening.offset, 64) &&
    (!keySection || within(keySection.secondOffset, keySection.storedBytes)) &&
    bytes.readUInt16LE(26) === 0 &&
    isZero(bytes.subarray(284, 288)) &&
    (encrypted || isZero(bytes.subarray(280, 328))) &&
    (kind !== 'full' || isZero(bytes.subarray(96, 128))) &&
    isZero(bytes.subarray(reservedAt, checksumAt));
  if (!sound) throw new BackupFileError('corrupt', path, `${path} is damaged: its superblock makes no sense.`);
  return { ...superblock, signer: signerOf(bytes, path) };
}

function signerOf(bytes: Buffer, path: string): Uint8Array | null {
  const publicKey = bytes.subarray(328, signedTo);
  const signature = bytes.subarray(signedTo, placeAt);
  if (isZero(publicKey) && isZero(signature)) return null;
  const signed = Buffer.concat([statement, bytes.subarray(signedFrom, signedTo)]);
  if (isSignedBy(publicKey, signed, signature)) return publicKey;
  const message = `${path} is refused: its signature does not fit what it says. It was changed by somebody who has not the key of its writer.`;
  throw new BackupFileError('forged', path, message);
}

/** SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410). */
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Whether a signature is this key's under these bytes; false for what is no key. */
export function isSignedBy(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.concat([ed25519Prefix, publicKey]), format: 'der', type: 'spki' });
    return verify(null, bytes, key, signature);
  } catch {
    return false;
  }
}

/** How a public key is shown: 16 bytes of its digest, in fours. */
export function fingerprintOf(publicKey: Uint8Array): string {
  const hex = Buffer.from(blake3(publicKey as Buffer))
    .subarray(0, 16)
    .toString('hex');
  return (hex.match(/.{4}/g) ?? []).join(' ');
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Writes a whole number below 2^53 as an unsigned 64-bit one. */
export function writeUint64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value % 0x1_0000_0000, at);
  bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
}

/** Reads an unsigned 64-bit number; above 2^53 it is no longer exact, and larger than any file. */
export function readUint64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * 0x1_0000_0000 + bytes.readUInt32LE(at);
}
