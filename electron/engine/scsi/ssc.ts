/** A tape drive (SSC-5), in variable-block mode. */
import { type Clock, systemClock } from '../faults/clock.ts';
import { get16, get24, put24 } from './big-endian.ts';
import { type CommandOutcome, commandPastUnitAttention, perform, succeeded } from './command.ts';
import { EndOfMedium, ScsiError, senseKey } from './sense.ts';
import { type DeviceInfo, deviceType, inquiry, waitReady } from './spc.ts';
import { TapeMotion } from './tape-motion.ts';
import type { TapePosition } from './tape-position.ts';
import type { CartridgeMemory, TapeAlert, TapeCapacity } from './tape-reports.ts';
import { TapeStatus } from './tape-status.ts';
import { commandLimitMs, type ScsiTransport, TransportError } from './transport.ts';

export type { TapePosition } from './tape-position.ts';
export type { CartridgeMemory, TapeAlert, TapeCapacity } from './tape-reports.ts';

/** What a drive can do. `undefined` is not known before it was tried once. */
export interface TapeCapabilities {
  readonly minRecordBytes: number;
  readonly maxRecordBytes: number;
  readonly locate?: boolean;
  readonly readPosition?: boolean;
  readonly cartridgeMemory?: boolean;
}

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

/** Largest transfer of READ(6) and WRITE(6). */
const largestTransferBytes = 0xff_ffff;

export interface TapeDriveOptions {
  clock?: Clock;
  /** How long an empty drive may take to notice a cartridge that the robot just put in. */
  emptyGraceMs?: number;
  signal?: AbortSignal;
}

/**
 * One command at a time per drive: callers wait for each promise. After a reset or a change of cartridge that nobody
 * here asked for, reading and writing throw until the tape is positioned (reset) or loaded (cartridge) again.
 */
export class TapeDrive {
  readonly info: DeviceInfo;
  readonly #limits: { minRecordBytes: number; maxRecordBytes: number };
  readonly #transport: ScsiTransport;
  readonly #motion: TapeMotion;
  readonly #status: TapeStatus;
  readonly #clock: Clock;
  readonly #emptyGraceMs: number;
  /** An error behind records already handed out: the next read throws it. */
  #failedRead?: unknown;
  #unflushed = false;

  private constructor(
    transport: ScsiTransport,
    info: DeviceInfo,
    limits: { minRecordBytes: number; maxRecordBytes: number },
    options: TapeDriveOptions,
  ) {
    this.#transport = transport;
    this.#motion = new TapeMotion(transport);
    this.#status = new TapeStatus(this.#motion);
    this.info = info;
    this.#limits = limits;
    this.#clock = options.clock ?? systemClock;
    this.#emptyGraceMs = options.emptyGraceMs ?? 2000;
  }

  /** Identifies the drive; it may be empty. Throws where the device is no tape drive. Moves no tape. */
  static async open(transport: ScsiTransport, options: TapeDriveOptions = {}): Promise<TapeDrive> {
    const info = await inquiry(transport, options.signal);
    if (info.deviceType !== deviceType.tape) {
      throw new Error(`${transport.name}: this is not a tape drive, but a device of type ${info.deviceType}.`);
    }
    // Old news of resets and cartridges, and an empty drive, are no obstacle to opening it.
    await waitReady(transport, { limitMs: 0, signal: options.signal }).catch((error: unknown) => {
      if (!(error instanceof ScsiError)) throw error;
    });
    return new TapeDrive(transport, info, await readBlockLimits(transport, options.signal), options);
  }

  get name(): string {
    return this.#transport.name;
  }

  get capabilities(): TapeCapabilities {
    const { locateWorks: locate, readPositionWorks: readPosition } = this.#motion;
    return { ...this.#limits, locate, readPosition, cartridgeMemory: this.#status.cartridgeMemoryWorks };
  }

  /** Loads the cartridge that is in the drive, waits until it is ready, rewinds it and sets variable-block mode. */
  async load(signal?: AbortSignal): Promise<void> {
    this.#failedRead = undefined;
    const cdb = Uint8Array.of(0x1b, 0, 0, 0, 0x01, 0);
    const outcome = await perform(this.#transport, cdb, { timeoutClass: 'load', signal });
    // Not ready yet, a change told of, no such command: waiting decides.
    const passing: number[] = [senseKey.notReady, senseKey.unitAttention, senseKey.illegalRequest];
    if (!succeeded(outcome) && !(outcome.sense && passing.includes(outcome.sense.key))) {
      this.#motion.fail('LOAD UNLOAD', outcome);
    }
    const [clock, emptyGraceMs] = [this.#clock, this.#emptyGraceMs];
    await waitReady(this.#transport, { limitMs: commandLimitMs.load, signal, clock, emptyGraceMs });
    this.#motion.cartridgeLoaded();
    this.#unflushed = false;
    await this.rewind(signal);
    await this.setVariableBlockMode(signal);
  }

  /** Writes out what the drive holds in its buffer, rewinds and unloads, so that the robot can take the cartridge. */
  async unload(signal?: AbortSignal): Promise<void> {
    this.#failedRead = undefined;
    if (this.#unflushed) {
      // Asked for once: after an error a second unload goes ahead, or the cartridge would never come out.
      this.#unflushed = false;
      await this.flush(signal);
    }
    try {
      const cdb = Uint8Array.of(0x1b, 0, 0, 0, 0, 0);
      await this.#motion.command('LOAD UNLOAD', cdb, { timeoutClass: 'load', signal });
    } catch (error) {
      // A target that has no such command, or has already unloaded: the robot can take the cartridge.
      if (!(error instanceof ScsiError && (error.isUnsupported || error.isNoMedium))) throw error;
    }
    this.#motion.forget();
  }

  async rewind(signal?: AbortSignal): Promise<void> {
    this.#failedRead = undefined;
    await this.#motion.rewind(signal);
  }

  /**
   * Moves before the given block (records and filemarks counted from 0). Uses LOCATE, or SPACE from the beginning where
   * the drive has no LOCATE. Beyond the end of data it throws a {@link ScsiError} with BLANK CHECK.
   */
  async locate(block: number, signal?: AbortSignal): Promise<void> {
    this.#failedRead = undefined;
    await this.#motion.locate(block, signal);
  }

  /** Moves forward behind the nth filemark from here. Throws a {@link ScsiError} with BLANK CHECK where there are fewer. */
  async spaceFilemarks(count: number, signal?: AbortSignal): Promise<void> {
    this.#failedRead = undefined;
    await this.#motion.spaceFilemarks(count, signal);
  }

  /** Moves behind the last written object, where the next write appends. */
  async spaceToEndOfData(signal?: AbortSignal): Promise<void> {
    this.#failedRead = undefined;
    await this.#motion.spaceToEndOfData(signal);
  }

  /** Where the tape stands: what the drive says, or counted where it cannot say. Throws where neither is known. */
  async position(signal?: AbortSignal): Promise<TapePosition> {
    return this.#motion.position(signal);
  }

  /**
   * Reads the next record into the buffer, which may be longer than the record. A filemark, the end of data and a blank
   * tape are outcomes of their own, never confused with a record of an unexpected length ({@link RecordTooLong}).
   */
  async readRecord(buffer: Uint8Array, signal?: AbortSignal): Promise<ReadOutcome> {
    this.#motion.assertKept();
    const waiting = this.#failedRead;
    if (waiting !== undefined) {
      this.#failedRead = undefined;
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
      this.#motion.advance(1, 1);
      return { kind: 'filemark' };
    }
    if (isEndOfData(outcome)) return { kind: (await this.#motion.isAtBeginning(signal)) ? 'blank' : 'end-of-data' };
    if (!succeeded(outcome)) {
      const { block } = this.#motion;
      this.#motion.forget();
      this.#motion.fail('READ(6)', outcome, block);
    }
    if (outcome.in.length < asked) {
      this.#motion.forget();
      throw new TransportError(this.name, `only ${outcome.in.length} of ${asked} bytes of a record arrived.`);
    }
    this.#motion.advance(1, 0);
    return { kind: 'record', length: asked };
  }

  #read(into: Uint8Array, signal?: AbortSignal): Promise<CommandOutcome> {
    const cdb = Uint8Array.of(0x08, 0, 0, 0, 0, 0);
    put24(cdb, 2, into.length);
    return this.#motion.perform('READ(6)', cdb, { into, timeoutClass: 'io', signal });
  }

  /** Length of a record that is not as long as was asked for. */
  async #oddLength(into: Uint8Array, outcome: CommandOutcome, signal?: AbortSignal): Promise<number> {
    this.#motion.advance(1, 0);
    const missing = outcome.sense?.information;
    const length = into.length - (missing ?? Number.NaN);
    if (!(length > 0 && length <= largestTransferBytes)) {
      throw new TransportError(this.name, 'the drive does not say how long the record is.');
    }
    if (length > into.length) {
      await this.#motion.stepBack(signal);
      throw new RecordTooLong(this.name, length, into.length);
    }
    if (outcome.in.length >= length) return length;
    // One known target returns the missing bytes' number of bytes instead of the record's: ask again, exactly.
    await this.#motion.stepBack(signal);
    const exact = into.subarray(0, length);
    const again = await this.#read(exact, signal);
    if (!succeeded(again) || again.sense?.incorrectLength || again.in.length < length) {
      const { block } = this.#motion;
      this.#motion.forget();
      this.#motion.fail('READ(6)', again, block);
    }
    this.#motion.advance(1, 0);
    return length;
  }

  /**
   * Reads whole records of up to `recordSize` bytes, packed one after the other, until the buffer is full, a filemark
   * or the end of data was passed, or a record was shorter than the others (it is counted). An error after the first
   * record is kept and thrown by the next read, so that nothing read is lost.
   */
  async readRecords(buffer: Uint8Array, recordSize: number, signal?: AbortSignal): Promise<BatchRead> {
    const batch: BatchRead = { records: 0, lengthBytes: 0 };
    while (batch.lengthBytes + recordSize <= buffer.length) {
      const into = buffer.subarray(batch.lengthBytes, batch.lengthBytes + recordSize);
      let outcome: ReadOutcome;
      try {
        outcome = await this.readRecord(into, signal);
      } catch (error) {
        if (batch.records === 0) throw error;
        this.#failedRead = error;
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

  /** Writes one record. Throws {@link EndOfMedium} when it did not fit; early warning means it did, but end soon. */
  async writeRecord(record: Uint8Array, signal?: AbortSignal): Promise<{ earlyWarning: boolean }> {
    this.#motion.assertKept();
    return { earlyWarning: await this.#write(record, writeCommand(record.length), signal) };
  }

  /**
   * Writes the buffer as records of `recordSize` bytes, the last one perhaps shorter, with as many commands under way
   * as the transport allows. On an error `writtenRecords` of an {@link EndOfMedium} tells how many are on the tape.
   */
  async writeRecords(
    buffer: Uint8Array,
    recordSize: number,
    signal?: AbortSignal,
  ): Promise<{ earlyWarning: boolean; writtenRecords: number }> {
    this.#motion.assertKept();
    const cdb = writeCommand(recordSize);
    const depth = this.#transport.queueDepth ?? 1;
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

  async #write(record: Uint8Array, cdb: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    this.#unflushed = true;
    const outcome = await this.#motion.perform('WRITE(6)', cdb, { out: record, timeoutClass: 'io', signal });
    this.#checkWritten('WRITE(6)', outcome);
    this.#motion.advance(1, 0);
    return outcome.sense?.endOfMedium ?? false;
  }

  #checkWritten(name: string, outcome: CommandOutcome): void {
    if (succeeded(outcome)) return;
    const { sense } = outcome;
    const { block } = this.#motion;
    const atEnd = sense?.key === senseKey.mediumError && sense.endOfMedium && sense.asc === 0x00 && sense.ascq === 0x02;
    if (sense?.key === senseKey.volumeOverflow || atEnd) {
      throw new EndOfMedium(this.name, name, outcome.status, sense, block);
    }
    this.#motion.forget();
    this.#motion.fail(name, outcome, block);
  }

  /** Writes filemarks. Immediate ones only go into the drive's buffer; others return once everything is on the tape. */
  async writeFilemarks(
    count: number,
    options: { immediate: boolean; signal?: AbortSignal },
  ): Promise<{ earlyWarning: boolean }> {
    this.#motion.assertKept();
    const cdb = Uint8Array.of(0x10, options.immediate ? 1 : 0, 0, 0, 0, 0);
    put24(cdb, 2, count);
    // A flush that fails has told of it: unloading then needs no second one.
    this.#unflushed = options.immediate;
    const outcome = await this.#motion.perform('WRITE FILEMARKS(6)', cdb, {
      timeoutClass: 'io',
      signal: options.signal,
    });
    this.#checkWritten('WRITE FILEMARKS(6)', outcome);
    this.#motion.advance(count, count);
    return { earlyWarning: outcome.sense?.endOfMedium ?? false };
  }

  /** Returns once everything written so far is on the tape; only then does it count. Throws what went wrong since. */
  async flush(signal?: AbortSignal): Promise<void> {
    await this.writeFilemarks(0, { immediate: false, signal });
  }

  /** Erases from here to the end: short writes only the end of data mark, long overwrites the tape for hours. */
  async erase(long = false, signal?: AbortSignal): Promise<void> {
    this.#motion.assertKept();
    const cdb = Uint8Array.of(0x19, long ? 1 : 0, 0, 0, 0, 0);
    const outcome = await this.#motion.perform('ERASE(6)', cdb, { timeoutClass: 'erase', signal });
    this.#checkWritten('ERASE(6)', outcome);
    if (long) this.#motion.forget();
  }

  /** Variable-length records and buffered writing, keeping the density; {@link load} does it. */
  async setVariableBlockMode(signal?: AbortSignal): Promise<void> {
    await this.#status.setVariableBlockMode(signal);
  }

  /** Whether the loaded cartridge is write-protected (its switch, or a drive that can only read it). */
  async isWriteProtected(signal?: AbortSignal): Promise<boolean> {
    return this.#status.isWriteProtected(signal);
  }

  /** Native capacity and what is left of it, where the drive tells. */
  async remainingBytes(signal?: AbortSignal): Promise<TapeCapacity | undefined> {
    return this.#status.remainingBytes(signal);
  }

  /** Alerts raised since they were last read; reading clears them on most drives. */
  async tapeAlerts(signal?: AbortSignal): Promise<TapeAlert[]> {
    return this.#status.tapeAlerts(signal);
  }

  /** What the memory chip of the loaded cartridge says, where there is one. */
  async readMam(signal?: AbortSignal): Promise<CartridgeMemory | undefined> {
    return this.#status.cartridgeMemory(signal);
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

/** READ BLOCK LIMITS (SSC-5, 7.6). */
async function readBlockLimits(
  transport: ScsiTransport,
  signal?: AbortSignal,
): Promise<{ minRecordBytes: number; maxRecordBytes: number }> {
  const cdb = Uint8Array.of(0x05, 0, 0, 0, 0, 0);
  const { in: data } = await commandPastUnitAttention(transport, 'READ BLOCK LIMITS', cdb, { inLength: 6, signal });
  // 0 stands for "no limit"; READ(6) and WRITE(6) then set it.
  return { minRecordBytes: get16(data, 4) || 1, maxRecordBytes: get24(data, 1) || largestTransferBytes };
}
