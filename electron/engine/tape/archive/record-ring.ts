import { allocateDigestMemory, type DigestMemory } from './digest-pool.ts';

/** One piece of a ring's memory. Held by whoever still reads or writes it; free again when nobody does. */
export interface RingChunk {
  readonly bytes: Uint8Array;
  /** Where the chunk starts in the ring's memory, for digests. */
  readonly offset: number;
}

interface Slot extends RingChunk {
  holders: number;
}

/**
 * A fixed set of buffers in shared memory that pass between one reader and one writer. Nothing is allocated after it
 * was made.
 */
export class RecordRing {
  readonly memory: DigestMemory;
  readonly chunkBytes: number;
  readonly chunkCount: number;
  readonly #free: Slot[] = [];
  readonly #held = new Map<RingChunk, Slot>();
  #waiting: { resolve(chunk: RingChunk): void; reject(error: unknown): void } | undefined;
  #failure: { error: unknown } | undefined;
  #released = false;
  #distrusted = false;

  constructor(chunkCount: number, chunkBytes: number) {
    this.chunkBytes = chunkBytes;
    this.chunkCount = chunkCount;
    this.memory = allocateDigestMemory(chunkCount * chunkBytes);
    for (let index = 0; index < chunkCount; index += 1) {
      const offset = index * chunkBytes;
      this.#free.push({ bytes: new Uint8Array(this.memory.buffer, offset, chunkBytes), offset, holders: 0 });
    }
  }

  get freeChunks(): number {
    return this.#free.length;
  }

  /** Takes a free chunk, held once; waits for one. Rejects once the ring has failed. One caller at a time. */
  take(): Promise<RingChunk> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    const slot = this.#free.pop();
    if (slot) {
      slot.holders = 1;
      this.#held.set(slot, slot);
      return Promise.resolve(slot);
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Adds a holder. */
  hold(chunk: RingChunk): void {
    const slot = this.#held.get(chunk);
    if (!slot) throw new Error('A free chunk cannot be held.');
    slot.holders += 1;
  }

  /** Takes one holder away; without holders the chunk is free. */
  letGo(chunk: RingChunk): void {
    const slot = this.#held.get(chunk);
    if (!slot) throw new Error('A free chunk cannot be let go.');
    slot.holders -= 1;
    if (slot.holders > 0) return;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      slot.holders = 1;
      waiting.resolve(slot);
    } else {
      this.#held.delete(slot);
      this.#free.push(slot);
    }
  }

  /** Makes every present and future `take` reject, until {@link recover}. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#distrusted = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }

  /** After an error of the drive: data may still be under way to or from the memory, which is then given to nobody. */
  distrust(): void {
    this.#distrusted = true;
  }

  recover(): void {
    this.#failure = undefined;
  }

  /** Gives the memory back, the first time it is called. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.memory.release(this.#held.size === 0 && !this.#distrusted);
    this.fail(new Error('The ring has been released.'));
  }
}
