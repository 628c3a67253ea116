import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { compressSync as lz4Compress, uncompressSync as lz4Decompress } from 'lz4-napi';
import type { Codec } from './restore-point.ts';

// Level 1: the best bytes per second measured; negative levels are not honoured by Node's zstd.
const zstdLevel = 1;
// lz4-napi puts the plain length (u32, little-endian) before the raw LZ4 block; the file knows that length already.
const lz4PrefixBytes = 4;

/** Compresses one block, or gives `undefined` where that would not make it smaller. */
export function compress(codec: Codec, plain: Uint8Array): Uint8Array | undefined {
  if (codec === 'none') return undefined;
  const packed = codec === 'zstd' ? zstd(plain) : lz4Compress(plain as Buffer).subarray(lz4PrefixBytes);
  return packed.length < plain.length ? packed : undefined;
}

function zstd(plain: Uint8Array): Uint8Array {
  return zstdCompressSync(plain, {
    chunkSize: plain.length + 8192,
    pledgedSrcSize: plain.length,
    params: { [constants.ZSTD_c_compressionLevel]: zstdLevel },
  });
}

/** The opposite of {@link compress}; throws unless exactly `plainBytes` come out. */
export function decompress(codec: Codec, packed: Uint8Array, plainBytes: number): Uint8Array {
  const plain = codec === 'none' ? packed : codec === 'zstd' ? unzstd(packed, plainBytes) : unlz4(packed, plainBytes);
  if (plain.length !== plainBytes) throw new Error(`It unpacks to ${plain.length} bytes instead of ${plainBytes}.`);
  return plain;
}

function unzstd(packed: Uint8Array, plainBytes: number): Uint8Array {
  return zstdDecompressSync(packed, { chunkSize: Math.max(64, plainBytes), maxOutputLength: Math.max(1, plainBytes) });
}

function unlz4(packed: Uint8Array, plainBytes: number): Uint8Array {
  const prefixed = Buffer.allocUnsafe(lz4PrefixBytes + packed.length);
  prefixed.writeUInt32LE(plainBytes, 0);
  prefixed.set(packed, lz4PrefixBytes);
  return lz4Decompress(prefixed);
}
