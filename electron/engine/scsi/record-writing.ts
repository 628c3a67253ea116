import { put24 } from './big-endian.ts';
import { type CommandOutcome, succeeded } from './command.ts';
import { EndOfMedium, senseKey } from './sense.ts';
import { largestTransferBytes, mostAfterWarningBytes } from './tape-limits.ts';
import type { TapeMotion } from './tape-motion.ts';
import { scsiStatus } from './transport.ts';

/** Writes variable-length records and filemarks, and knows what is not on the tape for certain. */
export class RecordWriting {
  readonly #motion: TapeMotion;
  readonly #mostAfterWarning: number;
  /** Written since the last flush: an error of it may still come. */
  #unflushed = false;
  /** Bytes written since the drive first warned of the end; undefined before that. */
  #sinceWarning: number | undefined;

  constructor(motion: TapeMotion, mostAfterWarning = mostAfterWarningBytes) {
    this.#motion = motion;
    this.#mostAfterWarning = mostAfterWarning;
  }

  get hasUnflushed(): boolean {
    return this.#unflushed;
  }

  /** The tape is moved elsewhere, perhaps away from its end. */
  moved(): void {
    this.#sinceWarning = undefined;
  }

  /** Another cartridge, or one whose cutting off is accepted: nothing is waited for any more. */
  forgetUnflushed(): void {
    this.#unflushed = false;
  }

  /** See TapeDrive. */
  async record(record: Uint8Array, signal?: AbortSignal): Promise<{ earlyWarning: boolean }> {
    this.#motion.assertKept();
    return { earlyWarning: await this.#write(record, writeCommand(record.length), signal) };
  }

  /** See TapeDrive. */
  async records(
    buffer: Uint8Array,
    recordSize: number,
    signal?: AbortSignal,
  ): Promise<{ earlyWarning: boolean; writtenRecords: number }> {
    this.#motion.assertKept();
    const cdb = writeCommand(recordSize);
    const depth = this.#motion.transport.queueDepth ?? 1;
    const underWay: Promise<boolean>[] = [];
    let earlyWarning = false;
    let writtenRecords = 0;
    const oldest = async (): Promise<void> => {
      earlyWarning = (await (underWay.shift() as Promise<boolean>)) || earlyWarning;
      writtenRecords += 1;
    };
    try {
      for (let at = 0; at < buffer.length; at += recordSize) {
        const record = buffer.subarray(at, at + recordSize);
        // Some targets overtake: a record of another size goes out alone.
        const isLast = record.length < recordSize;
        while (underWay.length >= (isLast ? 1 : depth)) await oldest();
        const written = this.#write(record, isLast ? writeCommand(record.length) : cdb, signal);
        // Handled when its turn comes; until then an error of it is not unhandled.
        written.catch(() => {});
        underWay.push(written);
      }
      while (underWay.length > 0) await oldest();
    } catch (error) {
      await Promise.allSettled(underWay);
      if (error instanceof EndOfMedium) error.writtenRecords = writtenRecords;
      throw error;
    }
    return { earlyWarning, writtenRecords };
  }

  /** See TapeDrive. */
  async filemarks(
    count: number,
    options: { immediate: boolean; signal?: AbortSignal },
  ): Promise<{ earlyWarning: boolean }> {
    this.#motion.assertKept();
    const cdb = Uint8Array.of(0x10, options.immediate ? 1 : 0, 0, 0, 0, 0);
    put24(cdb, 2, count);
    // A flush that fails has told of it: unloading then needs no second one.
    this.#unflushed = options.immediate;
    const outcome = await this.#motion.transfer('WRITE FILEMARKS(6)', cdb, {
      timeoutClass: 'io',
      signal: options.signal,
    });
    this.checkWritten('WRITE FILEMARKS(6)', outcome);
    this.#motion.advance(count, count);
    return { earlyWarning: this.#warned(outcome, 0) };
  }

  async #write(record: Uint8Array, cdb: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    if ((this.#sinceWarning ?? 0) + record.length > this.#mostAfterWarning) this.#endHere();
    this.#unflushed = true;
    const outcome = await this.#motion.transfer('WRITE(6)', cdb, { out: record, timeoutClass: 'io', signal });
    this.checkWritten('WRITE(6)', outcome);
    this.#motion.advance(1, 0);
    return this.#warned(outcome, record.length);
  }

  #warned(outcome: CommandOutcome, lengthBytes: number): boolean {
    const warns = outcome.sense?.endOfMedium ?? false;
    if (warns || this.#sinceWarning !== undefined) this.#sinceWarning = (this.#sinceWarning ?? 0) + lengthBytes;
    return warns;
  }

  /** Throws as a drive at the physical end does; nothing was written. */
  #endHere(): never {
    const flags = { filemark: false, endOfMedium: true, incorrectLength: false, deferred: false };
    const sense = { key: senseKey.volumeOverflow, asc: 0x00, ascq: 0x02, ...flags };
    const { transport, block } = this.#motion;
    throw new EndOfMedium(transport.name, 'WRITE(6)', scsiStatus.checkCondition, sense, block);
  }

  /** Throws where a command that writes was not carried out, {@link EndOfMedium} where the tape is full. */
  checkWritten(name: string, outcome: CommandOutcome): void {
    if (succeeded(outcome)) return;
    const { sense } = outcome;
    const { block, transport } = this.#motion;
    const atEnd = sense?.key === senseKey.mediumError && sense.endOfMedium && sense.asc === 0x00 && sense.ascq === 0x02;
    if (sense?.key === senseKey.volumeOverflow || atEnd) {
      throw new EndOfMedium(transport.name, name, outcome.status, sense, block);
    }
    this.#motion.forget();
    this.#motion.fail(name, outcome, block);
  }
}

function writeCommand(lengthBytes: number): Uint8Array {
  // Length 0 would be a record that one known target writes and no drive can read.
  if (lengthBytes < 1 || lengthBytes > largestTransferBytes) {
    throw new RangeError(`A record has 1 to ${largestTransferBytes} bytes, not ${lengthBytes}.`);
  }
  const cdb = Uint8Array.of(0x0a, 0, 0, 0, 0, 0);
  put24(cdb, 2, lengthBytes);
  return cdb;
}
