/** A virtual tape drive: answers the commands of SSC-5 that a tape program needs, on a {@link Cartridge}. */
import { get16, get24, get32, get64 } from '../big-endian.ts';
import { senseKey } from '../sense.ts';
import { deviceType } from '../spc.ts';
import type { ExecuteOptions, ScsiReply } from '../transport.ts';
import { type Cartridge, ImageDamaged } from './cartridge.ts';
import { modeParameters, parseModeSense, VirtualDevice } from './device.ts';
import {
  attributeValues,
  blockDescriptor,
  blockLimits,
  capacityPage,
  largestRecordBytes,
  longPosition,
  modePages,
  shortPosition,
  supportedLogPages,
  tapeAlertPage,
} from './drive-pages.ts';
import { conditionOf, driveTarget, type PassedFault, passFault, type VirtualFaultSite } from './planned-faults.ts';
import {
  check,
  CheckCondition,
  checkReply,
  dataReply,
  good,
  invalidCommand,
  invalidField,
  invalidParameter,
} from './replies.ts';
import { isRecord, recordLength } from './tape-image.ts';
import type { Pace } from './time-model.ts';

/** A cartridge in the drive, as the library hands it over. */
export interface InsertedCartridge {
  readonly barcode: string;
  readonly mediumSerial: string;
  readonly loadCount: number;
  /** A cleaning cartridge has no tape to open; `usable` until it is used up. */
  readonly cleaning?: { usable: boolean };
  isWriteProtected(): boolean;
  open(): Promise<Cartridge>;
}

/** TapeAlert flags that the drive raises. */
const alert = { readError: 5, writeError: 6, loadFailed: 55, cleanNow: 20, cleanSoon: 21, cleaningUsedUp: 22 } as const;

const answersNotReady = 3;

export class VirtualDrive extends VirtualDevice {
  readonly #number: number;
  readonly #pace: Pace;
  #inserted: InsertedCartridge | undefined;
  /** Present while the tape is loaded. */
  #tape: Cartridge | undefined;
  #block = 0;
  #readyAt = 0;
  /** Commands still to be answered "becoming ready". */
  #notReadyAnswers = 0;
  #prevented = false;
  #lostInBuffer = false;
  readonly #alerts = new Set<number>();

  constructor(libraryName: string, number: number, serial: string, pace: Pace) {
    super(`${libraryName}, drive ${number + 1}`, {
      deviceType: deviceType.tape,
      vendor: 'REELVLT',
      product: 'VIRTUAL-DRIVE',
      revision: '0100',
      serial,
    });
    this.#number = number;
    this.#pace = pace;
  }

  /** Whether the robot can take the cartridge: it is not threaded. */
  get isAccessible(): boolean {
    return this.#tape === undefined;
  }

  /** The robot puts a cartridge in, which loads at once. In turn with the commands of the drive. */
  async insert(cartridge: InsertedCartridge): Promise<void> {
    this.#inserted = cartridge;
    this.#readyAt = this.#pace.readyAt();
    try {
      await this.#loadTape();
    } catch (error) {
      // The drive tells of it when asked to load; the robot's work is done.
      if (!(error instanceof CheckCondition)) throw error;
    }
  }

  /** The robot takes the cartridge out. Throws the reason where the drive holds on to it. */
  remove(): void {
    if (this.#prevented) throw check('illegalRequest', 0x53, 0x02);
    if (this.#tape) throw check('illegalRequest', 0x53, 0x03);
    this.#inserted = undefined;
  }

  /** Asks for cleaning with its TapeAlert flag, until a cleaning cartridge was in. */
  askForCleaning(): void {
    this.#alerts.add(alert.cleanNow);
  }

  /** Writes out and lets go of the tape's files: the library is being closed. */
  async switchOff(): Promise<void> {
    await this.inTurn(async () => {
      const tape = this.#tape;
      this.#tape = undefined;
      await tape?.close();
    });
  }

  protected async perform(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    const operation = cdb[0] as number;
    this.#passFault('drive.command', 'before');
    switch (operation) {
      case 0x08:
        return this.#read(cdb, options);
      case 0x0a:
        return this.#write(cdb, options);
      case 0x10:
        return this.#writeFilemarks(cdb);
      case 0x00:
        this.#loadedTape();
        return good;
      case 0x01:
        await this.#windTo(0);
        return good;
      case 0x05:
        return dataReply(blockLimits(), 6, options);
      case 0x11:
        return this.#space((cdb[1] as number) & 0x0f, (get24(cdb, 2) << 8) >> 8);
      case 0x15:
      case 0x55:
        return this.#modeSelect(cdb, options);
      case 0x1a:
      case 0x5a:
        return this.#modeSense(cdb, options);
      case 0x19:
        return this.#erase();
      case 0x1b:
        return ((cdb[4] as number) & 0x01) === 0 ? this.#unload() : this.#load();
      case 0x1e:
        this.#prevented = ((cdb[4] as number) & 0x01) !== 0;
        return good;
      case 0x2b:
        if (((cdb[1] as number) & 0x02) !== 0 && cdb[8] !== 0) throw invalidField();
        return this.#locate(get32(cdb, 3));
      case 0x92:
        return this.#locateLong(cdb);
      case 0x34:
        return this.#readPosition((cdb[1] as number) & 0x1f, options);
      case 0x4d:
        return this.#logSense(cdb, options);
      case 0x8c:
        return this.#readAttribute(cdb, options);
      default:
        throw invalidCommand();
    }
  }

  /** The tape where the drive is ready; otherwise ends the command with what it is waiting for. */
  #loadedTape(): Cartridge {
    if (this.#notReadyAnswers > 0) {
      this.#notReadyAnswers -= 1;
      throw conditionOf('becoming-ready');
    }
    if (!this.#inserted) throw check('notReady', 0x3a, 0x00);
    if (this.#inserted.cleaning) throw check('notReady', 0x30, this.#inserted.cleaning.usable ? 0x03 : 0x07);
    if (!this.#tape) throw check('notReady', 0x04, 0x02);
    if (this.#pace.clock.now() < this.#readyAt) throw check('notReady', 0x04, 0x01);
    return this.#tape;
  }

  /** {@link #loadedTape}, once what was lost from the buffer has been told. */
  #workingTape(): Cartridge {
    const tape = this.#loadedTape();
    if (this.#lostInBuffer) {
      this.#lostInBuffer = false;
      throw new CheckCondition({ key: senseKey.mediumError, asc: 0x0c, ascq: 0x00, deferred: true });
    }
    return tape;
  }

  #passFault(site: VirtualFaultSite, when: 'before' | 'after'): PassedFault | undefined {
    const passed = passFault(site, when, driveTarget(this.#number, this.#inserted?.barcode ?? 'empty', this.#block));
    if (!passed?.fault) return passed;
    switch (passed.fault) {
      case 'drive-lost':
        this.setUnreachable('the drive does not answer.');
        this.assertReachable();
        return passed;
      case 'becoming-ready':
        this.#notReadyAnswers = answersNotReady - 1;
        throw conditionOf(passed.fault);
      case 'early-warning':
        this.#tape?.endHere('warning');
        return passed;
      case 'end-of-medium':
        this.#tape?.endHere('medium');
        return passed;
      case 'medium-error':
      case 'deferred-write-error':
        return passed;
      case 'load-failed':
        this.#alerts.add(alert.loadFailed);
        throw conditionOf(passed.fault);
      default:
        throw conditionOf(passed.fault);
    }
  }

  async #loadTape(): Promise<void> {
    const inserted = this.#inserted;
    if (!inserted) throw check('notReady', 0x3a, 0x00);
    this.#block = 0;
    this.#passFault('drive.load', 'before');
    if (inserted.cleaning) {
      if (!inserted.cleaning.usable) {
        this.#alerts.add(alert.cleaningUsedUp);
        return;
      }
      this.#alerts.delete(alert.cleanNow);
      this.#alerts.delete(alert.cleanSoon);
      return;
    }
    this.#tape = await inserted.open();
    this.raiseAttention(0x28, 0x00);
    this.#passFault('drive.load', 'after');
  }

  async #load(): Promise<ScsiReply> {
    if (this.#tape) {
      await this.#pace.until(this.#readyAt);
      await this.#windTo(0);
      return good;
    }
    this.#readyAt = this.#pace.readyAt();
    await this.#loadTape();
    await this.#pace.until(this.#readyAt);
    return good;
  }

  async #unload(): Promise<ScsiReply> {
    if (!this.#inserted) throw check('notReady', 0x3a, 0x00);
    if (this.#prevented) throw check('illegalRequest', 0x53, 0x02);
    if (!this.#tape) return good;
    const tape = this.#workingTape();
    await this.#buffered(() => tape.flush());
    await this.#pace.settles();
    await this.#windTo(0);
    await this.#pace.takes('unloadMs');
    this.#tape = undefined;
    await tape.close();
    return good;
  }

  /** Work on the image that may bring up a failed write of earlier data, which is then a deferred error. */
  async #buffered<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
      await this.#loseBuffer();
      this.#lostInBuffer = false;
      throw new CheckCondition({ key: senseKey.mediumError, asc: 0x0c, ascq: 0x00, deferred: true });
    }
  }

  async #loseBuffer(): Promise<void> {
    this.#alerts.add(alert.writeError);
    this.#lostInBuffer = true;
    if (this.#tape) this.#block = await this.#tape.dropUnwritten();
  }

  async #windTo(block: number): Promise<void> {
    const tape = this.#workingTape();
    await this.#pace.settles();
    await this.#pace.winds(tape.distanceBytes(this.#block, block) / tape.capacityBytes);
    this.#block = block;
  }

  #assertWritable(): void {
    if (this.#inserted?.isWriteProtected()) throw check('dataProtect', 0x27, 0x00);
  }

  async #write(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    const tape = this.#workingTape();
    const length = get24(cdb, 2);
    const isFixed = ((cdb[1] as number) & 0x01) !== 0;
    if (isFixed || length > largestRecordBytes || (options.out?.length ?? 0) < length) throw invalidField();
    this.#assertWritable();
    if (length === 0) return good;
    const passed = this.#passFault('drive.write', 'before');
    if (passed?.fault === 'medium-error') {
      this.#alerts.add(alert.writeError);
      throw check('mediumError', 0x0c, 0x00);
    }
    if (passed?.fault === 'deferred-write-error') {
      await this.#loseBuffer();
      return good;
    }
    const data = await this.#disturbed((options.out as Uint8Array).subarray(0, length), passed);
    if (!(await this.#buffered(() => tape.writeRecord(this.#block, data)))) return endOfTape(length);
    this.#block += 1;
    await this.#pace.transfers(length);
    this.#passFault('drive.write', 'after');
    return tape.isNearEnd ? earlyWarning : good;
  }

  async #writeFilemarks(cdb: Uint8Array): Promise<ScsiReply> {
    const tape = this.#workingTape();
    const flags = cdb[1] as number;
    if ((flags & 0x02) !== 0) throw invalidField();
    const count = get24(cdb, 2);
    if (count > 0) {
      this.#assertWritable();
      if (!(await this.#buffered(() => tape.writeFilemarks(this.#block, count)))) return endOfTape(count);
      this.#block += count;
    }
    if ((flags & 0x01) === 0) {
      await this.#buffered(() => tape.flush());
      await this.#pace.settles();
    }
    return count > 0 && tape.isNearEnd ? earlyWarning : good;
  }

  async #read(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    const tape = this.#workingTape();
    const flags = cdb[1] as number;
    if ((flags & 0x01) !== 0) throw invalidField();
    const asked = get24(cdb, 2);
    if (asked === 0) return good;
    const object = tape.index.at(this.#block);
    if (!object) return checkReply({ key: senseKey.blankCheck, asc: 0x00, ascq: 0x05, information: asked });
    if (!isRecord(object.word)) {
      this.#block += 1;
      return checkReply({ key: senseKey.noSense, asc: 0x00, ascq: 0x01, filemark: true, information: asked });
    }
    const passed = this.#passFault('drive.read', 'before');
    const block = this.#block;
    this.#block += 1;
    const into = options.into ?? Buffer.allocUnsafeSlow(Math.min(asked, options.inLength ?? 0));
    const room = into.length > asked ? into.subarray(0, asked) : into;
    let data: Uint8Array;
    try {
      if (passed?.fault === 'medium-error' || tape.isMarkedBad(block)) throw new ImageDamaged('planned');
      data = room.subarray(0, await this.#buffered(() => tape.readRecord(block, room)));
    } catch (error) {
      if (!(error instanceof ImageDamaged)) throw error;
      this.#alerts.add(alert.readError);
      return checkReply({ key: senseKey.mediumError, asc: 0x11, ascq: 0x00, information: asked });
    }
    data = await this.#disturbed(data, passed, 'in place');
    const length = recordLength(object.word);
    await this.#pace.transfers(length);
    // SILI suppresses the report of a length that is not as asked (SSC-5, 7.5), of variable-length records always.
    if (length === asked || (flags & 0x02) !== 0) return { ...good, in: data };
    const odd = { key: senseKey.noSense, asc: 0, ascq: 0, incorrectLength: true, information: asked - length };
    return checkReply(odd, data);
  }

  /** Delays, cuts or corrupts data as a planned fault says. */
  async #disturbed(data: Uint8Array, passed: PassedFault | undefined, how?: 'in place'): Promise<Uint8Array> {
    const effect = passed?.effect;
    if (effect?.kind === 'delay') await this.#pace.clock.sleep(effect.ms);
    if (effect?.kind === 'short') return data.subarray(0, effect.bytes);
    if (effect?.kind !== 'corrupt') return data;
    const changed = how ? data : Buffer.from(data);
    const at = effect.offset % data.length;
    changed[at] = (changed[at] as number) ^ 0xff;
    return changed;
  }

  async #erase(): Promise<ScsiReply> {
    const tape = this.#workingTape();
    this.#assertWritable();
    await this.#buffered(() => tape.erase(this.#block));
    return good;
  }

  async #locate(block: number): Promise<ScsiReply> {
    const { endBlock } = this.#workingTape().index;
    await this.#windTo(Math.min(block, endBlock));
    if (block > endBlock) throw check('blankCheck', 0x00, 0x05);
    return good;
  }

  async #locateLong(cdb: Uint8Array): Promise<ScsiReply> {
    const { index } = this.#workingTape();
    const destination = ((cdb[1] as number) >> 3) & 0x03;
    const identifier = get64(cdb, 4);
    if (destination === 0) return this.#locate(identifier);
    if (destination === 3) return this.#locate(index.endBlock);
    if (destination !== 1) throw invalidField();
    const mark = identifier === 0 ? -1 : index.filemarkAfter(0, identifier);
    return this.#locate(mark === undefined ? index.endBlock + 1 : mark + 1);
  }

  /** SPACE over blocks (0), filemarks (1), to the end of data (3) (SSC-5, 6.12). */
  async #space(code: number, count: number): Promise<ScsiReply> {
    const { index } = this.#workingTape();
    const { endBlock } = index;
    const from = this.#block;
    const stop = async (
      block: number,
      left: number,
      fields: Pick<CheckCondition['fields'], 'key' | 'ascq'> & object,
    ) => {
      await this.#windTo(block);
      throw new CheckCondition({ asc: 0x00, information: left, ...fields });
    };
    const endOfData = { key: senseKey.blankCheck, ascq: 0x05 };
    const beginning = { key: senseKey.noSense, ascq: 0x04, endOfMedium: true };
    const atFilemark = { key: senseKey.noSense, ascq: 0x01, filemark: true };
    if (code === 0x03) {
      await this.#windTo(endBlock);
    } else if (code === 0x00 && count > 0) {
      const mark = index.filemarkAfter(from, 1);
      if (mark !== undefined && mark < from + count) await stop(mark + 1, count - (mark - from), atFilemark);
      if (from + count > endBlock) await stop(endBlock, count - (endBlock - from), endOfData);
      await this.#windTo(from + count);
    } else if (code === 0x00 && count < 0) {
      const mark = index.filemarkBefore(from, 1);
      if (mark !== undefined && mark >= from + count) await stop(mark, -count - (from - mark - 1), atFilemark);
      if (from + count < 0) await stop(0, -count - from, beginning);
      await this.#windTo(from + count);
    } else if (code === 0x01 && count > 0) {
      const mark = index.filemarkAfter(from, count);
      if (mark === undefined) await stop(endBlock, count - (index.endFile - index.filesBefore(from)), endOfData);
      else await this.#windTo(mark + 1);
    } else if (code === 0x01 && count < 0) {
      const mark = index.filemarkBefore(from, -count);
      if (mark === undefined) await stop(0, -count - index.filesBefore(from), beginning);
      else await this.#windTo(mark);
    } else if (code > 0x01) {
      throw invalidField();
    }
    return good;
  }

  #readPosition(form: number, options: ExecuteOptions): ScsiReply {
    const tape = this.#workingTape();
    const flags = (this.#block === 0 ? 0x80 : 0) | (tape.isNearEnd && this.#block === tape.index.endBlock ? 0x40 : 0);
    if (form === 0x00 || form === 0x01) return dataReply(shortPosition(this.#block, flags), 20, options);
    if (form !== 0x06) throw invalidField();
    return dataReply(longPosition(this.#block, tape.index.filesBefore(this.#block), flags), 32, options);
  }

  #modeSense(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const mode = parseModeSense(cdb);
    const pages = modePages(mode.page);
    if (!pages) throw invalidField();
    const deviceSpecific = 0x10 | (this.#inserted?.isWriteProtected() ? 0x80 : 0);
    const descriptor = mode.withBlockDescriptor ? blockDescriptor() : new Uint8Array(0);
    return dataReply(modeParameters(mode.isLong, deviceSpecific, descriptor, pages), mode.allocationLength, options);
  }

  #modeSelect(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const isLong = cdb[0] === 0x55;
    const list = (options.out ?? new Uint8Array(0)).subarray(0, isLong ? get16(cdb, 7) : (cdb[4] as number));
    if (list.length === 0) return good;
    const header = isLong ? 8 : 4;
    const descriptorLength = isLong ? get16(list, 6) : (list[3] ?? 0);
    if (list.length < header + descriptorLength) throw check('illegalRequest', 0x1a, 0x00);
    // Variable-length records only.
    if (descriptorLength >= 8 && get24(list, header + 5) !== 0) throw invalidParameter();
    return good;
  }

  #logSense(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const page = (cdb[2] as number) & 0x3f;
    const allocationLength = get16(cdb, 7);
    if (page === 0x00) return dataReply(supportedLogPages(), allocationLength, options);
    if (page === 0x31) {
      const [used, capacity] = [this.#tape?.usedBytes ?? 0, this.#tape?.capacityBytes ?? 0];
      return dataReply(capacityPage(Math.max(0, capacity - used), capacity), allocationLength, options);
    }
    if (page !== 0x2e) throw invalidField();
    const reply = dataReply(tapeAlertPage(this.#alerts), allocationLength, options);
    // Told once; the wish to be cleaned stays until it is fulfilled.
    const wish = this.#alerts.has(alert.cleanNow);
    this.#alerts.clear();
    if (wish) this.#alerts.add(alert.cleanNow);
    return reply;
  }

  #readAttribute(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    if (((cdb[1] as number) & 0x1f) !== 0) throw invalidField();
    const inserted = this.#inserted;
    if (!inserted) throw check('notReady', 0x3a, 0x00);
    const capacityBytes = this.#tape?.capacityBytes ?? 0;
    const values = attributeValues(
      {
        capacityBytes,
        remainingBytes: Math.max(0, capacityBytes - (this.#tape?.usedBytes ?? 0)),
        loadCount: inserted.loadCount,
        mediumSerial: inserted.mediumSerial,
        barcode: inserted.barcode,
        isCleaning: inserted.cleaning !== undefined,
      },
      get16(cdb, 8),
    );
    return dataReply(values, get32(cdb, 10), options);
  }
}

/** Written, but the tape ends soon: the answer of real drives to each write from there on. */
const earlyWarning: ScsiReply = checkReply({
  key: senseKey.noSense,
  asc: 0x00,
  ascq: 0x02,
  endOfMedium: true,
  information: 0,
});

function endOfTape(notWritten: number): ScsiReply {
  const fields = { key: senseKey.volumeOverflow, asc: 0x00, ascq: 0x02, endOfMedium: true, information: notWritten };
  return checkReply(fields);
}
