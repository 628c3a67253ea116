import { messageOf } from '../../../shared/domain/message-of.ts';
import { decryptText, encryptText } from './armoured-text.ts';
import { generateKeyPairSync, sign } from 'node:crypto';
import { checksumOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import { openBody, sealBody } from './sealing.ts';
import { blockDigest } from './state-digest.ts';
import { isSignedBy } from './superblock.ts';

/** What a runtime has to do right before it may touch backup files; each gives the bytes or text that are compared. */
export interface ProofParts {
  compress: typeof compress;
  decompress: typeof decompress;
  blockDigest: typeof blockDigest;
  checksumOf: typeof checksumOf;
  sealBody: typeof sealBody;
  isSignedBy: typeof isSignedBy;
  encryptText: typeof encryptText;
}

const ours: ProofParts = { compress, decompress, blockDigest, checksumOf, sealBody, isSignedBy, encryptText };

/**
 * Tries everything that backup files are made with on a small block, in some milliseconds, and throws naming the first
 * that is missing or wrong. Electron's Node is built with other libraries than Node's own (BoringSSL, which has no
 * ChaCha20-Poly1305 for Node; its own zstd), and its native modules live under other rules: better an engine that does
 * not start than one that writes what nobody can read.
 */
export async function proveRuntime(parts: ProofParts = ours): Promise<void> {
  const block = Buffer.alloc(64 * 1024, 'Reelvault ');
  for (const codec of ['zstd', 'lz4'] as const) {
    await prove(`compression with ${codec}`, () => {
      const packed = parts.compress(codec, block);
      return packed !== undefined && Buffer.compare(parts.decompress(codec, packed, block.length), block) === 0;
    });
  }
  // The BLAKE3 paper's own test vector for "abc"; XXH64 of the xxHash specification for the empty text.
  await prove('BLAKE3', () =>
    hex(parts.blockDigest(Buffer.from('abc'))).startsWith('6437b3ac38465133ffb63b75273a8db548c558465d79db03'),
  );
  await prove('XXH64', () => parts.checksumOf(Buffer.alloc(0)) === 0xef46db3751d8e999n);
  await prove('AES-256-GCM', () => {
    const [key, header] = [Buffer.alloc(32, 1), Buffer.alloc(64, 2)];
    const sealed = parts.sealBody(key, header, 7, block);
    return Buffer.compare(openBody(key, header, 7, sealed), block) === 0 && !sealed.includes('Reelvault');
  });
  await prove('Ed25519', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    const signature = sign(null, block, privateKey);
    return parts.isSignedBy(raw, block, signature) && !parts.isSignedBy(raw, block.subarray(1), signature);
  });
  await prove('age', async () => {
    const protectWith = { passphrase: 'proof', passphraseWorkFactor: 2 };
    return (await decryptText(await parts.encryptText('text', protectWith), { passphrases: ['proof'] })) === 'text';
  });
}

async function prove(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  let why = 'gives wrong results';
  try {
    if (await holds()) return;
  } catch (error) {
    why = `fails (${messageOf(error)})`;
  }
  throw new Error(
    `${what} ${why} in this program (${process.versions.electron ? `Electron ${process.versions.electron}` : `Node ${process.versions.node}`}). Nothing was opened. Use the web console with Node 24 instead, and report this.`,
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
