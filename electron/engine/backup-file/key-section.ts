import { createHash, randomBytes } from 'node:crypto';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { z } from 'zod';
import type { Encryption, Keys } from './restore-point.ts';

/**
 * How an encrypted file carries its key: a JSON document in clear, whose secrets are age files (age-encryption.org/v1)
 * in base64. `fileKey` is encrypted to the recipients. age does not mix recipients with a passphrase, so a passphrase
 * protects an identity of its own, which is one of the recipients: `repositoryKey`. Files written under one
 * passphrase share that identity, so that the slow passphrase function runs once and not once per file.
 */
const keySectionSchema = z.object({
  version: z.literal(2),
  cipher: z.literal('AES-256-GCM'),
  recipients: z.array(z.string().max(4096)).max(64),
  fileKey: z.base64(),
  repositoryKey: z.object({ recipient: z.string().max(4096), identity: z.base64() }).optional(),
});
type KeySection = z.infer<typeof keySectionSchema>;
export const largestKeySectionBytes = 1024 * 1024;

interface PassphraseIdentity {
  identity: string;
  recipient: string;
  /** The identity as an age file, encrypted with the passphrase, base64. */
  wrapped: string;
}

// By passphrase: the identity to write with. By secrets and what they were tried on: what came out (undefined: nothing).
const writing = new Map<string, PassphraseIdentity>();
const opened = new Map<string, string | undefined>();
const mostRemembered = 1000;

const fileKeyBytes = 32;
const sectionUnitBytes = 4096;

/** A file's key with the section that carries it, wrapped. A copy under the same key has both as they are. */
export interface KeyMaterial {
  fileKey: Uint8Array;
  section: Uint8Array;
}

/** Makes a file's key and the section that carries it. Throws a plain Error when a recipient is malformed. */
export async function createKeySection(encryption: Encryption): Promise<KeyMaterial> {
  const fileKey = randomBytes(fileKeyBytes);
  const recipients = [...new Set(encryption.recipients ?? [])];
  const own =
    encryption.passphrase === undefined ? undefined : await identityForWriting(encryption.passphrase, encryption);
  if (!own && recipients.length === 0) throw new Error('Encryption needs a passphrase or at least one recipient.');
  const section: KeySection = {
    version: 2,
    cipher: 'AES-256-GCM',
    recipients,
    fileKey: await encryptTo(own ? [...recipients, own.recipient] : recipients, fileKey),
    ...(own ? { repositoryKey: { recipient: own.recipient, identity: own.wrapped } } : {}),
  };
  // Filled up with blanks (which JSON ignores) so that the first block starts on a page boundary.
  const json = Buffer.from(JSON.stringify(section), 'utf8');
  const padded = Buffer.alloc(Math.ceil(json.length / sectionUnitBytes) * sectionUnitBytes, ' ');
  json.copy(padded);
  return { fileKey, section: padded };
}

/** Tells key sections apart: half of the SHA-256 of their bytes, in hexadecimal. */
export function keySectionId(section: Uint8Array): string {
  return createHash('sha256').update(section).digest('hex').slice(0, 32);
}

async function encryptTo(recipients: string[], plain: Uint8Array): Promise<string> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return Buffer.from(await encrypter.encrypt(plain)).toString('base64');
}

async function identityForWriting(passphrase: string, encryption: Encryption): Promise<PassphraseIdentity> {
  const known = writing.get(memoryKey(passphrase));
  if (known) return known;
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  if (encryption.passphraseWorkFactor !== undefined) encrypter.setScryptWorkFactor(encryption.passphraseWorkFactor);
  const wrapped = Buffer.from(await encrypter.encrypt(identity)).toString('base64');
  const made = { identity, recipient: await identityToRecipient(identity), wrapped };
  remember(writing, memoryKey(passphrase), made);
  remember(opened, memoryKey(passphrase, wrapped), identity);
  return made;
}

/** Throws a plain Error when the bytes are no key section. */
export function parseKeySection(bytes: Uint8Array): KeySection {
  return keySectionSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

/** The file's key, or `undefined` when none of the keys opens it. */
export async function openKeySection(bytes: Uint8Array, keys: Keys): Promise<Uint8Array | undefined> {
  const key = memoryKey(keySectionId(bytes), ...(keys.passphrases ?? []), '|', ...(keys.identities ?? []));
  if (!opened.has(key)) {
    const fileKey = await unwrapFileKey(bytes, keys);
    remember(opened, key, fileKey && Buffer.from(fileKey).toString('base64'));
  }
  const fileKey = opened.get(key);
  return fileKey === undefined ? undefined : Buffer.from(fileKey, 'base64');
}

async function unwrapFileKey(bytes: Uint8Array, keys: Keys): Promise<Uint8Array | undefined> {
  const section = parseKeySection(bytes);
  const identities = [...(keys.identities ?? [])];
  for (const passphrase of section.repositoryKey === undefined ? [] : (keys.passphrases ?? [])) {
    const identity = await openPassphraseIdentity(section, passphrase);
    if (identity !== undefined) {
      identities.unshift(identity);
      break;
    }
  }
  if (identities.length === 0) return undefined;
  const decrypter = new Decrypter();
  for (const identity of identities) addIfWellFormed(decrypter, identity);
  const fileKey = await decrypter.decrypt(Buffer.from(section.fileKey, 'base64')).catch(() => undefined);
  return fileKey?.length === fileKeyBytes ? fileKey : undefined;
}

function addIfWellFormed(decrypter: Decrypter, identity: string): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    // A mistyped identity opens nothing; the others still may.
  }
}

async function openPassphraseIdentity(section: KeySection, passphrase: string): Promise<string | undefined> {
  const wrapped = section.repositoryKey?.identity ?? '';
  const key = memoryKey(passphrase, wrapped);
  if (opened.has(key)) return opened.get(key);
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  const identity = await decrypter.decrypt(Buffer.from(wrapped, 'base64'), 'text').catch(() => undefined);
  remember(opened, key, identity);
  if (identity === undefined) return undefined;
  const recipient = await identityToRecipient(identity);
  if (!writing.has(memoryKey(passphrase))) remember(writing, memoryKey(passphrase), { identity, recipient, wrapped });
  return identity;
}

function memoryKey(...parts: string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('base64');
}

function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
  const oldest = memory.size >= mostRemembered ? memory.keys().next().value : undefined;
  if (oldest !== undefined) memory.delete(oldest);
  memory.set(key, value);
}
