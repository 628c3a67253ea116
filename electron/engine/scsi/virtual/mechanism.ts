/** The moving parts of a virtual drive: a cartridge in and out, its tape loaded and wound, what is wrong with them. */
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { senseKey } from '../sense.ts';
import { type Cartridge, ImageDamaged } from './cartridge.ts';
import { conditionOf, driveTarget, type PassedFault, passFault, type VirtualFaultSite } from './planned-faults.ts';
import type { DriveProfile } from './profiles.ts';
import { check, CheckCondition } from './replies.ts';
import type { Pace } from './time-model.ts';

/** A cartridge in the drive, as the library hands it over. */
export interface InsertedCartridge {
  readonly barcode: string;
  readonly mediumSerial: string;
  readonly loadCount: number;
  /** What is written on it cannot be overwritten. */
  readonly isWorm: boolean;
  /** A cleaning cartridge has no tape to open; `usable` until it is used up. */
  readonly cleaning?: { usable: boolean };
  isWriteProtected(): boolean;
  open(): Promise<Cartridge>;
}

/** What the mechanism tells the device it is part of. */
export interface MechanismOwner {
  /** A new tape is loaded. */
  tapeLoaded(): void;
  /** From now on the drive answers nothing; throws. */
  lost(): never;
  /** What happened to the files behind the tape, which SCSI has no words for. */
  trouble(message: string): void;
}

/** TapeAlert flags that the drive raises. */
export const alertFlag = {
  readError: 5,
  writeError: 6,
  cleanNow: 20,
  cleanSoon: 21,
  cleaningUsedUp: 22,
  loadFailed: 55,
  wormOverwrite: 60,
} as const;

const answersNotReady = 3;

export class Mechanism {
  readonly pace: Pace;
  readonly alerts = new Set<number>();
  /** A host forbids taking the cartridge out. */
  prevented = false;
  /** Of the next object under the head. */
  block = 0;
  readonly #number: number;
  readonly #owner: MechanismOwner;
  readonly #profile: DriveProfile;
  #inserted: InsertedCartridge | undefined;
  /** Present while the tape is threaded. */
  #tape: Cartridge | undefined;
  #readyAt = 0;
  /** Commands still to be answered "becoming ready". */
  #notReadyAnswers = 0;
  #lostInBuffer = false;

  constructor(number: number, pace: Pace, owner: MechanismOwner, profile: DriveProfile) {
    this.#number = number;
    this.pace = pace;
    this.#profile = profile;
    this.#owner = owner;
  }

  get inserted(): InsertedCartridge | undefined {
    return this.#inserted;
  }

  /** The tape whether ready or not, for reports about it. */
  get tape(): Cartridge | undefined {
    return this.#tape;
  }

  /** The cartridge's switch, or an image that nothing may be written to. */
  get isWriteProtected(): boolean {
    return (this.#inserted?.isWriteProtected() ?? false) || (this.#tape?.isReadOnly ?? false);
  }

  /** Throws the reason where the robot cannot take the cartridge out. */
  assertRemovable(): void {
    if (this.prevented) throw check('illegalRequest', 0x53, 0x02);
    if (this.#tape && !this.#profile.robotTakesThreaded) throw check('illegalRequest', 0x53, 0x03);
  }

  async remove(): Promise<void> {
    this.assertRemovable();
    const { barcode } = this.#inserted ?? {};
    this.#inserted = undefined;
    await this.switchOff().catch((error: unknown) => this.#owner.trouble(`Cartridge ${barcode}: ${messageOf(error)}`));
  }

  /** The robot puts a cartridge in, which loads at once. A drive that cannot tells when it is asked to load. */
  async insert(cartridge: InsertedCartridge): Promise<void> {
    this.#inserted = cartridge;
    this.#readyAt = this.pace.readyAt();
    try {
      await this.#thread();
    } catch (error) {
      if (!(error instanceof CheckCondition)) throw error;
    }
  }

  async load(): Promise<void> {
    if (this.#profile.loadUnload === 'ignored') return;
    if (!this.#tape) {
      this.#readyAt = this.pace.readyAt();
      await this.#thread();
      await this.pace.until(this.#readyAt);
    } else {
      await this.pace.until(this.#readyAt);
      await this.windTo(0);
    }
  }

  async unload(): Promise<void> {
    if (this.#profile.loadUnload === 'ignored') return;
    if (!this.#inserted) throw check('notReady', 0x3a, 0x00);
    if (this.prevented) throw check('illegalRequest', 0x53, 0x02);
    if (!this.#tape) return;
    const tape = this.workingTape();
    await this.buffered(() => tape.flush());
    await this.pace.settles();
    await this.windTo(0);
    await this.pace.takes('unloadMs');
    this.#tape = undefined;
    await tape.close();
  }

  /** Writes out and lets go of the tape's files: the library is being closed. */
  async switchOff(): Promise<void> {
    const tape = this.#tape;
    this.#tape = undefined;
    await tape?.close();
  }

  async #thread(): Promise<void> {
    const inserted = this.#inserted;
    if (!inserted) throw check('notReady', 0x3a, 0x00);
    this.block = 0;
    this.#lostInBuffer = false;
    this.passFault('drive.load', 'before');
    if (inserted.cleaning) {
      if (inserted.cleaning.usable) {
        this.alerts.delete(alertFlag.cleanNow);
        this.alerts.delete(alertFlag.cleanSoon);
      } else {
        this.alerts.add(alertFlag.cleaningUsedUp);
      }
      return;
    }
    try {
      this.#tape = await inserted.open();
    } catch (error) {
      this.alerts.add(alertFlag.loadFailed);
      this.#owner.trouble(`Cartridge ${inserted.barcode} could not be opened: ${messageOf(error)}`);
      throw conditionOf('load-failed');
    }
    const { unfinishedBytes, condition } = this.#tape;
    if (condition) this.#owner.trouble(`Cartridge ${inserted.barcode}: ${condition.reason}`);
    if (unfinishedBytes > 0) {
      this.#owner.trouble(
        `Cartridge ${inserted.barcode} ends in ${unfinishedBytes} bytes of an unfinished write; the next write drops them.`,
      );
    }
    this.#owner.tapeLoaded();
    this.passFault('drive.load', 'after');
  }

  /** The tape where the drive is ready; otherwise ends the command with what it is waiting for. */
  readyTape(): Cartridge {
    if (this.#notReadyAnswers > 0) {
      this.#notReadyAnswers -= 1;
      throw conditionOf('becoming-ready');
    }
    if (!this.#inserted) throw check('notReady', 0x3a, 0x00);
    if (this.#inserted.cleaning) throw check('notReady', 0x30, this.#inserted.cleaning.usable ? 0x03 : 0x07);
    if (!this.#tape) throw check('notReady', 0x04, 0x02);
    if (this.pace.clock.now() < this.#readyAt) throw check('notReady', 0x04, 0x01);
    return this.#tape;
  }

  /** {@link readyTape}, once what was lost from the buffer has been told. */
  workingTape(): Cartridge {
    const tape = this.readyTape();
    if (this.#lostInBuffer) this.#tellLoss();
    return tape;
  }

  #tellLoss(): never {
    this.#lostInBuffer = false;
    throw new CheckCondition({ key: senseKey.mediumError, asc: 0x0c, ascq: 0x00, deferred: true });
  }

  async windTo(block: number): Promise<void> {
    const tape = this.workingTape();
    await this.pace.settles();
    await this.pace.winds(tape.distanceBytes(this.block, block) / tape.capacityBytes);
    this.block = block;
  }

  /** Writing, which may bring up that earlier data could not be written: a deferred error. */
  async buffered<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isFileError(error)) throw error;
      this.#owner.trouble(`Writing to cartridge ${this.#inserted?.barcode} failed: ${messageOf(error)}`);
      await this.loseBuffer();
      return this.#tellLoss();
    }
  }

  /** Reading; a record that the file does not give is one that the tape does not give. */
  async read(work: () => Promise<number>): Promise<number | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ImageDamaged || isFileError(error))) throw error;
      this.#owner.trouble(messageOf(error));
      return undefined;
    }
  }

  /** What was accepted but not written is gone; the next command that depends on it will be told. */
  async loseBuffer(): Promise<void> {
    this.alerts.add(alertFlag.writeError);
    this.#lostInBuffer = true;
    if (!this.#tape) return;
    try {
      this.block = Math.min(this.block, await this.#tape.dropUnwritten());
    } catch (error) {
      this.#owner.trouble(`Cartridge ${this.#inserted?.barcode}: ${messageOf(error)}`);
    }
  }

  /** Passes a fault site; ends the command where the fault is a condition of the whole drive. */
  passFault(site: VirtualFaultSite, when: 'before' | 'after'): PassedFault | undefined {
    const passed = passFault(site, when, driveTarget(this.#number, this.#inserted?.barcode ?? 'empty', this.block));
    switch (passed?.fault) {
      case undefined:
      case 'medium-error':
      case 'deferred-write-error':
        return passed;
      case 'early-warning':
        this.#tape?.endHere('warning');
        return passed;
      case 'end-of-medium':
        this.#tape?.endHere('medium');
        return passed;
      case 'drive-lost':
        return this.#owner.lost();
      case 'becoming-ready':
        // This command is answered so, too, except where nothing was commanded: the robot put the cartridge in.
        this.#notReadyAnswers = answersNotReady;
        if (site === 'drive.load') return passed;
        throw conditionOf(passed.fault);
      case 'load-failed':
        this.alerts.add(alertFlag.loadFailed);
        throw conditionOf(passed.fault);
      default:
        throw conditionOf(passed?.fault ?? 'hardware-error');
    }
  }
}

/** Errors of the file system (and planned ones in their place) carry a code; mistakes in this program do not. */
function isFileError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).code === 'string';
}
