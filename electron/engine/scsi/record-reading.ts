import { put24 } from './big-endian.ts';
import { type CommandOutcome, succeeded } from './command.ts';
import { senseKey } from './sense.ts';
import { largestTransferBytes } from './tape-limits.ts';
import type { TapeMotion } from './tape-motion.ts';
import { TransportError } from './transport.ts';

export type ReadOutcome =
  | { kind: 'record'; length: number }
  | { kind: 'filemark' }
  | { kind: 'end-of-data' }
  /** Nothing was ever written: the end of data is at the beginning of the tape. */
  | { kind: 'blank' };

export interface BatchRead {
  records: number;
  lengthBytes: number;
  /** Absent when the buffer is full, or an error waits to be thrown by the next read. */
  stoppedBy?: 'filemark' | 'end-of-data' | 'short-record';
}

/** The next record does not fit into the buffer. The tape stands before it: read it again with a larger buffer. */
export class RecordTooLong extends Error {
  override readonly name = 'RecordTooLong';
  readonly recordLengthBytes: number;
  constructor(device: string, recordLengthBytes: number, bufferBytes: number) {
    super(`${device}: the next record has ${recordLengthBytes} bytes and does not fit into ${bufferBytes}.`);
    this.recordLengthBytes = recordLengthBytes;
  }
}

/** Reads variable-length records, whatever drives make of records that are not as long as asked for. */
export class RecordReading {
  readonly #motion: TapeMotion;
  /** The drive sends a record of another length whole, as far as it fits: known of real drives, not of every target. */
  readonly #sendsWholeRecord: boolean;
  /** An error behind records already handed out: the next read throws it. */
  #failed?: unknown;

  constructor(motion: TapeMotion, sendsWholeRecord: boolean) {
    this.#motion = motion;
    this.#sendsWholeRecord = sendsWholeRecord;
  }

  /** The tape is moved elsewhere: an error that waited is of no interest there. */
  moved(): void {
    this.#failed = undefined;
  }

  /** See TapeDrive. */
  async record(buffer: Uint8Array, signal?: AbortSignal): Promise<ReadOutcome> {
    const motion = this.#motion;
    motion.assertKept();
    const waiting = this.#failed;
    if (waiting !== undefined) {
      this.#failed = undefined;
      throw waiting;
    }
    const asked = Math.min(buffer.length, largestTransferBytes);
    if (asked === 0) throw new RangeError('Reading a record needs a buffer.');
    const into = asked === buffer.length ? buffer : buffer.subarray(0, asked);
    const outcome = await this.#read(into, signal);
    const { sense } = outcome;
    // SILI is not set: on some drives it would hide a record that is too long, and not every transport tells how many
    // bytes came. INFORMATION always tells.
    if (sense?.incorrectLength && succeeded(outcome)) {
      return { kind: 'record', length: await this.#oddLength(into, outcome, signal) };
    }
    if (sense?.filemark && sense.key <= senseKey.recoveredError) {
      motion.advance(1, 1);
      return { kind: 'filemark' };
    }
    if (isEndOfData(outcome)) return { kind: (await motion.isAtBeginning(signal)) ? 'blank' : 'end-of-data' };
    if (!succeeded(outcome)) this.#fail(outcome);
    if (outcome.in.length < asked) {
      motion.forget();
      throw new TransportError(
        motion.transport.name,
        `only ${outcome.in.length} of ${asked} bytes of a record arrived.`,
      );
    }
    motion.advance(1, 0);
    return { kind: 'record', length: asked };
  }

  /** See TapeDrive. */
  async records(
    buffer: Uint8Array,
    recordSize: number,
    { sureBytes = 0, signal }: { sureBytes?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<BatchRead> {
    const batch: BatchRead = { records: 0, lengthBytes: 0 };
    const sure = Math.floor(Math.min(sureBytes, buffer.length) / recordSize);
    if (sure > 1 && this.#motion.transport.readsAhead && this.#motion.block !== undefined && !this.#failed) {
      batch.records = await this.#ahead(buffer, recordSize, sure, signal);
      batch.lengthBytes = batch.records * recordSize;
    }
    while (batch.lengthBytes + recordSize <= buffer.length) {
      const into = buffer.subarray(batch.lengthBytes, batch.lengthBytes + recordSize);
      let outcome: ReadOutcome;
      try {
        outcome = await this.record(into, signal);
      } catch (error) {
        if (batch.records === 0) throw error;
        this.#failed = error;
        return batch;
      }
      if (outcome.kind === 'record') {
        batch.records += 1;
        batch.lengthBytes += outcome.length;
        if (outcome.length < recordSize) batch.stoppedBy = 'short-record';
      } else {
        batch.stoppedBy = outcome.kind === 'filemark' ? 'filemark' : 'end-of-data';
      }
      if (batch.stoppedBy) break;
    }
    return batch;
  }

  /**
   * Reads up to so many records that should be there, two under way at a time. Returns how many came, each of them whole;
   * the tape stands behind them. Whatever else happens, the tape goes back to that place, to read on one by one.
   */
  async #ahead(buffer: Uint8Array, recordSize: number, count: number, signal?: AbortSignal): Promise<number> {
    const motion = this.#motion;
    motion.assertKept();
    const first = motion.block as number;
    const underWay: Promise<CommandOutcome>[] = [];
    let asked = 0;
    let good = 0;
    try {
      while (good < count) {
        while (underWay.length < 2 && asked < count) {
          const read = this.#read(buffer.subarray(asked * recordSize, (asked + 1) * recordSize), signal, true);
          // Handled when its turn comes; until then an error of it is not unhandled.
          read.catch(() => {});
          underWay.push(read);
          asked += 1;
        }
        const outcome = await (underWay.shift() as Promise<CommandOutcome>);
        const { sense } = outcome;
        const odd = sense && (sense.incorrectLength || sense.filemark || sense.deferred);
        if (odd || !succeeded(outcome) || outcome.in.length < recordSize) break;
        motion.advance(1, 0);
        good += 1;
      }
    } finally {
      await Promise.allSettled(underWay);
      if (good < asked) motion.forget();
    }
    if (good === asked) return good;
    motion.assertKept();
    await motion.locate(first + good, signal);
    return good;
  }

  #read(into: Uint8Array, signal?: AbortSignal, ahead = false): Promise<CommandOutcome> {
    const cdb = Uint8Array.of(0x08, 0, 0, 0, 0, 0);
    put24(cdb, 2, into.length);
    return this.#motion.transfer('READ(6)', cdb, { into, timeoutClass: 'io', signal, ahead });
  }

  #fail(outcome: CommandOutcome): never {
    const { block } = this.#motion;
    this.#motion.forget();
    this.#motion.fail('READ(6)', outcome, block);
  }

  /** Length of a record that is not as long as was asked for. */
  async #oddLength(into: Uint8Array, outcome: CommandOutcome, signal?: AbortSignal): Promise<number> {
    const motion = this.#motion;
    motion.advance(1, 0);
    const missing = outcome.sense?.information;
    const length = into.length - (missing ?? Number.NaN);
    if (!(length > 0 && length <= largestTransferBytes)) {
      throw new TransportError(motion.transport.name, 'the drive does not say how long the record is.');
    }
    if (length > into.length) {
      await motion.stepBack(signal);
      throw new RecordTooLong(motion.transport.name, length, into.length);
    }
    const isCounted = motion.transport.countsDataIn ?? true;
    if (isCounted ? outcome.in.length >= length : this.#sendsWholeRecord) return length;
    // One known target returns the missing bytes' number of bytes instead of the record's: ask again, exactly.
    await motion.stepBack(signal);
    const again = await this.#read(into.subarray(0, length), signal);
    if (!succeeded(again) || again.sense?.incorrectLength || again.in.length < length) this.#fail(again);
    motion.advance(1, 0);
    return length;
  }
}

/** Drives and targets word the end of data in several ways; all of them are ASC/ASCQ 00/05 or BLANK CHECK. */
function isEndOfData(outcome: CommandOutcome): boolean {
  const { sense } = outcome;
  if (!sense || sense.deferred) return false;
  if (sense.key === senseKey.blankCheck) return true;
  const marks = sense.key <= senseKey.recoveredError || sense.key === senseKey.mediumError;
  return (
    marks && sense.asc === 0x00 && (sense.ascq === 0x05 || (sense.ascq === 0x02 && sense.key === senseKey.mediumError))
  );
}
