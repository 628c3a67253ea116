import { createHash } from 'node:crypto';
import { blake3 } from '@napi-rs/blake-hash';
import xxhash from 'xxhash-wasm';
import type { DigestAlgorithm } from './restore-point.ts';

const { h64Raw } = await xxhash();

/** XXH64 with seed 0 (xxHash specification): guards stored bytes against decay; it is no proof against an attacker. */
export function checksumOf(bytes: Uint8Array): bigint {
  return h64Raw(bytes);
}

/** The 256-bit digest of plain bytes: BLAKE3 (its 2020 specification) or SHA-256 (FIPS 180-4). */
export function digestOf(algorithm: DigestAlgorithm, bytes: Uint8Array): Uint8Array {
  return algorithm === 'blake3' ? blake3(bytes) : createHash('sha256').update(bytes).digest();
}

export const digestBytes = 32;
