/** Reading little-endian structures field by field, and the errors of a reader. */

import { isUtf8 } from 'node:buffer';

/** Why a reader does not go on. */
export type Reason =
  | 'not a backup file'
  | 'of a newer version'
  | 'refused'
  | 'cannot be read'
  | 'do not belong together'
  | 'needs a key';

/** What is wrong, with what. */
export class BackupFileError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, what: string) {
    super(`${reason}: ${what}`);
    this.name = 'BackupFileError';
    this.reason = reason;
  }
}

/** Throws `cannot be read` with `what` unless `right`. */
export function demand(right: boolean, what: string, reason: Reason = 'cannot be read'): asserts right {
  if (!right) throw new BackupFileError(reason, what);
}

/** A cursor over one structure. Throws when the structure is too short or reserved bytes are not zero. */
export class Fields {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
  }

  /** The next `count` bytes. */
  bytes(count: number): Buffer {
    demand(this.#at + count <= this.#bytes.length, `${this.#what}: it ends too early`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** An unsigned number of 1 to 6 bytes. */
  number(size: number): number {
    return this.bytes(size).readUIntLE(0, size);
  }

  /** An unsigned number of 8 bytes that must be a safe integer. */
  long(): number {
    const value = Number(this.bytes(8).readBigUInt64LE());
    demand(Number.isSafeInteger(value), `${this.#what}: ${value} is too large`);
    return value;
  }

  /** A checksum. */
  checksum(): bigint {
    return this.bytes(8).readBigUInt64LE();
  }

  /** A UUID in its usual spelling. */
  uuid(): string {
    return uuidText(this.bytes(16));
  }

  /** UTF-8 of `count` bytes; anything else is refused. */
  text(count: number): string {
    const bytes = this.bytes(count);
    demand(isUtf8(bytes), `${this.#what}: a text is not UTF-8`);
    return bytes.toString('utf8');
  }

  /** `count` bytes that must be zero. */
  reserved(count: number): void {
    demand(isZero(this.bytes(count)), `${this.#what}: reserved bytes are not zero`);
  }

  /** The structure must end here. */
  end(): void {
    demand(this.#at === this.#bytes.length, `${this.#what}: ${this.#bytes.length - this.#at} bytes too many`);
  }
}

/** Whether all bytes are zero. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** A UUID in its usual spelling from 16 bytes. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** 16 bytes from a UUID in its usual spelling. */
export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** Parses JSON; what is none `cannot be read`. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BackupFileError('cannot be read', `${what} is not JSON`);
  }
}
