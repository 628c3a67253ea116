/** A whole tape library in a directory, see docs/virtual-library.md. */
import { open, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../faults/clock.ts';
import type { ScsiTransport } from '../transport.ts';
import { Cartridge, imagePath, indexPath } from './cartridge.ts';
import { elementRanges, type LibraryBody, VirtualChanger } from './changer.ts';
import { newCartridge } from './create.ts';
import type { ImageCondition } from './image-check.ts';
import { VirtualDrive } from './drive.ts';
import type { InsertedCartridge } from './mechanism.ts';
import { lockLibrary } from './library-lock.ts';
import {
  assertBarcode,
  assertCapacity,
  cartridgeDirectory,
  firstAddress,
  type LibraryState,
  readState,
  usualEarlyWarningBytes,
  writeState,
} from './library-state.ts';
import { planVirtualFault, type VirtualFaultPlan } from './planned-faults.ts';
import { markRecordBad } from './image-scan.ts';
import { type LibraryProfile, libraryProfiles } from './profiles.ts';
import { noTime, Pace, type TimeModel } from './time-model.ts';

export { createVirtualLibrary, type NewLibrary } from './create.ts';
export type { VirtualFault, VirtualFaultPlan } from './planned-faults.ts';
export type { TimeModel } from './time-model.ts';

export interface VirtualLibraryConfig {
  readonly name: string;
  readonly serial: string;
  readonly drives: number;
  readonly slots: number;
  readonly importExportSlots: number;
  readonly cartridgeCapacityBytes: number;
  readonly earlyWarningBytes: number;
}

/** What somebody standing in front of the library can do, and what a test can do to it. */
export interface VirtualLibraryControl {
  /**
   * Puts a cartridge into an import/export slot (0-based): one from the shelf, or a new one. Throws where the slot is
   * taken or the cartridge is in the library already.
   */
  insertCartridge(importExportIndex: number, barcode: string, capacityBytes?: number): Promise<void>;
  /** Takes the cartridge out of an import/export slot, by element address, and puts it on the shelf. @returns Its barcode. */
  removeFromImportExport(address: number): Promise<string>;
  /** Cartridges outside the library, in reach. */
  shelf(): { barcode: string; capacityBytes: number }[];
  /** Sets the switch on the edge of a cartridge. */
  setWriteProtected(barcode: string, on: boolean): Promise<void>;
  /** Damages one record for good. The cartridge must not be in a drive. */
  damageRecord(barcode: string, block: number): Promise<void>;
  /** What the reader makes of a label from now on: another text, nothing (`''`), or the truth again (`undefined`). */
  setReadBarcode(barcode: string, read: string | undefined): void;
  planFault(plan: VirtualFaultPlan): { fired(): boolean; cancel(): void };
  clearJam(): void;
  /** Opens or closes a door: an open one stops the robot. */
  setDoor(open: boolean): void;
  /** Brings a lost drive (0-based) back; it was reset meanwhile. */
  reviveDrive(drive: number): void;
  /** The drive (0-based) asks to be cleaned until a cleaning cartridge was in. */
  askForCleaning(drive: number): void;
  /** May be changed at any time. */
  readonly timeModel: TimeModel;
}

export interface VirtualLibrary {
  readonly config: VirtualLibraryConfig;
  readonly changer: ScsiTransport;
  readonly drives: readonly ScsiTransport[];
  readonly control: VirtualLibraryControl;
  /** What was not as it should be with a cartridge's image when it was last loaded. */
  condition(barcode: string): ImageCondition | undefined;
  /** Writes everything out and gives the library free for another process. Tapes stay where they are. */
  close(): Promise<void>;
}

export interface OpenOptions {
  clock?: Clock;
  timeModel?: Partial<TimeModel>;
  /** Hears of trouble with the files behind the cartridges, which SCSI has no words for. */
  onTrouble?: (message: string) => void;
}

/** Opens the library in a directory for this process alone. Throws who has it otherwise. */
export async function openVirtualLibrary(directory: string, options: OpenOptions = {}): Promise<VirtualLibrary> {
  const path = await realpath(directory).catch((error: unknown) => {
    throw new Error(`There is no virtual tape library in ${directory}: the directory is missing.`, { cause: error });
  });
  const unlock = await lockLibrary(path);
  try {
    return await DirectoryLibrary.open(path, unlock, options);
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Capacity of a tape that has no end. */
const endless = 2 ** 50;

class DirectoryLibrary implements VirtualLibrary, LibraryBody, VirtualLibraryControl {
  readonly state: LibraryState;
  readonly timeModel: TimeModel;
  readonly changer: VirtualChanger;
  readonly drives: readonly VirtualDrive[];
  readonly #directory: string;
  readonly #unlock: () => Promise<void>;
  readonly #readBarcodes = new Map<string, string>();
  readonly #conditions = new Map<string, ImageCondition>();
  readonly trouble: (message: string) => void;
  readonly #profile: LibraryProfile;
  readonly #stop = new AbortController();
  #closing: Promise<void> | undefined;

  private constructor(directory: string, state: LibraryState, unlock: () => Promise<void>, options: OpenOptions) {
    this.#directory = directory;
    this.#unlock = unlock;
    this.state = state;
    this.timeModel = { ...noTime, ...options.timeModel };
    this.trouble = options.onTrouble ?? (() => {});
    const pace = (): Pace => new Pace(options.clock ?? systemClock, this.timeModel, this.#stop.signal);
    this.#profile = libraryProfiles[state.profile ?? 'standard'];
    const { drive, changer } = this.#profile;
    this.drives = state.driveSerials.map(
      (serial, i) => new VirtualDrive(state.name, i, serial, pace(), drive, this.trouble),
    );
    this.changer = new VirtualChanger(this, pace(), changer);
  }

  static async open(directory: string, unlock: () => Promise<void>, options: OpenOptions): Promise<DirectoryLibrary> {
    const library = new DirectoryLibrary(directory, await readState(directory), unlock, options);
    for (const [i, drive] of library.drives.entries()) {
      const held = library.state.elements[firstAddress.drive + i];
      if (held) await drive.insert(library.toDrive(held.barcode));
    }
    return library;
  }

  get config(): VirtualLibraryConfig {
    const { name, serial, driveSerials, slots, importExportSlots, cartridgeCapacityBytes, earlyWarningBytes } =
      this.state;
    const drives = driveSerials.length;
    return { name, serial, drives, slots, importExportSlots, cartridgeCapacityBytes, earlyWarningBytes };
  }

  get control(): VirtualLibraryControl {
    return this;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const devices = [this.changer, ...this.drives];
    for (const device of devices) device.setUnreachable('the virtual library was closed.');
    this.#stop.abort();
    await this.changer.close();
    const ended = await Promise.allSettled(this.drives.map((drive) => drive.switchOff()));
    await this.#unlock();
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  }

  async save(): Promise<void> {
    await writeState(this.#directory, this.state);
  }

  countLoad(barcode: string): () => void {
    const facts = this.#facts(barcode);
    const { loadCount, cleaningUsesLeft } = facts;
    facts.loadCount += 1;
    if (cleaningUsesLeft !== undefined) facts.cleaningUsesLeft = Math.max(-1, cleaningUsesLeft - 1);
    return () => Object.assign(facts, { loadCount, cleaningUsesLeft });
  }

  toDrive(barcode: string): InsertedCartridge {
    const facts = this.#facts(barcode);
    const { capacityBytes, loadCount, mediumSerial, cleaningUsesLeft, worm } = facts;
    const isUsual = capacityBytes === this.state.cartridgeCapacityBytes;
    const { hardEnd, knowsCartridgeKinds } = this.#profile.drive;
    const size = hardEnd
      ? {
          capacityBytes,
          earlyWarningBytes: isUsual ? this.state.earlyWarningBytes : usualEarlyWarningBytes(capacityBytes),
        }
      : { capacityBytes: endless, earlyWarningBytes: endless - capacityBytes };
    return {
      barcode,
      mediumSerial,
      loadCount,
      isWorm: worm === true && knowsCartridgeKinds,
      cleaning: cleaningUsesLeft === undefined || !knowsCartridgeKinds ? undefined : { usable: cleaningUsesLeft >= 0 },
      isWriteProtected: () => facts.writeProtected,
      open: async () => {
        const cartridge = await Cartridge.open(this.#cartridges, barcode, size);
        if (cartridge.condition) this.#conditions.set(barcode, cartridge.condition);
        else this.#conditions.delete(barcode);
        return cartridge;
      },
    };
  }

  condition(barcode: string): ImageCondition | undefined {
    return this.#conditions.get(barcode);
  }

  get #cartridges(): string {
    return join(this.#directory, cartridgeDirectory);
  }

  #facts(barcode: string): LibraryState['cartridges'][string] {
    const facts = this.state.cartridges[barcode];
    if (!facts) throw new Error(`There is no cartridge ${barcode} in or around the library ${this.state.name}.`);
    return facts;
  }

  readBarcode(barcode: string): string | undefined {
    return (this.#readBarcodes.get(barcode) ?? barcode) || undefined;
  }

  /** A person and the robot do not reach into the same slot at the same time. */
  #byHand<T>(act: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new Error(`The virtual library ${this.state.name} was closed.`);
    return this.changer.inTurn(act);
  }

  async insertCartridge(importExportIndex: number, barcode: string, capacityBytes?: number): Promise<void> {
    const { state } = this;
    assertBarcode(barcode);
    if (capacityBytes !== undefined) assertCapacity(capacityBytes);
    const isSlot = Number.isInteger(importExportIndex) && importExportIndex >= 0;
    if (!isSlot || importExportIndex >= state.importExportSlots) {
      throw new Error(
        `${state.name} has ${state.importExportSlots} import/export slots; there is no number ${importExportIndex}.`,
      );
    }
    await this.#byHand(async () => {
      const address = firstAddress['import-export'] + importExportIndex;
      if (state.elements[address]) {
        throw new Error(`Import/export slot ${importExportIndex} holds ${state.elements[address].barcode} already.`);
      }
      const isOnShelf = state.shelf.includes(barcode);
      if (state.cartridges[barcode] && !isOnShelf) throw new Error(`Cartridge ${barcode} is in ${state.name} already.`);
      if (isOnShelf && capacityBytes !== undefined && capacityBytes !== this.#facts(barcode).capacityBytes) {
        throw new Error(
          `Cartridge ${barcode} on the shelf has ${this.#facts(barcode).capacityBytes} bytes, not ${capacityBytes}.`,
        );
      }
      state.cartridges[barcode] ??= newCartridge(barcode, capacityBytes ?? state.cartridgeCapacityBytes);
      state.shelf = state.shelf.filter((other) => other !== barcode);
      state.elements[address] = { barcode };
      await this.save();
      this.#slotsWereOpened();
    });
  }

  async removeFromImportExport(address: number): Promise<string> {
    const { state } = this;
    return this.#byHand(async () => {
      const isMailSlot = elementRanges(state).some(
        ({ type, first, count }) => type === 'import-export' && address >= first && address < first + count,
      );
      const held = isMailSlot ? state.elements[address] : undefined;
      if (!held)
        throw new Error(`There is no cartridge in an import/export slot at address ${address} of ${state.name}.`);
      delete state.elements[address];
      state.shelf.push(held.barcode);
      await this.save();
      this.#slotsWereOpened();
      return held.barcode;
    });
  }

  #slotsWereOpened(): void {
    if (this.#profile.changer.tellsOpenedSlots) this.changer.raiseAttention(0x28, 0x01);
  }

  shelf(): { barcode: string; capacityBytes: number }[] {
    return this.state.shelf.map((barcode) => ({ barcode, capacityBytes: this.#facts(barcode).capacityBytes }));
  }

  async setWriteProtected(barcode: string, on: boolean): Promise<void> {
    await this.#byHand(async () => {
      this.#facts(barcode).writeProtected = on;
      await this.save();
    });
  }

  async damageRecord(barcode: string, block: number): Promise<void> {
    await this.#byHand(async () => {
      this.#facts(barcode);
      const inDrive = this.drives.some((_, i) => this.state.elements[firstAddress.drive + i]?.barcode === barcode);
      if (inDrive) throw new Error(`Cartridge ${barcode} is in a drive: move it to a slot before it is damaged.`);
      const handle = await open(imagePath(this.#cartridges, barcode), 'r+');
      try {
        await markRecordBad(handle, block);
      } finally {
        await handle.close();
      }
      await rm(indexPath(this.#cartridges, barcode), { force: true });
    });
  }

  setReadBarcode(barcode: string, read: string | undefined): void {
    this.#facts(barcode);
    if (read === undefined) this.#readBarcodes.delete(barcode);
    else this.#readBarcodes.set(barcode, read);
  }

  planFault(plan: VirtualFaultPlan): { fired(): boolean; cancel(): void } {
    return planVirtualFault(plan);
  }

  setDoor(open: boolean): void {
    this.changer.setDoor(open);
  }

  clearJam(): void {
    this.changer.clearJam();
  }

  reviveDrive(drive: number): void {
    const device = this.#drive(drive);
    device.setUnreachable(undefined);
    device.raiseAttention(0x29, 0x00);
  }

  askForCleaning(drive: number): void {
    this.#drive(drive).askForCleaning();
  }

  #drive(number: number): VirtualDrive {
    const drive = this.drives[number];
    if (!drive) throw new Error(`${this.state.name} has ${this.drives.length} drives; there is no number ${number}.`);
    return drive;
  }
}
