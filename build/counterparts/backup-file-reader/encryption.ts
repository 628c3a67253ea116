/** Section 4: the key section, the keys of sessions, and what they open. */

import { Decrypter } from 'age-encryption';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { BackupFileError, demand, parseJson, uuidBytes } from './fields.ts';

/** What opens encrypted files, and which signers are known. One object may serve many files. */
export interface Keys {
  readonly passphrase?: string;
  /** An age identity, `AGE-SECRET-KEY-1…`. */
  readonly identity?: string;
  /** Public keys of 32 bytes of signers that are pinned. */
  readonly pinned?: readonly Uint8Array[];
}

/** A session and its key under the file key. */
export interface SealedSession {
  readonly session: string;
  readonly sealed: Buffer;
}

/** The keys of the sessions of a file by UUID. */
export type SessionKeys = ReadonlyMap<string, Buffer>;

/** Identities that a passphrase opened already: scrypt once a run. */
const opened = new WeakMap<Keys, Map<string, Promise<string>>>();

/** The file key from the bytes of the key section. */
export async function openKeySection(section: Buffer, keys: Keys): Promise<Buffer> {
  const json: unknown = parseJson(section.toString('utf8'), 'the key section');
  demand(member(json, 'version') === 2, 'the key section has another version', 'of a newer version');
  demand(member(json, 'cipher') === 'AES-256-GCM', 'the key section names an unknown cipher', 'of a newer version');
  const decrypter = new Decrypter();
  decrypter.addIdentity(keys.identity ?? (await identityOf(member(member(json, 'repositoryKey'), 'identity'), keys)));
  const key = await decrypt(decrypter, text(member(json, 'fileKey')), 'the file key');
  demand(key.length === 32, 'the file key has a wrong length');
  return key;
}

function identityOf(sealed: unknown, keys: Keys): Promise<string> {
  const { passphrase } = keys;
  demand(passphrase !== undefined, 'the file is encrypted: give the passphrase', 'needs a key');
  const known = opened.get(keys) ?? new Map<string, Promise<string>>();
  opened.set(keys, known);
  const age = text(sealed);
  const found = known.get(age) ?? openIdentity(age, passphrase);
  known.set(age, found);
  return found;
}

async function openIdentity(sealed: string, passphrase: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  return (await decrypt(decrypter, sealed, 'the repository key')).toString('utf8').trim();
}

async function decrypt(decrypter: Decrypter, base64: string, what: string): Promise<Buffer> {
  try {
    return Buffer.from(await decrypter.decrypt(Buffer.from(base64, 'base64')));
  } catch (error) {
    throw new BackupFileError('needs a key', `${what} does not open: ${String(error)}`);
  }
}

function member(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null) return undefined;
  return Object.entries(json).find(([key]) => key === name)?.[1];
}

function text(value: unknown): string {
  demand(typeof value === 'string', 'the key section has not what it must have');
  return value;
}

function hkdf(key: Buffer, salt: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, 32));
}

function open(key: Buffer, nonce: Buffer, bound: Buffer, sealed: Buffer, what: string): Buffer {
  demand(sealed.length >= 16, `${what} is too short`);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  decipher.setAAD(bound);
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  } catch {
    throw new BackupFileError('cannot be read', `${what} does not open with its key`);
  }
}

/** The keys of sessions, opened with the file key. */
export function openSessions(fileKey: Buffer, sessions: readonly SealedSession[]): SessionKeys {
  return new Map(
    sessions.map(({ session, sealed }) => {
      const id = uuidBytes(session);
      const key = hkdf(fileKey, id, 'reelvault 2 session');
      return [session, open(key, Buffer.alloc(12), id, sealed, `the key of session ${session}`)];
    }),
  );
}

/** What an encrypted body is bound to. */
interface BoundHeader {
  readonly session: string;
  readonly counter: number;
  readonly bound: Buffer;
}

/** Decrypts the body of a record. */
export function decryptBody(keys: SessionKeys, header: BoundHeader, body: Buffer, at: number): Buffer {
  const key = keys.get(header.session);
  demand(key !== undefined, `the record at ${at} is of a session that the file does not name`);
  const nonce = Buffer.alloc(12);
  nonce.writeUIntLE(header.counter, 0, 6);
  return open(key, nonce, header.bound, body, `the record at ${at}`);
}

/** Decrypts the frame of a root. */
export function decryptRoot(fileKey: Buffer, salt: Buffer, frame: Buffer, file: string, generation: number): Buffer {
  const bound = Buffer.alloc(28);
  bound.write('root', 0);
  uuidBytes(file).copy(bound, 4);
  bound.writeBigUInt64LE(BigInt(generation), 20);
  return open(hkdf(fileKey, salt, 'reelvault 2 root'), Buffer.alloc(12), bound, frame, 'the root');
}
