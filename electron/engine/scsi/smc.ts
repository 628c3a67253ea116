/** A media changer: the robot of a tape library (SMC-3). */
import { get16, put16, put24 } from './big-endian.ts';
import { command, commandPastUnitAttention } from './command.ts';
import { type ElementStatus, type ElementType, elementTypeCode, parseElementStatus } from './element-status.ts';
import { type Alert, changerAlerts, parseAlerts } from './alerts.ts';
import { ScsiError } from './sense.ts';
import { type DeviceInfo, deviceType, inquiry, isBecomingReady, logSense, waitReady } from './spc.ts';
import type { ScsiTransport } from './transport.ts';

export type { ElementStatus, ElementType } from './element-status.ts';

export interface ElementRange {
  /** Lowest element address. */
  first: number;
  count: number;
}

/** Which element addresses the library has, from its element address assignment page. */
export interface LibraryLayout {
  transports: ElementRange;
  slots: ElementRange;
  importExport: ElementRange;
  drives: ElementRange;
}

/**
 * A library initialises for minutes after power on, and looks at its slots again after its door was open. A move waits for
 * all of that; who only looks is told that it is not ready, and looks again later.
 */
const readyLimitMs = { look: 30_000, move: 900_000 } as const;

export class Changer {
  readonly info: DeviceInfo;
  readonly layout: LibraryLayout;
  readonly #transport: ScsiTransport;
  #withDriveSerials = true;
  #withBarcodes = true;
  /** Barcode by address as last read: what a caller's decision to move was based on. */
  #lastSeen = new Map<number, string | undefined>();

  private constructor(transport: ScsiTransport, info: DeviceInfo, layout: LibraryLayout) {
    this.#transport = transport;
    this.info = info;
    this.layout = layout;
  }

  /** Identifies the changer, waits a little for it to be ready and reads its layout. Throws where it is no changer. */
  static async open(transport: ScsiTransport, signal?: AbortSignal): Promise<Changer> {
    const info = await inquiry(transport, signal);
    if (info.deviceType !== deviceType.changer) {
      throw new Error(
        `${transport.name}: this is not a tape library's changer, but a device of type ${info.deviceType}.`,
      );
    }
    await waitReady(transport, { limitMs: readyLimitMs.look, signal });
    return new Changer(transport, info, await readLayout(transport, signal));
  }

  /** Every element of the library, each type asked for by itself (asking for all at once breaks some libraries). */
  async elementStatus(signal?: AbortSignal): Promise<ElementStatus[]> {
    const { transports, slots, importExport, drives } = this.layout;
    const found = [
      ...(await this.#statusOf('transport', transports, signal)),
      ...(await this.#statusOf('slot', slots, signal)),
      ...(await this.#statusOf('import-export', importExport, signal)),
      ...(await this.#statusOf('drive', drives, signal)),
    ];
    this.#lastSeen = new Map(found.map((element) => [element.address, element.barcode]));
    return found;
  }

  async #statusOf(type: ElementType, range: ElementRange, signal?: AbortSignal): Promise<ElementStatus[]> {
    const found = new Map<number, ElementStatus>();
    const end = range.first + range.count;
    let accessReported = false;
    for (let next = range.first; next < end; ) {
      const reply = parseElementStatus(await this.#readStatus(type, next, end - next, signal));
      accessReported ||= reply.accessReported;
      let highest = -1;
      for (const element of reply.elements) {
        // Libraries answer with what they like: only elements asked for count.
        if (element.type !== type || element.address < range.first || element.address >= end) continue;
        found.set(element.address, element);
        highest = Math.max(highest, element.address);
      }
      if (highest < next) break;
      next = highest + 1;
    }
    const elements = [...found.values()].sort((a, b) => a.address - b.address);
    // Where no element at all is accessible the library does not report it: then only an exception speaks against it.
    if (!accessReported) for (const element of elements) element.accessible = element.exception === undefined;
    return elements;
  }

  async #readStatus(type: ElementType, first: number, count: number, signal?: AbortSignal): Promise<Uint8Array> {
    const inLength = Math.min(16 + count * 140 + 64, 0x40_0000);
    for (;;) {
      const cdb = new Uint8Array(12);
      cdb[0] = 0xb8;
      cdb[1] = (this.#withBarcodes ? 0x10 : 0) | elementTypeCode[type];
      put16(cdb, 2, first);
      put16(cdb, 4, count);
      const withDriveSerials = type === 'drive' && this.#withDriveSerials;
      // CURDATA is left clear: the library may look again where it is not sure.
      cdb[6] = withDriveSerials ? 0x01 : 0;
      put24(cdb, 7, inLength);
      try {
        const options = { inLength, timeoutClass: 'move', signal } as const;
        const read = () => commandPastUnitAttention(this.#transport, 'READ ELEMENT STATUS', cdb, options);
        return (await this.#onceReady(read, readyLimitMs.look, signal)).in;
      } catch (error) {
        if (!(error instanceof ScsiError && error.isUnsupported)) throw error;
        if (withDriveSerials) this.#withDriveSerials = false;
        else if (this.#withBarcodes) this.#withBarcodes = false;
        else throw error;
      }
    }
  }

  /**
   * Moves a cartridge between two element addresses. Read the element status again afterwards, even where this throws:
   * a robot may have moved before it failed, and aborting the signal does not stop it. When somebody opened the library
   * since the last {@link elementStatus}, the move is carried out only if source and destination are still as they were.
   */
  async move(from: number, to: number, signal?: AbortSignal): Promise<void> {
    const cdb = new Uint8Array(12);
    cdb[0] = 0xa5;
    put16(cdb, 2, this.layout.transports.first);
    put16(cdb, 4, from);
    put16(cdb, 6, to);
    for (let attempt = 1; ; attempt++) {
      try {
        const move = () => command(this.#transport, 'MOVE MEDIUM', cdb, { timeoutClass: 'move', signal });
        await this.#onceReady(move, readyLimitMs.move, signal);
        break;
      } catch (error) {
        if (!(error instanceof ScsiError && error.isUnitAttention) || attempt === 16) throw error;
        if (error.asc === 0x28) await this.#confirmUnchanged(from, to, signal);
      }
    }
    this.#lastSeen.set(to, this.#lastSeen.get(from));
    this.#lastSeen.set(from, undefined);
  }

  /** A library that is still busy with something of its own is waited for: the command was not carried out. */
  async #onceReady<T>(act: () => Promise<T>, limitMs: number, signal?: AbortSignal): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ScsiError && error.sense && isBecomingReady(error.sense))) throw error;
      await waitReady(this.#transport, { limitMs, signal });
      return act();
    }
  }

  async #confirmUnchanged(from: number, to: number, signal?: AbortSignal): Promise<void> {
    const before = new Map(this.#lastSeen);
    if (before.size === 0) return;
    await this.elementStatus(signal);
    for (const address of [from, to]) {
      const [was, is] = [before.get(address), this.#lastSeen.get(address)];
      if (was === is) continue;
      throw new Error(
        `${this.#transport.name}: somebody changed the contents of the library: element ${address} held ` +
          `${was ?? 'no cartridge'} and now holds ${is ?? 'no cartridge'}. Nothing was moved; inventory the library and try again.`,
      );
    }
  }

  /** TapeAlert flags of the library itself; none where it has no such log. Reading clears them on most libraries. */
  async alerts(signal?: AbortSignal): Promise<Alert[]> {
    const page = await logSense(
      (name, cdb, options) => commandPastUnitAttention(this.#transport, name, cdb, options),
      0x2e,
      signal,
    );
    return page ? parseAlerts(page, changerAlerts) : [];
  }

  /** Has the library look at every element again; takes minutes in a large one. */
  async initializeElementStatus(signal?: AbortSignal): Promise<void> {
    const cdb = Uint8Array.of(0x07, 0, 0, 0, 0, 0);
    await commandPastUnitAttention(this.#transport, 'INITIALIZE ELEMENT STATUS', cdb, { timeoutClass: 'move', signal });
  }
}

/** MODE SENSE of page 1Dh, element address assignment (SMC-3, 7.3.4). */
async function readLayout(transport: ScsiTransport, signal?: AbortSignal): Promise<LibraryLayout> {
  const page = (await modePage6(transport, 0x1d, signal)) ?? (await modePage10(transport, 0x1d, signal));
  if (!page || page.length < 18) {
    throw new Error(`${transport.name}: the library does not tell which element addresses it has.`);
  }
  const range = (at: number): ElementRange => ({ first: get16(page, at), count: get16(page, at + 2) });
  return { transports: range(2), slots: range(6), importExport: range(10), drives: range(14) };
}

async function modePage6(
  transport: ScsiTransport,
  page: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const cdb = Uint8Array.of(0x1a, 0x08, page, 0, 255, 0);
  return modePage(transport, 'MODE SENSE(6)', cdb, 255, page, (data) => 4 + (data[3] ?? 0), signal);
}

async function modePage10(
  transport: ScsiTransport,
  page: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const cdb = Uint8Array.of(0x5a, 0x08, page, 0, 0, 0, 0, 0, 255, 0);
  return modePage(transport, 'MODE SENSE(10)', cdb, 255, page, (data) => 8 + get16(data, 6), signal);
}

async function modePage(
  transport: ScsiTransport,
  name: string,
  cdb: Uint8Array,
  inLength: number,
  page: number,
  pagesAt: (data: Uint8Array) => number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const { in: data } = await commandPastUnitAttention(transport, name, cdb, { inLength, signal });
    for (let at = pagesAt(data); at + 2 <= data.length; at += 2 + (data[at + 1] as number)) {
      if (((data[at] as number) & 0x3f) === page) return data.subarray(at, at + 2 + (data[at + 1] as number));
    }
    return undefined;
  } catch (error) {
    if (error instanceof ScsiError && error.isUnsupported) return undefined;
    throw error;
  }
}
