import { createCipheriv, hkdfSync, type KeyObject } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { blake3 } from '@napi-rs/blake-hash';
import { compressSync } from 'lz4-napi';
import xxhash from 'xxhash-wasm';
import type { ObjectKind } from './state-digest.ts';

/** What {@link backup-file-writer.ts} puts files together from: numbers, sessions, records. */
const { h64Raw } = await xxhash();
export { h64Raw };
export const superblockBytes = 4096;
export const recordHeaderBytes = 64;
export const copiesApartBytes = 4096;
export const blocksOfPage = 4096;
export const magic = Uint8Array.from([0x89, 0x52, 0x56, 0x42, 0x0d, 0x0a, 0x1a, 0x0a]);
export const none16 = Buffer.alloc(16);
export const none32 = Buffer.alloc(32);

export type Codec = 'none' | 'lz4' | 'zstd';
export const codecNumbers = { none: 0, lz4: 1, zstd: 2 } as const;
export const types = {
  opening: 1,
  objects: 2,
  block: 3,
  zeros: 4,
  same: 5,
  indexPage: 6,
  groupPage: 7,
  padding: 8,
} as const;

export interface PlannedObject {
  id: string;
  name: string;
  kind: ObjectKind;
  bytes: Uint8Array;
}

export interface PlannedPoint {
  pointUuid: Buffer;
  createdAtMs: number;
  objects: readonly PlannedObject[];
  machine: { id: string; name: string; platform: string };
  job: { id: string; name: string };
}

export interface FileOptions {
  fileUuid: Buffer;
  chainUuid: Buffer;
  blockSizeBytes: number;
  codec: Codec;
  /** 32 bytes, and the key section that carries them. */
  encryption?: { fileKey: Buffer; keySection: Buffer };
  signer?: { privateKey: KeyObject; publicKey: Buffer };
  /** Makes session UUIDs, session keys and salts: random unless a golden file is made. */
  random?: (bytes: number) => Buffer;
  /** Bits of a group. */
  groupBits?: number;
}

export interface Entry {
  digest: Uint8Array;
  state: 1 | 2 | 3;
  offset: number;
  stored: number;
  checksum: bigint;
}

export interface Session {
  uuid: Buffer;
  key: Buffer;
  counter: number;
  generation: number;
}

/** A file as its writer knows it. */
export interface WrittenFile {
  bytes: Buffer;
  kind: 'full' | 'increment';
  options: FileOptions;
  point: PlannedPoint;
  state: Buffer;
  parentPoint: Buffer;
  parentState: Buffer;
  generation: number;
  entries: Map<string, Map<number, Entry>>;
  sessions: Session[];
  absorbed: string[];
}

export const u16 = (value: number): Buffer => numbers(2, value);
export const u32 = (value: number): Buffer => numbers(4, value);
export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
export function numbers(size: number, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntLE(value, 0, size);
  return bytes;
}
export const digestOf = (bytes: Uint8Array): Buffer => Buffer.from(blake3(Buffer.from(bytes)));
export const uuidText = (uuid: Buffer): string =>
  uuid.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export function seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(associated);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}
export const derive = (key: Uint8Array, salt: Uint8Array, info: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, 32));
export const sealedKey = (options: FileOptions, session: Session): Buffer =>
  options.encryption
    ? seal(
        derive(options.encryption.fileKey, session.uuid, 'reelvault 2 session'),
        Buffer.alloc(12),
        session.uuid,
        session.key,
      )
    : Buffer.alloc(48);

export function packed(codec: Codec, plain: Uint8Array): { body: Buffer; codec: number } {
  const body =
    codec === 'zstd'
      ? zstdCompressSync(plain)
      : // lz4-napi writes the plain length before the block; the format does not.
        codec === 'lz4'
        ? Buffer.from(compressSync(Buffer.from(plain))).subarray(4)
        : Buffer.from(plain);
  return body.length < plain.length ? { body, codec: codecNumbers[codec] } : { body: Buffer.from(plain), codec: 0 };
}

/** The bytes of one append while it grows. */
export class Append {
  readonly #parts: Buffer[] = [];
  readonly #options: FileOptions;
  readonly session: Session;
  end: number;

  constructor(options: FileOptions, session: Session, offset: number) {
    this.#options = options;
    this.session = session;
    this.end = offset;
  }

  raw(bytes: Buffer): number {
    const offset = this.end;
    this.#parts.push(bytes);
    this.end += bytes.length;
    return offset;
  }

  record(
    type: number,
    plain: Uint8Array,
    place: { object?: Buffer; number?: number },
    codec: Codec,
  ): { bytes: Buffer; stored: Buffer; checksum: bigint; counter: number; plain: number } {
    const counter = this.session.counter;
    this.session.counter += 1;
    const { body, codec: used } = packed(codec, plain);
    const encrypted = this.#options.encryption !== undefined && type !== types.opening && type !== types.padding;
    const head = Buffer.concat([
      Buffer.from('RVr2'),
      numbers(1, type),
      numbers(1, used),
      numbers(6, counter),
      u32(plain.length),
      this.session.uuid,
      place.object ?? Buffer.alloc(8),
      numbers(6, place.number ?? 0),
      u16(0),
      u32(body.length + (encrypted ? 16 : 0)),
    ]);
    const nonce = Buffer.concat([numbers(6, counter), Buffer.alloc(6)]);
    const stored = encrypted ? seal(this.session.key, nonce, head, body) : body;
    const checksum = h64Raw(stored);
    const bytes = Buffer.concat([head, u32(Number(h64Raw(head) & 0xffff_ffffn)), u64(checksum), stored]);
    return { bytes, stored, checksum, counter, plain: plain.length };
  }

  /** A padding record of at least this many bytes; nothing when none are wanted. Not written yet. */
  padding(bytes: number): Buffer {
    if (bytes <= 0) return Buffer.alloc(0);
    return this.record(types.padding, Buffer.alloc(Math.max(0, bytes - recordHeaderBytes)), {}, 'none').bytes;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
