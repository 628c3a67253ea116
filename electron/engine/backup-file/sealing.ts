import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { uuidToBytes } from './uuid-bytes.ts';

/**
 * AES-256-GCM (NIST SP 800-38D) around blocks, pages and roots. Sealed bytes are nonce (12) | ciphertext | tag (16).
 * The nonce is the epoch (u32) and the position in the file (u64): an epoch is used by one writer only, which writes
 * each position once, so under one file's key no nonce can repeat. File UUID, role and position are authenticated too:
 * sealed bytes cannot be moved to another place or file.
 */
export const sealOverheadBytes = 12 + 16;
const nonceBytes = 12;
const tagBytes = 16;

export const sealedRole = { block: 1, page: 2, root: 3 } as const;
export type SealedRole = (typeof sealedRole)[keyof typeof sealedRole];

export interface FileKey {
  fileUuid: string;
  /** The AES key, 32 bytes. */
  aesKey: Uint8Array;
}

/**
 * The AES key of one file: HKDF-SHA-256 (RFC 5869) of the data key that its key section carries, with the file's UUID as
 * salt. Two files can therefore carry the same key section without ever sharing a key and nonce.
 */
export function createFileKey(fileUuid: string, dataKey: Uint8Array): FileKey {
  const aesKey = new Uint8Array(hkdfSync('sha256', dataKey, uuidToBytes(fileUuid), 'reelvault backup file', 32));
  return { fileUuid, aesKey };
}

// Node's ciphers return fresh memory; small pieces are reused by the allocator, a whole block costs page faults each time.
const pieceBytes = 64 * 1024;

/** Encrypts into the start of `into` (which must not overlap `plain`) or into fresh memory, and gives the sealed bytes. */
export function seal(
  key: FileKey,
  epoch: number,
  role: SealedRole,
  offset: number,
  plain: Uint8Array,
  into: Buffer = Buffer.allocUnsafe(plain.length + sealOverheadBytes),
): Buffer {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUInt32LE(epoch, 0);
  nonce.writeBigUInt64LE(BigInt(offset), 4);
  const cipher = createCipheriv('aes-256-gcm', key.aesKey, nonce);
  cipher.setAAD(associatedData(key.fileUuid, role, offset));
  const sealed = into.subarray(0, plain.length + sealOverheadBytes);
  nonce.copy(sealed, 0);
  for (let at = 0; at < plain.length; at += pieceBytes) {
    cipher.update(plain.subarray(at, at + pieceBytes)).copy(sealed, nonceBytes + at);
  }
  cipher.final();
  cipher.getAuthTag().copy(sealed, nonceBytes + plain.length);
  return sealed;
}

/** The opposite of {@link seal}; throws when key, place or a single bit is not the same. */
export function open(
  key: FileKey,
  role: SealedRole,
  offset: number,
  sealed: Uint8Array,
  into: Buffer = Buffer.allocUnsafe(Math.max(0, sealed.length - sealOverheadBytes)),
): Buffer {
  if (sealed.length < sealOverheadBytes) throw new Error('too short to be encrypted data');
  const decipher = createDecipheriv('aes-256-gcm', key.aesKey, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(associatedData(key.fileUuid, role, offset));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const ciphertext = sealed.subarray(nonceBytes, sealed.length - tagBytes);
  for (let at = 0; at < ciphertext.length; at += pieceBytes) {
    decipher.update(ciphertext.subarray(at, at + pieceBytes)).copy(into, at);
  }
  decipher.final();
  return into.subarray(0, ciphertext.length);
}

function associatedData(fileUuid: string, role: SealedRole, offset: number): Buffer {
  const data = Buffer.alloc(25);
  data.set(uuidToBytes(fileUuid), 0);
  data.writeUInt8(role, 16);
  data.writeBigUInt64LE(BigInt(offset), 17);
  return data;
}
