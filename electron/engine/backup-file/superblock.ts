import { checksumOf } from './checksum.ts';
import { BackupFileError } from './errors.ts';
import { blockSizesBytes, type DigestAlgorithm, type PointKind } from './restore-point.ts';
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.ts';

/**
 * The 4 KiB at 0 (slot A) and 4096 (slot B). The valid one with the higher generation is the file's state; a commit
 * writes the other first, and then this one too. The byte layout is described in docs/backup-file-format.md.
 */
export const superblockBytes = 4096;
export const dataStart = 2 * superblockBytes;
export const formatVersion = 1;

// Like PNG's: a byte above 127, a name, and line ends that a text-mode transfer would change.
const magic = Buffer.from('\x89RVB\r\n\x1a\n', 'latin1');
const checksumAt = superblockBytes - 8;
const kinds: (PointKind | undefined)[] = [undefined, 'full', 'increment'];
const digests: (DigestAlgorithm | undefined)[] = [undefined, 'blake3', 'sha256'];

/** A stretch of the file with the checksum of its bytes. */
export interface Extent {
  offset: number;
  storedBytes: number;
  checksum: bigint;
}

export interface Superblock {
  fileUuid: string;
  chainUuid: string;
  parentFileUuid: string | null;
  kind: PointKind;
  /** 1 in a new file, one more with each commit. */
  generation: number;
  blockSizeBytes: number;
  digestAlgorithm: DigestAlgorithm;
  root: Extent & { plainBytes: number };
  /** Where the wrapped data key stands; an encrypted file has one. */
  keySection: Extent | undefined;
  /** Which numbering of nonces the next writer must leave behind; counts up before anything is appended. */
  nonceEpoch: number;
  /** All bytes below this one are committed; whatever follows is the rest of an interrupted write. */
  committedBytes: number;
}

export function encodeSuperblock(superblock: Superblock): Buffer {
  const bytes = Buffer.alloc(superblockBytes);
  magic.copy(bytes, 0);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeUInt8(kinds.indexOf(superblock.kind), 12);
  bytes.writeUInt8(digests.indexOf(superblock.digestAlgorithm), 13);
  bytes.writeUInt8(superblock.keySection ? 1 : 0, 14);
  bytes.set(uuidToBytes(superblock.fileUuid), 16);
  bytes.set(uuidToBytes(superblock.chainUuid), 32);
  if (superblock.parentFileUuid !== null) bytes.set(uuidToBytes(superblock.parentFileUuid), 48);
  writeUint64(bytes, superblock.generation, 64);
  writeUint64(bytes, superblock.committedBytes, 72);
  writeUint64(bytes, superblock.root.offset, 80);
  bytes.writeUInt32LE(superblock.root.storedBytes, 88);
  bytes.writeUInt32LE(superblock.root.plainBytes, 92);
  bytes.writeBigUInt64LE(superblock.root.checksum, 96);
  bytes.writeUInt32LE(superblock.blockSizeBytes, 104);
  bytes.writeUInt32LE(superblock.nonceEpoch, 108);
  if (superblock.keySection) {
    writeUint64(bytes, superblock.keySection.offset, 112);
    bytes.writeUInt32LE(superblock.keySection.storedBytes, 120);
    bytes.writeBigUInt64LE(superblock.keySection.checksum, 128);
  }
  bytes.writeBigUInt64LE(checksumOf(bytes.subarray(0, checksumAt)), checksumAt);
  return bytes;
}

/** The state a file is in, and the slot (0 or 1) that says so. */
export interface CurrentSuperblock {
  superblock: Superblock;
  slot: 0 | 1;
}

/**
 * Reads the first 8 KiB of a file. Throws `not-a-backup-file`, `newer-version`, or `torn` where a superblock was
 * begun but none is whole.
 */
export function chooseSuperblock(head: Uint8Array, fileSizeBytes: number, path: string): CurrentSuperblock {
  let chosen: CurrentSuperblock | undefined;
  let recognised = false;
  for (const slot of [0, 1] as const) {
    const bytes = Buffer.from(head.buffer, head.byteOffset + slot * superblockBytes, superblockBytes);
    if (!bytes.subarray(0, magic.length).equals(magic)) continue;
    recognised = true;
    if (bytes.readBigUInt64LE(checksumAt) !== checksumOf(bytes.subarray(0, checksumAt))) continue;
    const superblock = decodeSuperblock(bytes, path);
    if (!chosen || superblock.generation > chosen.superblock.generation) chosen = { superblock, slot };
  }
  if (!chosen && !recognised) {
    throw new BackupFileError('not-a-backup-file', path, `${path} is not a backup file.`);
  }
  if (!chosen) {
    throw new BackupFileError('torn', path, `${path} is damaged: neither of its superblocks is whole.`);
  }
  const { committedBytes } = chosen.superblock;
  if (committedBytes > fileSizeBytes) {
    const message = `${path} is cut short: it has ${fileSizeBytes} of ${committedBytes} bytes. Copy it again or remove it.`;
    throw new BackupFileError('torn', path, message);
  }
  return chosen;
}

function decodeSuperblock(bytes: Buffer, path: string): Superblock {
  const version = bytes.readUInt32LE(8);
  if (version > formatVersion) {
    const message = `${path} has format version ${version}; this release reads up to ${formatVersion}. Update it first.`;
    throw new BackupFileError('newer-version', path, message);
  }
  const kind = kinds[bytes.readUInt8(12)];
  const digestAlgorithm = digests[bytes.readUInt8(13)];
  const blockSizeBytes = bytes.readUInt32LE(104);
  const committedBytes = readUint64(bytes, 72);
  const root = {
    offset: readUint64(bytes, 80),
    storedBytes: bytes.readUInt32LE(88),
    plainBytes: bytes.readUInt32LE(92),
    checksum: bytes.readBigUInt64LE(96),
  };
  const encrypted = bytes.readUInt8(14) === 1;
  const keySection = encrypted
    ? { offset: readUint64(bytes, 112), storedBytes: bytes.readUInt32LE(120), checksum: bytes.readBigUInt64LE(128) }
    : undefined;
  const within = (extent: Extent | undefined): boolean =>
    !extent || (extent.offset >= dataStart && extent.offset + extent.storedBytes <= committedBytes);
  if (!kind || !digestAlgorithm || !blockSizesBytes.includes(blockSizeBytes) || !within(root) || !within(keySection)) {
    throw new BackupFileError('corrupt', path, `${path} is damaged: its superblock makes no sense.`);
  }
  const parent = bytes.subarray(48, 64);
  return {
    fileUuid: uuidFromBytes(bytes.subarray(16, 32)),
    chainUuid: uuidFromBytes(bytes.subarray(32, 48)),
    parentFileUuid: parent.every((byte) => byte === 0) ? null : uuidFromBytes(parent),
    kind,
    generation: readUint64(bytes, 64),
    blockSizeBytes,
    digestAlgorithm,
    root,
    keySection,
    nonceEpoch: bytes.readUInt32LE(108),
    committedBytes,
  };
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
