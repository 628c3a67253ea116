import { check, CheckCondition, checkReply, dataReply, good, invalidField } from './replies.ts';
import { type ExecuteOptions, type ScsiReply, type ScsiTransport, TransportError } from '../transport.ts';
import { get16, get32, put16, put32, putText } from '../big-endian.ts';
import { senseKey } from '../sense.ts';

export interface Identity {
  deviceType: number;
  vendor: string;
  product: string;
  revision: string;
  serial: string;
  /** VPD page 80h: the number stands right-aligned in a field of this length; as long as itself where not said. */
  serialFieldBytes?: number;
}

/**
 * What every device of a virtual library has in common: one command at a time in the order given, unit attentions,
 * identification, and being unreachable.
 */
export abstract class VirtualDevice implements ScsiTransport {
  readonly name: string;
  readonly identity: Identity;
  #last: Promise<unknown> = Promise.resolve();
  #attentions: { asc: number; ascq: number }[] = [{ asc: 0x29, ascq: 0x00 }];
  #unreachable: string | undefined;

  constructor(name: string, identity: Identity) {
    this.name = name;
    this.identity = identity;
  }

  /** Tells the initiator once of a change, before its next command. */
  raiseAttention(asc: number, ascq: number): void {
    if (!this.#attentions.some((known) => known.asc === asc && known.ascq === ascq))
      this.#attentions.push({ asc, ascq });
  }

  /** From now on no answers, or answers again. */
  setUnreachable(reason: string | undefined): void {
    this.#unreachable = reason;
  }

  /** Runs after every command given so far, and before every later one. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async execute(cdb: Uint8Array, options: ExecuteOptions = {}): Promise<ScsiReply> {
    const { signal } = options;
    signal?.throwIfAborted();
    const answer = this.inTurn(() => {
      // Given up while it waited for its turn: never begun.
      signal?.throwIfAborted();
      return this.#answer(cdb, options);
    });
    // Data may be under way into the caller's buffer: such a command is waited for, and it is short.
    if (!signal || options.into || options.out) return answer;
    return abandonable(answer, signal);
  }

  async close(): Promise<void> {
    await this.inTurn(() => Promise.resolve());
  }

  async #answer(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    if (this.#unreachable !== undefined) this.unreachable();
    try {
      const operation = cdb[0] as number;
      if (operation === 0x12) return this.#inquiry(cdb, options);
      if (operation === 0xa0) return this.#reportLuns(cdb, options);
      const attention = this.#attentions.shift();
      if (operation === 0x03) return this.#requestSense(cdb, options, attention);
      if (attention) throw check('unitAttention', attention.asc, attention.ascq);
      // RESERVE and RELEASE: there is one initiator only, and it always has the device.
      if ([0x16, 0x17, 0x56, 0x57].includes(operation)) return good;
      return await this.perform(cdb, options);
    } catch (error) {
      if (error instanceof CheckCondition) return checkReply(error.fields);
      throw error;
    }
  }

  /** Ends a command without an answer. */
  protected unreachable(): never {
    throw new TransportError(this.name, this.#unreachable ?? 'no answer.');
  }

  /** One command of this kind of device. Throws {@link CheckCondition} to end it so. */
  protected abstract perform(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply>;

  #inquiry(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const wantsPage = ((cdb[1] as number) & 0x01) !== 0;
    const page = cdb[2] as number;
    if (!wantsPage && page !== 0) throw invalidField();
    return dataReply(wantsPage ? this.#vitalProductData(page) : this.#standardInquiry(), get16(cdb, 3), options);
  }

  #standardInquiry(): Uint8Array {
    const bytes = new Uint8Array(96);
    bytes[0] = this.identity.deviceType;
    bytes[1] = 0x80;
    bytes[2] = 0x06;
    bytes[3] = 0x02;
    bytes[4] = bytes.length - 5;
    putText(bytes, 8, 8, this.identity.vendor);
    putText(bytes, 16, 16, this.identity.product);
    putText(bytes, 32, 4, this.identity.revision);
    return bytes;
  }

  #vitalProductData(page: number): Uint8Array {
    const { deviceType, serial, serialFieldBytes = 0 } = this.identity;
    let content: Uint8Array;
    if (page === 0x00) content = Uint8Array.of(0x00, 0x80, 0x83);
    else if (page === 0x80) content = Buffer.from(serial.padStart(serialFieldBytes), 'latin1');
    else if (page === 0x83) content = Buffer.concat([Uint8Array.of(0x02, 0x01, 0), vendorDesignator(this.identity)]);
    else throw invalidField();
    return Buffer.concat([Uint8Array.of(deviceType, page, 0, content.length), content]);
  }

  #reportLuns(cdb: Uint8Array, options: ExecuteOptions): ScsiReply {
    const bytes = new Uint8Array(16);
    put32(bytes, 0, 8);
    return dataReply(bytes, get32(cdb, 6), options);
  }

  #requestSense(cdb: Uint8Array, options: ExecuteOptions, attention?: { asc: number; ascq: number }): ScsiReply {
    const fields = attention
      ? { key: senseKey.unitAttention, ...attention }
      : { key: senseKey.noSense, asc: 0, ascq: 0 };
    return dataReply(checkReply(fields).sense as Uint8Array, cdb[4] as number, options);
  }
}

/** A length byte, then vendor, product and serial number: a T10 vendor designator without its first three bytes. */
export function vendorDesignator({ vendor, product, serial }: Identity): Uint8Array {
  const bytes = new Uint8Array(1 + 24 + serial.length);
  bytes[0] = 24 + serial.length;
  putText(bytes, 1, 8, vendor);
  putText(bytes, 9, 16, product);
  putText(bytes, 25, serial.length, serial);
  return bytes;
}

/** MODE SENSE and MODE SELECT in their two lengths. */
export interface ModeCommand {
  isLong: boolean;
  page: number;
  allocationLength: number;
  withBlockDescriptor: boolean;
}

export function parseModeSense(cdb: Uint8Array): ModeCommand {
  const isLong = cdb[0] === 0x5a;
  return {
    isLong,
    page: (cdb[2] as number) & 0x3f,
    allocationLength: isLong ? get16(cdb, 7) : (cdb[4] as number),
    withBlockDescriptor: ((cdb[1] as number) & 0x08) === 0,
  };
}

/** Mode parameters: header, block descriptor, pages (SPC-6, 7.5). */
export function modeParameters(
  isLong: boolean,
  deviceSpecific: number,
  descriptor: Uint8Array,
  pages: Uint8Array,
): Uint8Array {
  const header = new Uint8Array(isLong ? 8 : 4);
  const total = header.length + descriptor.length + pages.length;
  if (isLong) {
    put16(header, 0, total - 2);
    header[3] = deviceSpecific;
    put16(header, 6, descriptor.length);
  } else {
    header[0] = total - 1;
    header[2] = deviceSpecific;
    header[3] = descriptor.length;
  }
  return Buffer.concat([header, descriptor, pages]);
}

function abandonable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
