/** What a drive tells about itself and its cartridge: capacity, the cartridge's memory (SSC-5, SPC-6). */
import { get16, get24, get32, get64, getText } from './big-endian.ts';
import { logParameters } from './spc.ts';

export interface TapeCapacity {
  /** Bytes that can still be written without compression from the last written place, as the drive estimates. */
  remainingBytes: number;
  /** Native capacity of the cartridge. */
  capacityBytes: number;
}

const mebibyte = 1_048_576;

/** Log page 31h, tape capacity: parameters 1 (remaining) and 3 (maximum), in MiB. */
export function parseCapacity(page: Uint8Array): TapeCapacity | undefined {
  const parameters = logParameters(page);
  const [remaining, maximum] = [parameters.get(1), parameters.get(3)];
  if (!remaining || !maximum || remaining.length < 4 || maximum.length < 4) return undefined;
  return { remainingBytes: get32(remaining, 0) * mebibyte, capacityBytes: get32(maximum, 0) * mebibyte };
}

/** The memory chip in a cartridge (medium auxiliary memory); every field only where the drive gives it. */
export interface CartridgeMemory {
  remainingBytes?: number;
  capacityBytes?: number;
  loadCount?: number;
  manufacturer?: string;
  /** Serial number of the medium, which no relabelling changes. */
  mediumSerial?: string;
  mediumType?: 'data' | 'cleaning' | 'worm';
  barcode?: string;
}

/** READ ATTRIBUTE data, attribute values (SPC-6, 6.17 and 7.4); cut or strange attributes are left out. */
export function parseCartridgeMemory(data: Uint8Array): CartridgeMemory {
  const memory: CartridgeMemory = {};
  const end = Math.min(data.length, 4 + get32(data, 0));
  for (let at = 4; at + 5 <= end; ) {
    const length = get16(data, at + 3);
    const value = data.subarray(at + 5, at + 5 + length);
    if (at + 5 + length > end) break;
    readAttribute(memory, get16(data, at), value);
    at += 5 + length;
  }
  return memory;
}

function readAttribute(memory: CartridgeMemory, id: number, value: Uint8Array): void {
  const text = (): string | undefined => getText(value, 0, value.length) || undefined;
  if (id === 0x0000 && value.length === 8) memory.remainingBytes = get64(value, 0) * mebibyte;
  else if (id === 0x0001 && value.length === 8) memory.capacityBytes = get64(value, 0) * mebibyte;
  else if (id === 0x0003 && value.length === 8) memory.loadCount = get64(value, 0);
  else if (id === 0x0400) memory.manufacturer = text();
  else if (id === 0x0401) memory.mediumSerial = text();
  else if (id === 0x0408 && value.length === 1) memory.mediumType = mediumTypes[value[0] as number];
  else if (id === 0x0806) memory.barcode = text();
}

const mediumTypes: Readonly<Record<number, CartridgeMemory['mediumType']>> = { 0: 'data', 1: 'cleaning', 128: 'worm' };

/** Fields of a MODE SENSE(6) header with its block descriptor (SSC-5, 8.3). */
export interface TapeMode {
  writeProtected: boolean;
  buffered: boolean;
  density: number;
  /** 0 is variable. */
  blockLengthBytes: number;
}

export function parseTapeMode(data: Uint8Array): TapeMode {
  const hasDescriptor = data.length >= 12 && (data[3] as number) >= 8;
  return {
    writeProtected: ((data[2] ?? 0) & 0x80) !== 0,
    buffered: ((data[2] ?? 0) & 0x70) !== 0,
    density: hasDescriptor ? (data[4] as number) : 0,
    blockLengthBytes: hasDescriptor ? get24(data, 9) : 0,
  };
}

/** Parameter list of MODE SELECT(6): variable-length records, buffered, the density kept. */
export function variableBlockParameters(density: number): Uint8Array {
  const out = new Uint8Array(12);
  out[2] = 0x10;
  out[3] = 8;
  out[4] = density;
  return out;
}
