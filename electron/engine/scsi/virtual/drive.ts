/** A virtual tape drive: answers the commands of SSC-5 that a tape program needs, on a {@link Cartridge}. */
import { get16, get24, get32, get64 } from '../big-endian.ts';
import { senseKey } from '../sense.ts';
import { deviceType } from '../spc.ts';
import { type ExecuteOptions, type ScsiReply, TransportError } from '../transport.ts';
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
  unknownPosition,
} from './drive-pages.ts';
import { alertFlag, type InsertedCartridge, Mechanism } from './mechanism.ts';
import type { PassedFault } from './planned-faults.ts';
import type { DriveProfile } from './profiles.ts';
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
import { planSpace } from './space-plan.ts';
import { recordLength } from './tape-image.ts';
import type { Pace } from './time-model.ts';

export class VirtualDrive extends VirtualDevice {
  readonly #mechanism: Mechanism;
  readonly #profile: DriveProfile;

  constructor(
    libraryName: string,
    number: number,
    serial: string,
    pace: Pace,
    profile: DriveProfile,
    trouble: (message: string) => void,
  ) {
    super(`${libraryName}, drive ${number + 1}`, {
      deviceType: deviceType.tape,
      vendor: 'REELVLT',
      product: 'VIRTUAL-DRIVE',
      revision: '0100',
      serial,
    });
    this.#profile = profile;
    const owner = {
      tapeLoaded: () => {
        if (profile.tellsNewCartridge) this.raiseAttention(0x28, 0x00);
      },
      lost: () => {
        this.setUnreachable('the drive does not answer.');
        return this.unreachable();
      },
      trouble: (message: string) => trouble(`${this.name}: ${message}`),
    };
    this.#mechanism = new Mechanism(number, pace, owner, profile);
  }

  /** Whether the robot can take the cartridge: its tape is not threaded. */
  get isAccessible(): boolean {
    return this.#mechanism.tape === undefined;
  }

  /** The three things the robot does, to be called in turn with the drive's commands ({@link inTurn}). */
  assertRemovable(): void {
    this.#mechanism.assertRemovable();
  }
  async remove(): Promise<void> {
    await this.#mechanism.remove();
  }
  async insert(cartridge: InsertedCartridge): Promise<void> {
    try {
      await this.#mechanism.insert(cartridge);
    } catch (error) {
      // The drive was lost while it loaded: the robot's work is done all the same.
      if (!(error instanceof TransportError)) throw error;
    }
  }

  /** Asks for cleaning with its TapeAlert flag, until a cleaning cartridge was in. */
  askForCleaning(): void {
    this.#mechanism.alerts.add(alertFlag.cleanNow);
  }

  async switchOff(): Promise<void> {
    await this.inTurn(() => this.#mechanism.switchOff());
  }

  protected async perform(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    const operation = cdb[0] as number;
    if (this.#profile.unknownCommands.includes(operation)) throw invalidCommand();
    this.#mechanism.passFault('drive.command', 'before');
    switch (operation) {
      case 0x08:
        return this.#read(cdb, options);
      case 0x0a:
        return this.#write(cdb, options);
      case 0x10:
        return this.#writeFilemarks(cdb);
      case 0x00:
        this.#mechanism.readyTape();
        return good;
      case 0x01:
        await this.#mechanism.windTo(0);
        return good;
      case 0x05:
        return dataReply(blockLimits(this.#profile.blockLimits), 6, options);
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
        await (((cdb[4] as number) & 0x01) === 0 ? this.#mechanism.unload() : this.#mechanism.load());
        return good;
      case 0x1e:
        this.#mechanism.prevented = ((cdb[4] as number) & 0x01) !== 0;
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

  /** Throws where nothing may be written here: the switch of the cartridge, or data behind on a WORM cartridge. */
  #assertWritable(): void {
    const { inserted, tape, block, alerts } = this.#mechanism;
    if (this.#mechanism.isWriteProtected) throw check('dataProtect', 0x27, 0x00);
    if (!inserted?.isWorm || block === tape?.index.endBlock) return;
    alerts.add(alertFlag.wormOverwrite);
    throw check('dataProtect', 0x30, 0x0c);
  }

  async #write(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    const tape = this.#mechanism.workingTape();
    const length = get24(cdb, 2);
    const isFixed = ((cdb[1] as number) & 0x01) !== 0;
    if (isFixed || length > largestRecordBytes || (options.out?.length ?? 0) < length) throw invalidField();
    this.#assertWritable();
    if (length === 0) return good;
    const passed = this.#mechanism.passFault('drive.write', 'before');
    if (passed?.fault === 'medium-error') {
      this.#mechanism.alerts.add(alertFlag.writeError);
      throw check('mediumError', 0x0c, 0x00);
    }
    if (passed?.fault === 'deferred-write-error') {
      await this.#mechanism.loseBuffer();
      return good;
    }
    const data = await this.#disturbed((options.out as Uint8Array).subarray(0, length), passed);
    if (!(await this.#mechanism.buffered(() => tape.writeRecord(this.#mechanism.block, data))))
      return endOfTape(length);
    this.#mechanism.block += 1;
    await this.#mechanism.pace.transfers(length);
    this.#mechanism.passFault('drive.write', 'after');
    return tape.isNearEnd ? this.#earlyWarning() : good;
  }

  /** Written, but the tape ends soon: the answer of real drives to each write from there on. */
  #earlyWarning(): ScsiReply {
    const { ascq, withRest } = this.#profile.earlyWarning;
    const information = withRest ? 0 : undefined;
    return checkReply({ key: senseKey.noSense, asc: 0x00, ascq, endOfMedium: true, information });
  }

  async #writeFilemarks(cdb: Uint8Array): Promise<ScsiReply> {
    if (this.#profile.lostFilemark === 'check-condition') return this.#markedAsAsked(cdb);
    try {
      return await this.#markedAsAsked(cdb);
    } catch (error) {
      if (!(error instanceof CheckCondition) || error.fields.key !== senseKey.mediumError) throw error;
      return { ...checkReply({ ...error.fields, deferred: false }), status: good.status };
    }
  }

  async #markedAsAsked(cdb: Uint8Array): Promise<ScsiReply> {
    const tape = this.#mechanism.workingTape();
    const flags = cdb[1] as number;
    if ((flags & 0x02) !== 0) throw invalidField();
    const count = get24(cdb, 2);
    if (count > 0) {
      this.#assertWritable();
      if (!(await this.#mechanism.buffered(() => tape.writeFilemarks(this.#mechanism.block, count))))
        return endOfTape(count);
      this.#mechanism.block += count;
    }
    if ((flags & 0x01) === 0) {
      await this.#mechanism.buffered(() => tape.flush());
      await this.#mechanism.pace.settles();
    }
    return count > 0 && tape.isNearEnd ? this.#earlyWarning() : good;
  }

  async #read(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    const tape = this.#mechanism.workingTape();
    const flags = cdb[1] as number;
    if ((flags & 0x01) !== 0) throw invalidField();
    const asked = get24(cdb, 2);
    if (asked === 0) return good;
    const object = tape.index.at(this.#mechanism.block);
    const { readEnd, filemarkData, suppressesLength, oddLengthData } = this.#profile;
    if (!object) {
      const { ascq, endOfMedium, withRest } = readEnd;
      const information = withRest ? asked : undefined;
      return checkReply({ key: senseKey.blankCheck, asc: 0x00, ascq, endOfMedium, information });
    }
    const into = options.into ?? Buffer.allocUnsafeSlow(Math.min(asked, options.inLength ?? 0));
    const room = into.length > asked ? into.subarray(0, asked) : into;
    if (object.word === 0) {
      this.#mechanism.block += 1;
      const mark = { key: senseKey.noSense, asc: 0x00, ascq: 0x01, filemark: true, information: asked };
      return checkReply(mark, filemarkData === 'garbage' ? room.fill(0xa5) : undefined);
    }
    const passed = this.#mechanism.passFault('drive.read', 'before');
    const block = this.#mechanism.block;
    this.#mechanism.block += 1;
    const isBad = passed?.fault === 'medium-error' || tape.isMarkedBad(block);
    const bytes = isBad ? undefined : await this.#mechanism.read(() => tape.readRecord(block, room));
    if (bytes === undefined) {
      this.#mechanism.alerts.add(alertFlag.readError);
      return checkReply({ key: senseKey.mediumError, asc: 0x11, ascq: 0x00, information: asked });
    }
    const data = await this.#disturbed(room.subarray(0, bytes), passed, 'in place');
    const length = recordLength(object.word);
    await this.#mechanism.pace.transfers(length);
    // SILI suppresses the report of a length that is not as asked (SSC-5, 7.5), of variable-length records always.
    if (length === asked || ((flags & 0x02) !== 0 && suppressesLength)) return { ...good, in: data };
    const odd = { key: senseKey.noSense, asc: 0, ascq: 0, incorrectLength: true, information: asked - length };
    return checkReply(odd, oddLengthData === 'record' ? data : room.subarray(0, Math.max(0, asked - length)));
  }

  /** Delays, cuts or corrupts data as a planned fault says. */
  async #disturbed(data: Uint8Array, passed: PassedFault | undefined, how?: 'in place'): Promise<Uint8Array> {
    const effect = passed?.effect;
    if (effect?.kind === 'delay') await this.#mechanism.pace.delay(effect.ms);
    if (effect?.kind === 'short') return data.subarray(0, effect.bytes);
    if (effect?.kind !== 'corrupt') return data;
    const changed = how ? data : Buffer.from(data);
    const at = effect.offset % data.length;
    changed[at] = (changed[at] as number) ^ 0xff;
    return changed;
  }

  async #erase(): Promise<ScsiReply> {
    const tape = this.#mechanism.workingTape();
    this.#assertWritable();
    await this.#mechanism.buffered(() => tape.erase(this.#mechanism.block));
    return good;
  }

  async #locate(block: number): Promise<ScsiReply> {
    const { endBlock } = this.#mechanism.workingTape().index;
    await this.#mechanism.windTo(Math.min(block, endBlock));
    if (block > endBlock) throw check('blankCheck', 0x00, 0x05);
    return good;
  }

  async #locateLong(cdb: Uint8Array): Promise<ScsiReply> {
    const { index } = this.#mechanism.workingTape();
    const destination = ((cdb[1] as number) >> 3) & 0x03;
    const identifier = get64(cdb, 4);
    if (destination === 0) return this.#locate(identifier);
    if (destination === 3) return this.#locate(index.endBlock);
    if (destination !== 1) throw invalidField();
    const mark = identifier === 0 ? -1 : index.filemarkAfter(0, identifier);
    return this.#locate(mark === undefined ? index.endBlock + 1 : mark + 1);
  }

  async #space(code: number, count: number): Promise<ScsiReply> {
    const mechanism = this.#mechanism;
    const plan = planSpace(mechanism.workingTape().index, mechanism.block, code, count, this.#profile);
    if (!plan) throw invalidField();
    await mechanism.windTo(plan.block);
    return plan.report ? checkReply(plan.report) : good;
  }

  #readPosition(form: number, options: ExecuteOptions): ScsiReply {
    const tape = this.#mechanism.workingTape();
    if (this.#profile.position === 'unknown') {
      if (form > 0x01 && form !== 0x06) throw invalidField();
      const lengthBytes = form === 0x06 ? 32 : 20;
      return dataReply(unknownPosition(lengthBytes), lengthBytes, options);
    }
    const flags =
      (this.#mechanism.block === 0 ? 0x80 : 0) |
      (tape.isNearEnd && this.#mechanism.block === tape.index.endBlock ? 0x40 : 0);
    if (form === 0x00 || form === 0x01) return dataReply(shortPosition(this.#mechanism.block, flags), 20, options);
    if (form !== 0x06) throw invalidField();
    return dataReply(
      longPosition(this.#mechanism.block, tape.index.filesBefore(this.#mechanism.block), flags),
      32,
      options,
    );
  }

  #modeSense(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const mode = parseModeSense(cdb);
    const pages = modePages(mode.page);
    if (!pages) throw invalidField();
    const deviceSpecific = 0x10 | (this.#mechanism.isWriteProtected ? 0x80 : 0);
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
    if (!this.#profile.modeSelectPages && list.length > header + descriptorLength) throw invalidParameter();
    // Variable-length records only.
    if (descriptorLength >= 8 && get24(list, header + 5) !== 0) throw invalidParameter();
    return good;
  }

  #logSense(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const page = (cdb[2] as number) & 0x3f;
    const allocationLength = get16(cdb, 7);
    if (page === 0x00) return dataReply(supportedLogPages(), allocationLength, options);
    if (page === 0x31) {
      const [used, capacity] = [this.#mechanism.tape?.usedBytes ?? 0, this.#mechanism.tape?.capacityBytes ?? 0];
      return dataReply(capacityPage(Math.max(0, capacity - used), capacity), allocationLength, options);
    }
    if (page !== 0x2e) throw invalidField();
    const reply = dataReply(tapeAlertPage(this.#mechanism.alerts), allocationLength, options);
    // Told once; the wish to be cleaned stays until it is fulfilled.
    const wish = this.#mechanism.alerts.has(alertFlag.cleanNow);
    this.#mechanism.alerts.clear();
    if (wish) this.#mechanism.alerts.add(alertFlag.cleanNow);
    return reply;
  }

  #readAttribute(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    if (((cdb[1] as number) & 0x1f) !== 0) throw invalidField();
    const inserted = this.#mechanism.inserted;
    if (!inserted) throw check('notReady', 0x3a, 0x00);
    const capacityBytes = this.#mechanism.tape?.capacityBytes ?? 0;
    const values = attributeValues(
      {
        capacityBytes,
        remainingBytes: Math.max(0, capacityBytes - (this.#mechanism.tape?.usedBytes ?? 0)),
        loadCount: inserted.loadCount,
        mediumSerial: inserted.mediumSerial,
        barcode: inserted.barcode,
        mediumType: inserted.cleaning ? 'cleaning' : inserted.isWorm ? 'worm' : 'data',
      },
      get16(cdb, 8),
    );
    return dataReply(values, get32(cdb, 10), options);
  }
}

function endOfTape(notWritten: number): ScsiReply {
  const fields = { key: senseKey.volumeOverflow, asc: 0x00, ascq: 0x02, endOfMedium: true, information: notWritten };
  return checkReply(fields);
}
