import { messageOf } from '../../../shared/domain/message-of.ts';
import { decryptText, encryptText } from './armoured-text.ts';
import { checksumOf, digestOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import { createFileKey, open, seal, sealedRole } from './sealing.ts';

/** What a runtime has to do right before it may touch backup files; each gives the bytes or text that are compared. */
export interface ProofParts {
  compress: typeof compress;
  decompress: typeof decompress;
  digestOf: typeof digestOf;
  checksumOf: typeof checksumOf;
  seal: typeof seal;
  encryptText: typeof encryptText;
}

const ours: ProofParts = { compress, decompress, digestOf, checksumOf, seal, encryptText };

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
  const abc = Buffer.from('abc');
  // FIPS 180-4 and the BLAKE3 paper's own test vectors for "abc"; XXH64 of the xxHash specification for the empty text.
  await prove('SHA-256', () =>
    hex(parts.digestOf('sha256', abc)).startsWith('ba7816bf8f01cfea414140de5dae2223b00361a396177a9c'),
  );
  await prove('BLAKE3', () =>
    hex(parts.digestOf('blake3', abc)).startsWith('6437b3ac38465133ffb63b75273a8db548c558465d79db03'),
  );
  await prove('XXH64', () => parts.checksumOf(Buffer.alloc(0)) === 0xef46db3751d8e999n);
  await prove('AES-256-GCM', () => {
    const key = createFileKey('00000000-0000-4000-8000-000000000001', Buffer.alloc(32, 1));
    const sealed = parts.seal(key, 1, sealedRole.block, 4096, block);
    return Buffer.compare(open(key, sealedRole.block, 4096, sealed), block) === 0 && !sealed.includes('Reelvault');
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
