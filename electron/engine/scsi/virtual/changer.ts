/** The robot of a virtual library: moves cartridges and tells what lies where (SMC-3). */
import { get16, get24, put16, put24, putText } from '../big-endian.ts';
import { type ElementType, elementTypeCode } from '../element-status.ts';
import { deviceType } from '../spc.ts';
import { type ExecuteOptions, type ScsiReply, TransportError } from '../transport.ts';
import { modeParameters, parseModeSense, VirtualDevice, vendorDesignator } from './device.ts';
import type { VirtualDrive } from './drive.ts';
import { tapeAlertPage } from './drive-pages.ts';
import { firstAddress, type LibraryState } from './library-state.ts';
import type { InsertedCartridge } from './mechanism.ts';
import { changerTarget, conditionOf, passFault } from './planned-faults.ts';
import type { ChangerProfile } from './profiles.ts';
import { check, dataReply, good, invalidCommand, invalidField } from './replies.ts';
import type { Pace } from './time-model.ts';

/** What the robot works on. */
export interface LibraryBody {
  readonly state: LibraryState;
  readonly drives: readonly VirtualDrive[];
  /** Makes the state durable. */
  save(): Promise<void>;
  /** A cartridge as a drive takes it. */
  toDrive(barcode: string): InsertedCartridge;
  /** Counts one more load of a cartridge. @returns Takes it back. */
  countLoad(barcode: string): () => void;
  /** Tells what SCSI has no words for. */
  trouble(message: string): void;
  /** What the barcode reader makes of a cartridge's label; undefined where it reads nothing. */
  readBarcode(barcode: string): string | undefined;
}

interface Range {
  type: ElementType;
  first: number;
  count: number;
}

/** The element addresses of a library, in ascending order. */
export function elementRanges(state: LibraryState): Range[] {
  return [
    { type: 'transport', first: firstAddress.transport, count: 1 },
    { type: 'import-export', first: firstAddress['import-export'], count: state.importExportSlots },
    { type: 'drive', first: firstAddress.drive, count: state.driveSerials.length },
    { type: 'slot', first: firstAddress.slot, count: state.slots },
  ];
}

/** Code set, designator type, reserved, length byte, and room for a vendor designator (8 + 16 + serial number). */
const shortTailBytes = 4;
const voltagBytes = 36;
/** TapeAlert flag of a library whose door is open. */
const doorAlert = 16;

export class VirtualChanger extends VirtualDevice {
  readonly #body: LibraryBody;
  readonly #pace: Pace;
  readonly #profile: ChangerProfile;
  #jammed = false;
  #doorOpen = false;
  /** Commands still to be answered "becoming ready": the library looks at its slots. */
  #scanning = 0;

  constructor(body: LibraryBody, pace: Pace, profile: ChangerProfile) {
    super(`${body.state.name}, changer`, {
      deviceType: deviceType.changer,
      vendor: 'REELVLT',
      product: 'VIRTUAL-LIBRARY',
      revision: '0100',
      serial: body.state.serial,
      serialFieldBytes: profile.serialFieldBytes,
    });
    this.#profile = profile;
    this.#body = body;
    this.#pace = pace;
  }

  /** Somebody opens a door, or closes it: the library then looks at its slots again. */
  setDoor(open: boolean): void {
    if (this.#doorOpen && !open) {
      this.#scanning = 3;
      this.raiseAttention(0x28, 0x00);
    }
    this.#doorOpen = open;
  }

  /** Somebody opened the robot's door and took out what was stuck. */
  clearJam(): void {
    this.#jammed = false;
  }

  protected async perform(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    if (this.#profile.unknownCommands.includes(cdb[0] as number)) throw invalidCommand();
    if (cdb[0] === 0x4d) return this.#logSense(cdb, options);
    if (this.#doorOpen) throw check('notReady', 0x04, 0x18);
    if (this.#scanning > 0) {
      this.#scanning -= 1;
      throw check('notReady', 0x04, 0x01);
    }
    switch (cdb[0]) {
      case 0x00:
        return good;
      case 0x07:
      case 0x37:
        if (this.#jammed) throw check('notReady', 0x04, 0x03);
        await this.#pace.takes('moveMs');
        return good;
      case 0x1a:
      case 0x5a:
        return this.#modeSense(cdb, options);
      case 0x1e:
        return good;
      case 0xa5:
        if (((cdb[10] as number) & 0x01) !== 0) throw invalidField();
        return this.#move(get16(cdb, 2), get16(cdb, 4), get16(cdb, 6));
      case 0xb8:
        return this.#readElementStatus(cdb, options);
      default:
        throw invalidCommand();
    }
  }

  #typeOf(address: number): ElementType {
    const range = elementRanges(this.#body.state).find(
      ({ first, count }) => address >= first && address < first + count,
    );
    if (!range) throw this.#unknownAddress();
    return range.type;
  }

  #unknownAddress(): Error {
    return check('illegalRequest', ...this.#profile.unknownAddress);
  }

  #driveAt(address: number): VirtualDrive | undefined {
    return this.#body.drives[address - firstAddress.drive];
  }

  async #move(transport: number, from: number, to: number): Promise<ScsiReply> {
    const { elements } = this.#body.state;
    const types = [this.#typeOf(from), this.#typeOf(to)];
    // 0 stands for the default robot; it cannot hold a cartridge between two moves.
    if ((transport !== 0 && transport !== firstAddress.transport) || types.includes('transport')) {
      throw this.#unknownAddress();
    }
    if (this.#jammed) throw check('notReady', 0x04, 0x03);
    const moved = elements[from];
    if (!moved) throw check('illegalRequest', 0x3b, 0x0e);
    if (elements[to]) throw check('illegalRequest', 0x3b, 0x0d);
    const target = changerTarget(moved.barcode, from, to);
    this.#passFault('before', target);
    const source = this.#driveAt(from);
    const destination = this.#driveAt(to);
    const carry = async (): Promise<void> => {
      source?.assertRemovable();
      await this.#pace.takes('moveMs');
      await this.#record(from, to, { barcode: moved.barcode, source: source ? moved.source : from });
      await source?.remove();
    };
    // The drive does nothing else while the robot takes the cartridge out or puts it in.
    await (source ? source.inTurn(carry) : carry());
    if (destination) {
      const inserted = this.#body.toDrive(moved.barcode);
      await destination.inTurn(() => destination.insert(inserted));
    }
    this.#passFault('after', target);
    return good;
  }

  /** Makes the move durable, or not happen at all. */
  async #record(from: number, to: number, moved: { barcode: string; source?: number }): Promise<void> {
    const { elements } = this.#body.state;
    const before = elements[from];
    delete elements[from];
    elements[to] = moved;
    const takeBack = this.#driveAt(to) && this.#body.countLoad(moved.barcode);
    try {
      await this.#body.save();
    } catch (error) {
      delete elements[to];
      if (before) elements[from] = before;
      takeBack?.();
      this.#body.trouble(`The move of ${moved.barcode} could not be recorded: ${String(error)}`);
      throw check('hardwareError', 0x44, 0x00);
    }
  }

  #passFault(when: 'before' | 'after', target: string): void {
    const fault = passFault('changer.move', when, target)?.fault;
    if (fault === undefined) return;
    if (fault === 'no-answer') throw new TransportError(this.name, 'no answer to MOVE MEDIUM within the time limit.');
    if (fault === 'robot-jam') this.#jammed = true;
    throw conditionOf(fault);
  }

  #readElementStatus(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const type = (cdb[1] as number) & 0x0f;
    const withTags = ((cdb[1] as number) & 0x10) !== 0;
    const withSerials = ((cdb[6] as number) & 0x01) !== 0;
    const start = get16(cdb, 2);
    let left = get16(cdb, 4);
    if (type > 4) throw invalidField();
    const pages: Uint8Array[] = [];
    let reported = 0;
    let firstReported: number | undefined;
    for (const range of elementRanges(this.#body.state)) {
      if (type !== 0 && elementTypeCode[range.type] !== type) continue;
      const first = Math.max(start, range.first);
      const rest = range.first + range.count - first;
      const count = this.#profile.obeysCount ? Math.min(left, rest) : rest;
      if (count <= 0) continue;
      pages.push(this.#statusPage(range.type, first, count, withTags, withSerials));
      firstReported ??= first;
      reported += count;
      left -= count;
    }
    const content = Buffer.concat(pages);
    const header = new Uint8Array(8);
    put16(header, 0, firstReported ?? 0);
    put16(header, 2, reported);
    put24(header, 5, content.length);
    const sent = Buffer.concat([header, content]).subarray(
      0,
      8 + Math.max(0, content.length - this.#profile.statusCutBytes),
    );
    return dataReply(sent, get24(cdb, 7), options);
  }

  #statusPage(type: ElementType, first: number, count: number, withTags: boolean, withSerials: boolean): Uint8Array {
    const { drives } = this.#body;
    const designators = withSerials && type === 'drive' ? drives.map((drive) => vendorDesignator(drive.identity)) : [];
    const tail = shortTailBytes + Math.max(0, ...designators.map((designator) => designator.length - 1));
    const length = 12 + (withTags ? voltagBytes : 0) + tail;
    const page = new Uint8Array(8 + count * length);
    page[0] = elementTypeCode[type];
    page[1] = withTags ? 0x80 : 0;
    put16(page, 2, length);
    put24(page, 5, count * length);
    for (let i = 0; i < count; i++) {
      const descriptor = page.subarray(8 + i * length, 8 + (i + 1) * length);
      this.#describe(descriptor, type, first + i, withTags);
      const designator = designators[first + i - firstAddress.drive];
      if (!designator) continue;
      const at = length - tail;
      descriptor.set([0x02, 0x01, 0], at);
      descriptor.set(designator, at + 3);
    }
    return page;
  }

  #describe(bytes: Uint8Array, type: ElementType, address: number, withTags: boolean): void {
    const held = this.#body.state.elements[address];
    const drive = type === 'drive' ? this.#driveAt(address) : undefined;
    put16(bytes, 0, address);
    let flags = held ? 0x01 : 0x00;
    if (!drive || drive.isAccessible) flags |= 0x08;
    if (type === 'import-export') flags |= 0x30 | (held && held.source === undefined ? 0x02 : 0);
    if (type === 'transport' && this.#jammed) {
      flags = (flags & ~0x08) | 0x04;
      bytes.set([0x15, 0x01], 4);
    }
    bytes[2] = this.#profile.elementFlags ? flags : flags & 0x01;
    if (held?.source !== undefined) {
      bytes[9] = 0x80;
      put16(bytes, 10, held.source);
    }
    const barcode = held && this.#read(held.barcode, address);
    if (withTags && barcode !== undefined) putText(bytes, 12, 32, barcode);
  }

  #read(barcode: string, address: number): string | undefined {
    const passed = passFault('changer.status', 'before', changerTarget(barcode, address));
    if (passed?.fault === 'no-barcode') return undefined;
    if (passed?.fault === 'wrong-barcode') return passed.message;
    if (passed?.fault !== undefined) throw conditionOf(passed.fault);
    return this.#body.readBarcode(barcode);
  }

  #logSense(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    if (((cdb[2] as number) & 0x3f) !== 0x2e) throw invalidField();
    const raised = new Set(this.#doorOpen ? [doorAlert] : []);
    return dataReply(tapeAlertPage(raised), get16(cdb, 7), options);
  }

  #modeSense(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const mode = parseModeSense(cdb);
    const addresses = new Uint8Array(20);
    addresses.set([0x1d, 18]);
    for (const { type, first, count } of elementRanges(this.#body.state)) {
      const at = 2 + 4 * (elementTypeCode[type] - 1);
      put16(addresses, at, first);
      put16(addresses, at + 2, count);
    }
    // Device capabilities: every kind of element stores cartridges, but the robot; every move between them is possible.
    const capabilities = new Uint8Array(20);
    capabilities.set([0x1f, 18, 0x0e, 0, 0, 0x0e, 0x0e, 0x0e]);
    const pages = { 0x1d: addresses, 0x1f: capabilities, 0x3f: Buffer.concat([addresses, capabilities]) }[mode.page];
    if (!pages) throw invalidField();
    const descriptor = new Uint8Array(this.#profile.blockDescriptorBytes);
    return dataReply(modeParameters(mode.isLong, 0, descriptor, pages), mode.allocationLength, options);
  }
}
