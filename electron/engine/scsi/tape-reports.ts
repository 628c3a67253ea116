/** What a drive tells about itself and its cartridge: TapeAlert, capacity, the cartridge's memory (SSC-5, SPC-6). */
import { get16, get24, get32, get64, getText } from './big-endian.ts';
import { logParameters } from './spc.ts';

export interface TapeAlert {
  /** T10's number of the flag, 1 to 64. */
  flag: number;
  severity: 'critical' | 'warning' | 'information';
  words: string;
}

const alertTable: Readonly<Record<number, [TapeAlert['severity'], string]>> = {
  1: ['warning', 'The drive has trouble reading this cartridge.'],
  2: ['warning', 'The drive has trouble writing this cartridge.'],
  3: ['warning', 'An error could not be corrected while reading or writing.'],
  4: ['critical', 'The cartridge can no longer be used: copy what can still be read and retire it.'],
  5: ['critical', 'The cartridge or the drive is damaged: reading failed.'],
  6: ['critical', 'The cartridge or the drive is damaged: writing failed.'],
  7: ['warning', 'The cartridge is near the end of its life: copy it and retire it.'],
  8: ['warning', 'The cartridge is not made for data.'],
  9: ['critical', 'The cartridge is write-protected.'],
  10: ['information', 'The cartridge cannot be ejected while the drive is in use.'],
  11: ['information', 'A cleaning cartridge is in the drive.'],
  12: ['information', 'The drive does not support the format of this cartridge.'],
  13: ['critical', 'The tape snapped, or its cartridge is broken.'],
  14: ['critical', 'The tape snapped, or its cartridge is broken.'],
  15: ['warning', 'The memory chip of the cartridge failed.'],
  16: ['critical', 'The cartridge was ejected by hand while the drive was in use.'],
  17: ['warning', 'The cartridge can be read but not written by this drive.'],
  18: ['warning', 'The directory of the cartridge is damaged: finding data takes longer.'],
  19: ['information', 'The cartridge is nearing the end of its life.'],
  20: ['critical', 'The drive must be cleaned now.'],
  21: ['warning', 'The drive should be cleaned soon.'],
  22: ['critical', 'The cleaning cartridge is used up.'],
  23: ['critical', 'The cleaning cartridge is not valid for this drive.'],
  24: ['warning', 'The drive asks for retention of the tape.'],
  26: ['warning', 'A fan of the drive failed.'],
  27: ['warning', 'The power of the drive is out of range.'],
  30: ['critical', 'The drive has a hardware fault: reset it.'],
  31: ['critical', 'The drive has a hardware fault: have it serviced.'],
  32: ['warning', 'The connection to the drive has trouble.'],
  33: ['critical', 'Ejecting the cartridge failed.'],
  34: ['warning', 'A firmware update of the drive failed.'],
  35: ['warning', 'The drive is outside its range of humidity.'],
  36: ['warning', 'The drive is outside its range of temperature.'],
  37: ['warning', 'The power of the drive is out of range.'],
  38: ['critical', 'The drive predicts its own failure.'],
  39: ['warning', 'The drive should be serviced.'],
  51: ['warning', 'The directory of the tape was damaged when the cartridge was unloaded: read it all to rebuild it.'],
  52: ['critical', 'System data of the cartridge cannot be read: copy what can be read and retire it.'],
  53: ['critical', 'System data of the cartridge cannot be written at its end.'],
  55: ['critical', 'Loading the cartridge failed.'],
  56: ['critical', 'Unloading the cartridge failed.'],
  58: ['warning', 'The firmware of the drive failed.'],
  59: ['warning', 'The WORM cartridge failed its integrity check.'],
  60: ['warning', 'Overwriting a WORM cartridge was attempted.'],
};

/** Raised flags of log page 2Eh. */
export function parseTapeAlerts(page: Uint8Array): TapeAlert[] {
  const alerts: TapeAlert[] = [];
  for (const [flag, value] of logParameters(page)) {
    if (flag < 1 || flag > 64 || ((value[0] ?? 0) & 1) === 0) continue;
    const [severity, words] = alertTable[flag] ?? ['information', `The drive raised its alert number ${flag}.`];
    alerts.push({ flag, severity, words });
  }
  return alerts;
}

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
