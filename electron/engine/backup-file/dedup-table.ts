import { digestBytes } from './state-digest.ts';
import { giveBackSharedMemory, takeSharedMemory } from './shared-memory.ts';

/**
 * Remembers where plain contents have been stored, so that equal blocks of a file are stored once. Shared by all workers,
 * of fixed size: once full it forgets, and a forgotten block is merely stored again.
 */
const waysPerBucket = 4;
const bucketCount = 1 << 14;
// digest 32 | checksum 8 | offset 8 | stored bytes 4 | whether taken 4 | padding 8
const entryBytes = 64;
const lockBytes = 4 * bucketCount;

export interface StoredPlace {
  offset: number;
  storedBytes: number;
  checksum: bigint;
}

export class DedupTable {
  static readonly byteLength = lockBytes + bucketCount * waysPerBucket * entryBytes;

  readonly buffer: SharedArrayBuffer;
  readonly #locks: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #digestWords: BigUint64Array;
  readonly #offsets: Float64Array;
  readonly #words: Uint32Array;

  constructor(buffer: SharedArrayBuffer = takeSharedMemory(DedupTable.byteLength)) {
    this.buffer = buffer;
    this.#locks = new Int32Array(buffer, 0, bucketCount);
    this.#bytes = new Uint8Array(buffer, lockBytes);
    this.#digestWords = new BigUint64Array(buffer, lockBytes);
    this.#offsets = new Float64Array(buffer, lockBytes);
    this.#words = new Uint32Array(buffer, lockBytes);
  }

  /** For the maker of a new table, once, when no worker uses it any more. */
  release(): void {
    giveBackSharedMemory(this.buffer);
  }

  /** Where a block of this digest was stored, if it is still remembered. */
  find(digest: Uint8Array): StoredPlace | undefined {
    const bucket = bucketOf(digest);
    return this.#locked(bucket, () => {
      for (let way = 0; way < waysPerBucket; way += 1) {
        const entry = bucket * waysPerBucket + way;
        if (!this.#taken(entry) || !this.#hasDigest(entry, digest)) continue;
        return {
          offset: this.#offsets[entry * 8 + 5] ?? 0,
          storedBytes: this.#words[entry * 16 + 12] ?? 0,
          checksum: this.#digestWords[entry * 8 + 4] ?? 0n,
        };
      }
      return undefined;
    });
  }

  /** Remembers a place, forgetting an older one of the same bucket if need be. */
  remember(digest: Uint8Array, place: StoredPlace): void {
    const bucket = bucketOf(digest);
    this.#locked(bucket, () => {
      let way = 0;
      while (way < waysPerBucket && this.#taken(bucket * waysPerBucket + way)) way += 1;
      // Any byte of a digest is as good as a random number.
      const entry = bucket * waysPerBucket + (way < waysPerBucket ? way : (digest[3] ?? 0) % waysPerBucket);
      this.#bytes.set(digest, entry * entryBytes);
      this.#digestWords[entry * 8 + 4] = place.checksum;
      this.#offsets[entry * 8 + 5] = place.offset;
      this.#words[entry * 16 + 12] = place.storedBytes;
      this.#words[entry * 16 + 13] = 1;
    });
  }

  #taken(entry: number): boolean {
    return this.#words[entry * 16 + 13] === 1;
  }

  #hasDigest(entry: number, digest: Uint8Array): boolean {
    const at = entry * entryBytes;
    for (let byte = 0; byte < digestBytes; byte += 1) if (this.#bytes[at + byte] !== digest[byte]) return false;
    return true;
  }

  #locked<T>(bucket: number, act: () => T): T {
    // Held for a few hundred nanoseconds, so waiting by spinning is cheaper than sleeping.
    while (Atomics.compareExchange(this.#locks, bucket, 0, 1) !== 0);
    try {
      return act();
    } finally {
      Atomics.store(this.#locks, bucket, 0);
    }
  }
}

function bucketOf(digest: Uint8Array): number {
  return (((digest[0] ?? 0) | ((digest[1] ?? 0) << 8)) % bucketCount) >>> 0;
}
