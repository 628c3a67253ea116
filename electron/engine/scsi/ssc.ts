/** A tape drive (SSC-5), in variable-block mode. */
import { type Clock, systemClock } from '../faults/clock.ts';
import type { Alert } from './alerts.ts';
import { get16, get24 } from './big-endian.ts';
import { commandPastUnitAttention, perform, succeeded } from './command.ts';
import { quirksOf } from './quirks.ts';
import { type BatchRead, type ReadOutcome, RecordReading } from './record-reading.ts';
import { RecordWriting } from './record-writing.ts';
import { ScsiError, senseKey } from './sense.ts';
import { type DeviceInfo, deviceType, inquiry, waitReady } from './spc.ts';
import { largestTransferBytes } from './tape-limits.ts';
import { TapeMotion } from './tape-motion.ts';
import type { TapePosition } from './tape-position.ts';
import type { CartridgeMemory, TapeCapacity } from './tape-reports.ts';
import { TapeStatus } from './tape-status.ts';
import { commandLimitMs, type ScsiTransport } from './transport.ts';

export { type BatchRead, type ReadOutcome, RecordTooLong } from './record-reading.ts';
export type { TapePosition } from './tape-position.ts';
export type { CartridgeMemory, TapeCapacity } from './tape-reports.ts';

/** What a drive can do. `undefined` is not known before a cartridge was loaded once. */
export interface TapeCapabilities {
  readonly minRecordBytes: number;
  readonly maxRecordBytes: number;
  readonly locate?: boolean;
  readonly readPosition?: boolean;
  readonly cartridgeMemory?: boolean;
  readonly tapeAlerts?: boolean;
}

export interface TapeDriveOptions {
  clock?: Clock;
  /** How long an empty drive may take to notice a cartridge that the robot just put in. */
  emptyGraceMs?: number;
  /** What is written at most behind an early warning, in bytes. */
  mostAfterWarningBytes?: number;
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
  readonly #reading: RecordReading;
  readonly #writing: RecordWriting;
  readonly #clock: Clock;
  readonly #emptyGraceMs: number;

  private constructor(
    transport: ScsiTransport,
    info: DeviceInfo,
    limits: { minRecordBytes: number; maxRecordBytes: number },
    options: TapeDriveOptions,
  ) {
    this.#transport = transport;
    this.#clock = options.clock ?? systemClock;
    this.#motion = new TapeMotion(transport, this.#clock);
    this.#status = new TapeStatus(this.#motion);
    this.#reading = new RecordReading(this.#motion, quirksOf(info).sendsWholeRecord ?? false);
    this.#writing = new RecordWriting(this.#motion, options.mostAfterWarningBytes);
    this.info = info;
    this.#limits = limits;
    this.#emptyGraceMs = options.emptyGraceMs ?? 2000;
  }

  /** Identifies the drive and asks what it can do; it may be empty. Throws where it is no tape drive. Moves no tape. */
  static async open(transport: ScsiTransport, options: TapeDriveOptions = {}): Promise<TapeDrive> {
    const info = await inquiry(transport, options.signal);
    if (info.deviceType !== deviceType.tape) {
      throw new Error(`${transport.name}: this is not a tape drive, but a device of type ${info.deviceType}.`);
    }
    // Old news of resets and cartridges, and an empty drive, are no obstacle to opening it.
    await waitReady(transport, { limitMs: 0, signal: options.signal }).catch((error: unknown) => {
      if (!(error instanceof ScsiError)) throw error;
    });
    const drive = new TapeDrive(transport, info, await readBlockLimits(transport, options.signal), options);
    await drive.#status.probe(options.signal);
    return drive;
  }

  get name(): string {
    return this.#transport.name;
  }

  get capabilities(): TapeCapabilities {
    const { locateWorks: locate, readPositionWorks: readPosition } = this.#motion;
    const { cartridgeMemoryWorks: cartridgeMemory, tapeAlertsWork: tapeAlerts } = this.#status;
    return { ...this.#limits, locate, readPosition, cartridgeMemory, tapeAlerts };
  }

  /** The tape is about to be somewhere else. */
  #moved(): void {
    this.#reading.moved();
    this.#writing.moved();
  }

  /** Loads the cartridge that is in the drive, waits until it is ready, rewinds it and sets variable-block mode. */
  async load(signal?: AbortSignal): Promise<void> {
    this.#moved();
    // Immediate where the transport cannot wait for as long as a load may take.
    const cdb = Uint8Array.of(0x1b, this.#motion.immediate, 0, 0, 0x01, 0);
    const outcome = await perform(this.#transport, cdb, { timeoutClass: 'load', signal });
    // Not ready yet, a change told of, no such command: waiting decides.
    const passing: number[] = [senseKey.notReady, senseKey.unitAttention, senseKey.illegalRequest];
    if (!succeeded(outcome) && !(outcome.sense && passing.includes(outcome.sense.key))) {
      this.#motion.fail('LOAD UNLOAD', outcome);
    }
    const [clock, emptyGraceMs] = [this.#clock, this.#emptyGraceMs];
    await waitReady(this.#transport, { limitMs: commandLimitMs.load, signal, clock, emptyGraceMs });
    this.#motion.cartridgeLoaded();
    this.#writing.forgetUnflushed();
    await this.rewind(signal);
    await this.#motion.probe(signal);
    await this.setVariableBlockMode(signal);
  }

  /** Writes out what the drive holds in its buffer, rewinds and unloads, so that the robot can take the cartridge. */
  async unload(signal?: AbortSignal): Promise<void> {
    this.#moved();
    if (this.#writing.hasUnflushed) {
      // Asked for once: after an error a second unload goes ahead, or the cartridge would never come out.
      this.#writing.forgetUnflushed();
      await this.flush(signal);
    }
    try {
      // Rewound before, an unload takes no longer than the shortest limit of any transport.
      if (this.#motion.immediate !== 0) await this.#motion.rewind(signal);
      const cdb = Uint8Array.of(0x1b, 0, 0, 0, 0, 0);
      await this.#motion.command('LOAD UNLOAD', cdb, { timeoutClass: 'load', signal });
    } catch (error) {
      // A target that has no such command, or has already unloaded: the robot can take the cartridge.
      if (!(error instanceof ScsiError && (error.isUnsupported || error.isNoMedium))) throw error;
    }
    this.#motion.forget();
  }

  async rewind(signal?: AbortSignal): Promise<void> {
    this.#moved();
    await this.#motion.rewind(signal);
  }

  /**
   * Moves before the given block (records and filemarks counted from 0). Uses LOCATE, or SPACE from the beginning where
   * the drive has no LOCATE. Beyond the end of data it throws a {@link ScsiError} with BLANK CHECK.
   */
  async locate(block: number, signal?: AbortSignal): Promise<void> {
    this.#moved();
    await this.#motion.locate(block, signal);
  }

  /** Moves forward behind the nth filemark from here. Throws a {@link ScsiError} with BLANK CHECK where there are fewer. */
  async spaceFilemarks(count: number, signal?: AbortSignal): Promise<void> {
    this.#moved();
    await this.#motion.spaceFilemarks(count, signal);
  }

  /** Moves behind the last written object, where the next write appends. */
  async spaceToEndOfData(signal?: AbortSignal): Promise<void> {
    this.#moved();
    await this.#motion.spaceToEndOfData(signal);
  }

  /** Where the tape stands: what the drive says, or counted where it cannot say. Throws where neither is known. */
  async position(signal?: AbortSignal): Promise<TapePosition> {
    return this.#motion.position(signal);
  }

  /**
   * Reads the next record into the buffer, which may be longer than the record. A filemark, the end of data and a blank
   * tape are outcomes of their own, never confused with a record of an unexpected length (RecordTooLong).
   */
  async readRecord(buffer: Uint8Array, signal?: AbortSignal): Promise<ReadOutcome> {
    return this.#reading.record(buffer, signal);
  }

  /**
   * Reads whole records of up to `recordSize` bytes, packed one after the other, until the buffer is full, a filemark
   * or the end of data was passed, or a record was shorter than the others (it is counted). An error after the first
   * record is kept and thrown by the next read, so that nothing read is lost. So many bytes from here as are known to be
   * records of that size (`sureBytes`) are read with two commands under way, where the transport can.
   */
  async readRecords(
    buffer: Uint8Array,
    recordSize: number,
    options?: { sureBytes?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<BatchRead> {
    return this.#reading.records(buffer, recordSize, options);
  }

  /**
   * Writes one record. Throws EndOfMedium when it did not fit; early warning means it did, but end soon. Behind the
   * warning so much is taken and no more, for drives that never say that the tape has ended.
   */
  async writeRecord(record: Uint8Array, signal?: AbortSignal): Promise<{ earlyWarning: boolean }> {
    return this.#writing.record(record, signal);
  }

  /**
   * Writes the buffer as records of `recordSize` bytes, the last one perhaps shorter, with as many commands under way
   * as the transport allows. On an error `writtenRecords` of an EndOfMedium tells how many are on the tape.
   */
  async writeRecords(
    buffer: Uint8Array,
    recordSize: number,
    signal?: AbortSignal,
  ): Promise<{ earlyWarning: boolean; writtenRecords: number }> {
    return this.#writing.records(buffer, recordSize, signal);
  }

  /** Writes filemarks. Immediate ones only go into the drive's buffer; others return once everything is on the tape. */
  async writeFilemarks(
    count: number,
    options: { immediate: boolean; signal?: AbortSignal },
  ): Promise<{ earlyWarning: boolean }> {
    return this.#writing.filemarks(count, options);
  }

  /** Returns once everything written so far is on the tape; only then does it count. Throws what went wrong since. */
  async flush(signal?: AbortSignal): Promise<void> {
    await this.writeFilemarks(0, { immediate: false, signal });
  }

  /**
   * Erases from here to the end: short writes only the end of data mark (where the drive cannot, a filemark with nothing
   * behind it), long overwrites the tape for hours.
   */
  async erase(long = false, signal?: AbortSignal): Promise<void> {
    this.#motion.assertKept();
    const immediate = long ? this.#motion.immediate : 0;
    const cdb = Uint8Array.of(0x19, (long ? 1 : 0) | (immediate << 1), 0, 0, 0, 0);
    const outcome = await this.#motion.perform('ERASE(6)', cdb, { timeoutClass: 'erase', signal });
    if (!long && outcome.sense?.key === senseKey.illegalRequest && outcome.sense.asc === 0x20) {
      await this.#writing.filemarks(1, { immediate: false, signal });
      return;
    }
    this.#writing.checkWritten('ERASE(6)', outcome);
    if (immediate !== 0) await this.#motion.finished('erase', signal);
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
  async tapeAlerts(signal?: AbortSignal): Promise<Alert[]> {
    return this.#status.tapeAlerts(signal);
  }

  /** What the memory chip of the loaded cartridge says, where there is one. */
  async readMam(signal?: AbortSignal): Promise<CartridgeMemory | undefined> {
    return this.#status.cartridgeMemory(signal);
  }
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
