import { faultPoint } from '../../faults/fault-points.ts';
import type { TapeDrivePort } from './drive-port.ts';
import type { RecordRing, RingChunk } from './record-ring.ts';

/** Shares of the ring: the drive starts when it is this full, and then runs until it is empty. */
const highWatermark = 0.75;

/** Milliseconds the two ends of the ring waited for each other: tells what limits. */
export interface FeedWaits {
  /** The drive had nothing to write. */
  driveWaitedMs: number;
  /** The producer found no free chunk. */
  producerWaitedMs: number;
}

/**
 * What one restore point takes, counted where the bytes move and since it was begun, over all tapes it needs. Nothing
 * here goes back.
 */
export interface WriteCounters {
  /** Bytes that its source gave, those that had to be read again included. */
  readBytes: number;
  /**
   * Bytes of records that drives took for it: its DATA and POINT files whole, with HEADs, manifests, sums and padding; what
   * was void and written again; and the catalogue at the end of a session or tape, where it was the last that was written
   * there. Not counted: filemarks, and what makes a tape ready (label, media set, earlier catalogues, read me).
   */
  transferredBytes: number;
  /** How far into its file it has come. */
  processedBytes: number;
}

/**
 * Writes filled chunks of a ring to the drive, in order, while the producer fills others. Starts in long bursts, so that
 * a drive fed too slowly stops rarely instead of often.
 */
export class DriveFeed {
  readonly ring: RecordRing;
  readonly #drive: TapeDrivePort;
  readonly #recordBytes: number;
  readonly #barcode: string;
  readonly #queue: { chunk: RingChunk; lengthBytes: number }[] = [];
  #pumping = false;
  #draining = false;
  #idleSince = 0;
  #drained: { resolve(): void; reject(error: unknown): void } | undefined;
  #failure: { error: unknown } | undefined;
  /** Set once the drive has reported its early warning. */
  earlyWarning = false;
  bytesWritten = 0;
  /** Whose bytes the drive takes now. */
  counters: WriteCounters | undefined;
  readonly waits: FeedWaits = { driveWaitedMs: 0, producerWaitedMs: 0 };

  constructor(drive: TapeDrivePort, ring: RecordRing, recordBytes: number, barcode: string) {
    this.#drive = drive;
    this.ring = ring;
    this.#recordBytes = recordBytes;
    this.#barcode = barcode;
  }

  /** A chunk for the producer to fill. Rejects with the drive's error once writing has failed. */
  async take(): Promise<RingChunk> {
    if (this.ring.freeChunks > 0) return this.ring.take();
    const since = performance.now();
    // Everything is full: what is queued must move, whatever the watermark says.
    this.#start(true);
    const chunk = await this.ring.take();
    this.waits.producerWaitedMs += performance.now() - since;
    return chunk;
  }

  /** Hands a chunk over; `lengthBytes` is a whole number of records. The feed lets go of it once it is written. */
  submit(chunk: RingChunk, lengthBytes: number): void {
    if (this.#failure) {
      this.ring.letGo(chunk);
      throw this.#failure.error;
    }
    this.#queue.push({ chunk, lengthBytes });
    this.#start(this.#queue.length >= this.ring.chunkCount * highWatermark);
  }

  /** Resolves when everything submitted has been handed to the drive; rejects with the drive's error. */
  drain(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    if (this.#queue.length === 0 && !this.#pumping) return Promise.resolve();
    this.#draining = true;
    return new Promise((resolve, reject) => {
      this.#drained = { resolve, reject };
      this.#start(true);
    });
  }

  /** Chunks that wait to be written. */
  get queuedChunks(): number {
    return this.#queue.length;
  }

  /** Forgets a failure and whatever was queued, before writing somewhere else. */
  reset(): void {
    this.#failure = undefined;
    this.ring.recover();
  }

  #start(now: boolean): void {
    if (this.#pumping || !now || this.#queue.length === 0) return;
    this.#pumping = true;
    if (this.#idleSince > 0) this.waits.driveWaitedMs += performance.now() - this.#idleSince;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    try {
      for (let next = this.#queue[0]; next; next = this.#queue[0]) {
        await this.#write(next.chunk.bytes.subarray(0, next.lengthBytes));
        this.#queue.shift();
        this.ring.letGo(next.chunk);
      }
      this.#pumping = false;
      this.#idleSince = performance.now();
      this.#settle();
    } catch (error) {
      this.#failure = { error };
      for (const { chunk } of this.#queue.splice(0)) this.ring.letGo(chunk);
      this.ring.fail(error);
      this.#pumping = false;
      this.#settle();
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      faultPoint('tape.write', 'before', this.#barcode);
      const result = await this.#drive.writeRecords(bytes.subarray(done), this.#recordBytes);
      if (result.earlyWarning) this.earlyWarning = true;
      if (result.writtenRecords <= 0) throw new Error(`The drive wrote nothing on tape ${this.#barcode}.`);
      done += result.writtenRecords * this.#recordBytes;
      this.bytesWritten += result.writtenRecords * this.#recordBytes;
      if (this.counters) this.counters.transferredBytes += result.writtenRecords * this.#recordBytes;
    }
  }

  #settle(): void {
    if (!this.#draining) return;
    this.#draining = false;
    if (this.#failure) this.#drained?.reject(this.#failure.error);
    else this.#drained?.resolve();
    this.#drained = undefined;
  }
}
