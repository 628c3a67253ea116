import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { associatedBytes } from './record.ts';
import { uuidToBytes } from './uuid-bytes.ts';

/**
 * AES-256-GCM (NIST SP 800-38D) around the bodies of records, roots and session keys (docs/format-2.md §4). A session is one
 * append by one running writer, with a key of its own; its counter never goes back, so no nonce is used twice whatever is
 * rolled back.
 */
export const tagBytes = 16;
export const sealedKeyBytes = 48;
export const saltBytes = 32;
const noNonce = Buffer.alloc(12);

// Node's ciphers return fresh memory; small pieces are reused by the allocator, a whole block costs page faults each time.
const pieceBytes = 64 * 1024;

function encrypt(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array, into: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(associated);
  const sealed = into.subarray(0, plain.length + tagBytes);
  for (let at = 0; at < plain.length; at += pieceBytes) {
    cipher.update(plain.subarray(at, at + pieceBytes)).copy(sealed, at);
  }
  cipher.final();
  cipher.getAuthTag().copy(sealed, plain.length);
  return sealed;
}

function decrypt(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array, into: Buffer): Buffer {
  if (sealed.length < tagBytes) throw new Error('too short to be encrypted data');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const ciphertext = sealed.subarray(0, sealed.length - tagBytes);
  for (let at = 0; at < ciphertext.length; at += pieceBytes) {
    decipher.update(ciphertext.subarray(at, at + pieceBytes)).copy(into, at);
  }
  decipher.final();
  return into.subarray(0, ciphertext.length);
}

const nonceOf = (counter: number): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntLE(counter, 0, 6);
  return nonce;
};

/** Encrypts a record's body under its session's key, bound to its header. `into` must not overlap `plain`. */
export function sealBody(
  key: Uint8Array,
  header: Buffer,
  counter: number,
  plain: Uint8Array,
  into: Buffer = Buffer.allocUnsafe(plain.length + tagBytes),
): Buffer {
  return encrypt(key, nonceOf(counter), header.subarray(0, associatedBytes), plain, into);
}

/** The opposite of {@link sealBody}; throws when key, header or a single bit is not the same. */
export function openBody(
  key: Uint8Array,
  header: Buffer,
  counter: number,
  sealed: Uint8Array,
  into: Buffer = Buffer.allocUnsafe(Math.max(0, sealed.length - tagBytes)),
): Buffer {
  return decrypt(key, nonceOf(counter), header.subarray(0, associatedBytes), sealed, into);
}

function derive(key: Uint8Array, salt: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, 32));
}

/** A session's key, sealed under the key of a file that holds its records. The same each time: it is one value. */
export function sealSessionKey(fileKey: Uint8Array, session: Uint8Array, key: Uint8Array): Buffer {
  const sealed = Buffer.alloc(sealedKeyBytes);
  return encrypt(derive(fileKey, session, 'reelvault 2 session'), noNonce, session, key, sealed);
}

export function openSessionKey(fileKey: Uint8Array, session: Uint8Array, sealed: Uint8Array): Buffer {
  return decrypt(derive(fileKey, session, 'reelvault 2 session'), noNonce, session, sealed, Buffer.alloc(32));
}

function rootContext(fileUuid: string, generation: number): Buffer {
  const context = Buffer.alloc(28);
  context.write('root', 'latin1');
  context.set(uuidToBytes(fileUuid), 4);
  context.writeBigUInt64LE(BigInt(generation), 20);
  return context;
}

/** Encrypts a root under a key of its own, made from `salt`, which stands in clear before it. */
export function sealRoot(
  fileKey: Uint8Array,
  salt: Uint8Array,
  file: { fileUuid: string; generation: number },
  frame: Uint8Array,
): Buffer {
  const context = rootContext(file.fileUuid, file.generation);
  return encrypt(derive(fileKey, salt, 'reelvault 2 root'), noNonce, context, frame, Buffer.alloc(frame.length + 16));
}

export function openRoot(
  fileKey: Uint8Array,
  salt: Uint8Array,
  file: { fileUuid: string; generation: number },
  sealed: Uint8Array,
): Buffer {
  const context = rootContext(file.fileUuid, file.generation);
  return decrypt(derive(fileKey, salt, 'reelvault 2 root'), noNonce, context, sealed, Buffer.alloc(sealed.length));
}
