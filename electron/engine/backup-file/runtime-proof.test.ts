import { createCipheriv } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { decryptText, encryptText } from './armoured-text.ts';
import { checksumOf } from './checksum.ts';
import { compress, decompress } from './codec.ts';
import { proveRuntime } from './runtime-proof.ts';
import { sealBody } from './sealing.ts';
import { blockDigest } from './state-digest.ts';
import { isSignedBy } from './superblock.ts';

const good = { compress, decompress, blockDigest, checksumOf, sealBody, isSignedBy, encryptText };

test('this runtime is fit for backup files', async () => {
  await proveRuntime();
  expect(await decryptText('', {})).toBeUndefined();
});

test.each([
  ['zstd', { compress: () => undefined }],
  [
    'lz4',
    {
      decompress: (codec: 'none' | 'zstd' | 'lz4', packed: Uint8Array, size: number) =>
        codec === 'lz4' ? Buffer.alloc(size) : decompress(codec, packed, size),
    },
  ],
  ['BLAKE3', { blockDigest: () => Buffer.alloc(32) }],
  ['Ed25519', { isSignedBy: () => true }],
  ['XXH64', { checksumOf: () => 0n }],
  [
    'AES-256-GCM',
    {
      sealBody: () => {
        createCipheriv('chacha20-absent', Buffer.alloc(32), Buffer.alloc(12));
        return Buffer.alloc(0);
      },
    },
  ],
  ['age', { encryptText: () => Promise.resolve('nothing') }],
])('what is missing or wrong is named: %s', async (name, change) => {
  await expect(proveRuntime({ ...good, ...change })).rejects.toThrow(name);
});

test('the product uses only what Electron’s BoringSSL has', async () => {
  // MD5 is what CHAP asks for (RFC 7143).
  const allowed = new Set(['aes-256-gcm', 'sha256', 'md5']);
  const root = path.join(import.meta.dirname, '..', '..');
  const used = new Set<string>();
  for (const name of await readdir(root, { recursive: true })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.includes('testing')) continue;
    const source = await readFile(path.join(root, name), 'utf8');
    for (const match of source.matchAll(
      /\b(?:createCipheriv|createDecipheriv|createHash|createHmac|hkdfSync)\(\s*'([^']+)'/g,
    )) {
      used.add(match[1] ?? '');
    }
  }
  expect(used).toContain('aes-256-gcm');
  expect([...used].filter((name) => !allowed.has(name))).toEqual([]);
});
