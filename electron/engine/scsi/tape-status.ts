import { get16, put32 } from './big-endian.ts';
import { ScsiError } from './sense.ts';
import type { TapeMotion } from './tape-motion.ts';
import {
  type CartridgeMemory,
  parseCapacity,
  parseCartridgeMemory,
  parseTapeAlerts,
  parseTapeMode,
  type TapeAlert,
  type TapeCapacity,
  type TapeMode,
  variableBlockParameters,
} from './tape-reports.ts';

/** Asks a drive about its mode, its cartridge and its alerts. What a drive does not know is left out, not an error. */
export class TapeStatus {
  /** `undefined` until tried. */
  cartridgeMemoryWorks?: boolean;
  readonly #motion: TapeMotion;

  constructor(motion: TapeMotion) {
    this.#motion = motion;
  }

  async #mode(signal?: AbortSignal): Promise<TapeMode> {
    // All pages, cut to header and block descriptor: the form every drive knows.
    const inLength = 12;
    const cdb = Uint8Array.of(0x1a, 0, 0x3f, 0, inLength, 0);
    return parseTapeMode((await this.#motion.command('MODE SENSE(6)', cdb, { inLength, signal })).in);
  }

  async setVariableBlockMode(signal?: AbortSignal): Promise<void> {
    const mode = await this.#mode(signal);
    if (mode.blockLengthBytes === 0 && mode.buffered) return;
    const out = variableBlockParameters(mode.density);
    await this.#motion.command('MODE SELECT(6)', Uint8Array.of(0x15, 0x10, 0, 0, out.length, 0), { out, signal });
  }

  async isWriteProtected(signal?: AbortSignal): Promise<boolean> {
    return (await this.#mode(signal)).writeProtected;
  }

  async remainingBytes(signal?: AbortSignal): Promise<TapeCapacity | undefined> {
    const page = await this.#logPage(0x31, signal);
    const capacity = page && parseCapacity(page);
    if (capacity) return capacity;
    const memory = await this.cartridgeMemory(signal);
    if (memory?.remainingBytes === undefined || memory.capacityBytes === undefined) return undefined;
    return { remainingBytes: memory.remainingBytes, capacityBytes: memory.capacityBytes };
  }

  async tapeAlerts(signal?: AbortSignal): Promise<TapeAlert[]> {
    const page = await this.#logPage(0x2e, signal);
    return page ? parseTapeAlerts(page) : [];
  }

  async cartridgeMemory(signal?: AbortSignal): Promise<CartridgeMemory | undefined> {
    if (this.cartridgeMemoryWorks === false) return undefined;
    const inLength = 4096;
    const cdb = new Uint8Array(16);
    cdb[0] = 0x8c;
    put32(cdb, 10, inLength);
    const data = await this.#optional('READ ATTRIBUTE', cdb, inLength, signal);
    this.cartridgeMemoryWorks = data !== undefined;
    return data && parseCartridgeMemory(data);
  }

  async #logPage(page: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const inLength = 4096;
    // PC = 01b: cumulative values.
    const cdb = Uint8Array.of(0x4d, 0, 0x40 | page, 0, 0, 0, 0, inLength >> 8, inLength & 0xff, 0);
    const data = await this.#optional('LOG SENSE', cdb, inLength, signal);
    if (!data || data.length < 4 || ((data[0] as number) & 0x3f) !== page) return undefined;
    return data.subarray(4, 4 + get16(data, 2));
  }

  async #optional(
    name: string,
    cdb: Uint8Array,
    inLength: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    try {
      return (await this.#motion.command(name, cdb, { inLength, signal })).in;
    } catch (error) {
      if (error instanceof ScsiError && error.isUnsupported) return undefined;
      throw error;
    }
  }
}
