import { type Alert, driveAlerts, parseAlerts } from './alerts.ts';
import { put32 } from './big-endian.ts';
import { ScsiError } from './sense.ts';
import { logSense } from './spc.ts';
import type { TapeMotion } from './tape-motion.ts';
import {
  type CartridgeMemory,
  parseCapacity,
  parseCartridgeMemory,
  parseTapeMode,
  type TapeCapacity,
  type TapeMode,
  variableBlockParameters,
} from './tape-reports.ts';

/** Asks a drive about its mode, its cartridge and its alerts. What a drive does not know is left out, not an error. */
export class TapeStatus {
  /** `undefined` until tried. */
  cartridgeMemoryWorks?: boolean;
  tapeAlertsWork?: boolean;
  readonly #motion: TapeMotion;

  constructor(motion: TapeMotion) {
    this.#motion = motion;
  }

  /** Finds out what can be found out of a drive that may be empty. */
  async probe(signal?: AbortSignal): Promise<void> {
    const pages = await this.#logPage(0x00, signal);
    // A drive that does not list its pages may still have them: then asking for the page decides.
    if (pages) this.tapeAlertsWork = pages.includes(0x2e);
  }

  /** Undefined where the drive tells nothing of its mode. */
  async #mode(signal?: AbortSignal): Promise<TapeMode | undefined> {
    const inLength = 12;
    // All pages, or none, cut to header and block descriptor: the forms drives know.
    for (const page of [0x3f, 0x00]) {
      const data = await this.#optional(
        'MODE SENSE(6)',
        Uint8Array.of(0x1a, 0, page, 0, inLength, 0),
        inLength,
        signal,
      );
      if (data) return parseTapeMode(data);
    }
    return undefined;
  }

  async setVariableBlockMode(signal?: AbortSignal): Promise<void> {
    const mode = await this.#mode(signal);
    if (mode && mode.blockLengthBytes === 0 && mode.buffered) return;
    const out = variableBlockParameters(mode?.density ?? 0);
    const cdb = Uint8Array.of(0x15, 0x10, 0, 0, out.length, 0);
    try {
      await this.#motion.command('MODE SELECT(6)', cdb, { out, signal });
    } catch (error) {
      // Unbuffered is slow, and a mode that is not reported may be right: only a fixed block length has to be changed.
      if (!(error instanceof ScsiError && error.isUnsupported) || (mode?.blockLengthBytes ?? 0) !== 0) throw error;
    }
  }

  /** False where the drive does not tell: writing will. */
  async isWriteProtected(signal?: AbortSignal): Promise<boolean> {
    return (await this.#mode(signal))?.writeProtected ?? false;
  }

  async remainingBytes(signal?: AbortSignal): Promise<TapeCapacity | undefined> {
    const page = await this.#logPage(0x31, signal);
    const capacity = page && parseCapacity(page);
    if (capacity) return capacity;
    const memory = await this.cartridgeMemory(signal);
    if (memory?.remainingBytes === undefined || memory.capacityBytes === undefined) return undefined;
    return { remainingBytes: memory.remainingBytes, capacityBytes: memory.capacityBytes };
  }

  async tapeAlerts(signal?: AbortSignal): Promise<Alert[]> {
    if (this.tapeAlertsWork === false) return [];
    const page = await this.#logPage(0x2e, signal);
    this.tapeAlertsWork = page !== undefined;
    return page ? parseAlerts(page, driveAlerts) : [];
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

  #logPage(page: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return logSense((name, cdb, options) => this.#motion.command(name, cdb, options), page, signal);
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
