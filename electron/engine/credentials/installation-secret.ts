import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../../shared/domain/message-of.ts';

/** A place of the operating system that keeps secrets for this user: on the desktop, Electron's `safeStorage`. */
export interface KeyRing {
  /** Why nothing may be put into it, in words; undefined when it may. What is in it is read all the same. */
  refusal?: string;
  seal(text: string): Promise<Buffer>;
  /** `renew`: the key ring has a newer key and wants the text sealed again. */
  unseal(sealed: Buffer): Promise<{ text: string; renew: boolean }>;
}

export interface InstallationSecret {
  /** 32 bytes; undefined when they are there but cannot be read now. */
  secret: Buffer | undefined;
  /** `file`: a file of mode 0600; `key-ring`: the operating system's. */
  keptIn: 'file' | 'key-ring';
  /** What the administrator should know, in words; undefined when all is as it should be. */
  warning?: string;
}

const sizeBytes = 32;
const plainName = 'secret.key';
const sealedName = 'secret.sealed';
const anew = 'remove the keys and add them again with their passphrases.';

/**
 * The secret under which this installation keeps passphrases: made on first use, in the key ring where there is one that can
 * be trusted, in a file of mode 0600 elsewhere. A secret moves from the file into the key ring only when it was read back
 * from what was written and flushed, so that it is never without a readable copy. Call with the data directory locked.
 */
export async function openInstallationSecret(
  dataDir: string,
  keyRing: KeyRing | undefined,
): Promise<InstallationSecret> {
  const plainPath = path.join(dataDir, plainName);
  const sealedPath = path.join(dataDir, sealedName);
  const plainBytes = readBytes(plainPath);
  const sealed = readBytes(sealedPath);

  if (plainBytes) {
    const plain = parseSecret(plainBytes.toString('utf8'));
    if (!plain)
      return unreadable('file', `${plainPath} is damaged. Put it back from a copy; or move it away, and ${anew}`);
    if (!keyRing || keyRing.refusal !== undefined) {
      const warning = keyRing ? `Passphrases are kept under a key file (mode 0600): ${keyRing.refusal}` : undefined;
      return { secret: plain, keptIn: 'file', ...(warning === undefined ? {} : { warning }) };
    }
    return moveIntoKeyRing(keyRing, plain, dataDir);
  }
  if (sealed) return takeFromKeyRing(keyRing, sealed, dataDir);

  const made = randomBytes(sizeBytes);
  writeDurably(dataDir, plainName, Buffer.from(made.toString('hex')));
  return openInstallationSecret(dataDir, keyRing);
}

async function moveIntoKeyRing(keyRing: KeyRing, secret: Buffer, dataDir: string): Promise<InstallationSecret> {
  try {
    const text = secret.toString('hex');
    writeDurably(dataDir, sealedName, await keyRing.seal(text));
    const back = readBytes(path.join(dataDir, sealedName));
    if (!back || (await keyRing.unseal(back)).text !== text) throw new Error('what was stored does not read back');
    rmSync(path.join(dataDir, plainName));
    syncFolder(dataDir);
    return { secret, keptIn: 'key-ring' };
  } catch (error) {
    rmSync(path.join(dataDir, sealedName), { force: true });
    return {
      secret,
      keptIn: 'file',
      warning: `Passphrases stay under a key file (mode 0600): the system’s key ring failed (${reasonOf(error)}).`,
    };
  }
}

async function takeFromKeyRing(
  keyRing: KeyRing | undefined,
  sealed: Buffer,
  dataDir: string,
): Promise<InstallationSecret> {
  if (!keyRing) {
    return unreadable(
      'key-ring',
      'the desktop console keeps their key in the key ring of its user. Start the desktop console; commands then go through it. ' +
        'Or let it put the key back into a file: start it once with --secrets-in-file.',
    );
  }
  let text: string;
  let renew: boolean;
  try {
    ({ text, renew } = await keyRing.unseal(sealed));
  } catch (error) {
    return unreadable(
      'key-ring',
      `the system’s key ring does not give out their key (${reasonOf(error)}). Unlock it and start Reelvault again; if it is lost, move ${sealedName} away, and ${anew}`,
    );
  }
  const secret = parseSecret(text);
  if (!secret) return unreadable('key-ring', `${sealedName} is damaged. Move it away, and ${anew}`);
  if (keyRing.refusal === undefined) {
    // Until then the old form is still readable, and this is tried again at the next start.
    if (renew)
      await keyRing.seal(text).then(
        (again) => writeDurably(dataDir, sealedName, again),
        () => {},
      );
    return { secret, keptIn: 'key-ring' };
  }
  writeDurably(dataDir, plainName, Buffer.from(text));
  rmSync(path.join(dataDir, sealedName));
  syncFolder(dataDir);
  return { secret, keptIn: 'file', warning: `Passphrases are kept under a key file (mode 0600): ${keyRing.refusal}` };
}

function unreadable(keptIn: 'file' | 'key-ring', why: string): InstallationSecret {
  return { secret: undefined, keptIn, warning: `Stored passphrases cannot be read: ${why}` };
}

function parseSecret(text: string): Buffer | undefined {
  const trimmed = text.trim();
  return new RegExp(`^[0-9a-f]{${2 * sizeBytes}}$`, 'i').test(trimmed) ? Buffer.from(trimmed, 'hex') : undefined;
}

function readBytes(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeDurably(folder: string, name: string, bytes: Buffer): void {
  const file = path.join(folder, name);
  const descriptor = openSync(`${file}.partial`, 'w', 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.partial`, file);
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  // Windows cannot open folders; its file systems order a rename after what it follows.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function reasonOf(error: unknown): string {
  return messageOf(error);
}
