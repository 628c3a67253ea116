/** Parameter data of a virtual drive: mode, log and position pages, the cartridge's memory (SSC-5, SPC-6). */
import { put16, put24, put32, put64, putText } from '../big-endian.ts';
import type { DriveProfile } from './profiles.ts';

/** LTO-8; the virtual drive records nothing of it but this code. */
const densityCode = 0x5e;
const mebibyte = 1_048_576;

export const largestRecordBytes = 8 * mebibyte;

/** READ BLOCK LIMITS. */
export function blockLimits({ granularity, leastBytes, mostBytes }: DriveProfile['blockLimits']): Uint8Array {
  const bytes = new Uint8Array(6);
  bytes[0] = granularity;
  put24(bytes, 1, mostBytes);
  put16(bytes, 4, leastBytes);
  return bytes;
}

/** Block descriptor: density, no number of blocks, block length 0 (variable). */
export function blockDescriptor(): Uint8Array {
  return Uint8Array.of(densityCode, 0, 0, 0, 0, 0, 0, 0);
}

/** Mode pages: 0Fh data compression (none), 10h device configuration. 3Fh is all of them. */
export function modePages(page: number): Uint8Array | undefined {
  const compression = new Uint8Array(16);
  compression.set([0x0f, 14]);
  const configuration = new Uint8Array(16);
  // BAM and BIS: block identifiers are supported. SEW: no buffer is emptied at early warning.
  configuration.set([0x10, 14, 0, 0, 0, 0, 0, 0, 0x40]);
  if (page === 0x0f) return compression;
  if (page === 0x10) return configuration;
  if (page === 0x3f) return Buffer.concat([compression, configuration]);
  return page === 0x00 ? new Uint8Array(0) : undefined;
}

function logPage(page: number, parameters: [code: number, value: Uint8Array][]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [code, value] of parameters) {
    const head = new Uint8Array(4);
    put16(head, 0, code);
    head[2] = 0x43;
    head[3] = value.length;
    parts.push(head, value);
  }
  const content = Buffer.concat(parts);
  const header = new Uint8Array(4);
  header[0] = page;
  put16(header, 2, content.length);
  return Buffer.concat([header, content]);
}

export function supportedLogPages(): Uint8Array {
  return Uint8Array.of(0x00, 0, 0, 3, 0x00, 0x2e, 0x31);
}

export function tapeAlertPage(raised: ReadonlySet<number>): Uint8Array {
  const flags: [number, Uint8Array][] = [];
  for (let flag = 1; flag <= 64; flag++) flags.push([flag, Uint8Array.of(raised.has(flag) ? 1 : 0)]);
  return logPage(0x2e, flags);
}

export function capacityPage(remainingBytes: number, capacityBytes: number): Uint8Array {
  const value = (bytes: number): Uint8Array => {
    const out = new Uint8Array(4);
    put32(out, 0, Math.floor(bytes / mebibyte));
    return out;
  };
  const none = value(0);
  // Main and alternate partition, remaining and maximum.
  return logPage(0x31, [
    [1, value(remainingBytes)],
    [2, none],
    [3, value(capacityBytes)],
    [4, none],
  ]);
}

/** READ POSITION of a drive that does not know where it stands, and in the long form says that it is at the beginning. */
export function unknownPosition(lengthBytes: 20 | 32): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  bytes[0] = lengthBytes === 20 ? 0x14 : 0x20;
  return bytes;
}

export function shortPosition(block: number, flags: number): Uint8Array {
  const bytes = new Uint8Array(20);
  // BYCU and LOCU: nothing counted in the buffer. PERR where the block does not fit.
  const fits = block <= 0xffff_ffff;
  bytes[0] = flags | 0x30 | (fits ? 0 : 0x02);
  if (fits) {
    put32(bytes, 4, block);
    put32(bytes, 8, block);
  }
  return bytes;
}

export function longPosition(block: number, file: number, flags: number): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[0] = flags;
  put64(bytes, 8, block);
  put64(bytes, 16, file);
  return bytes;
}

export interface MemoryFacts {
  remainingBytes: number;
  capacityBytes: number;
  loadCount: number;
  mediumSerial: string;
  barcode: string;
  mediumType: 'data' | 'cleaning' | 'worm';
}

/** READ ATTRIBUTE, service action 0: attribute values from the first one asked for. */
export function attributeValues(facts: MemoryFacts, firstAttribute: number): Uint8Array {
  const number = (value: number): Uint8Array => {
    const bytes = new Uint8Array(8);
    put64(bytes, 0, value);
    return bytes;
  };
  const text = (length: number, value: string): Uint8Array => {
    const bytes = new Uint8Array(length);
    putText(bytes, 0, length, value);
    return bytes;
  };
  // Identifier, format (0 binary, 1 ASCII), value.
  const attributes: [number, number, Uint8Array][] = [
    [0x0000, 0, number(Math.floor(facts.remainingBytes / mebibyte))],
    [0x0001, 0, number(Math.floor(facts.capacityBytes / mebibyte))],
    [0x0003, 0, number(facts.loadCount)],
    [0x0400, 1, text(8, 'REELVLT')],
    [0x0401, 1, text(32, facts.mediumSerial)],
    [0x0408, 0, Uint8Array.of({ data: 0x00, cleaning: 0x01, worm: 0x80 }[facts.mediumType])],
    [0x0806, 1, text(32, facts.barcode)],
  ];
  const parts: Uint8Array[] = [];
  for (const [identifier, format, value] of attributes) {
    if (identifier < firstAttribute) continue;
    const head = new Uint8Array(5);
    put16(head, 0, identifier);
    head[2] = format;
    put16(head, 3, value.length);
    parts.push(head, value);
  }
  const content = Buffer.concat(parts);
  const header = new Uint8Array(4);
  put32(header, 0, content.length);
  return Buffer.concat([header, content]);
}
