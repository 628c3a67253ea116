/** What a virtual library consists of, and the file that keeps it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { durableStep } from '../../faults/fault-points.ts';
import { replaceFile } from './durable-file.ts';
import { libraryProfiles, type ProfileName } from './profiles.ts';

export interface CartridgeFacts {
  capacityBytes: number;
  writeProtected: boolean;
  loadCount: number;
  /** Serial number of the medium in its memory chip. */
  mediumSerial: string;
  /** What is written cannot be overwritten. */
  worm?: true;
  /** Present for a cleaning cartridge; -1 when it was loaded once too often. */
  cleaningUsesLeft?: number;
}

/** Contents of `library.json`. */
export interface LibraryState {
  format: 'reelvault-virtual-library';
  version: 1;
  name: string;
  serial: string;
  /** How the devices answer; by the book where it is missing. */
  profile?: ProfileName;
  driveSerials: string[];
  slots: number;
  importExportSlots: number;
  /** Of cartridges that are put in without a size of their own. */
  cartridgeCapacityBytes: number;
  earlyWarningBytes: number;
  cartridges: Record<string, CartridgeFacts>;
  /** What lies where: barcode and last source by element address. */
  elements: Record<string, { barcode: string; source?: number }>;
  /** Barcodes of cartridges outside the library, in reach of the operator. */
  shelf: string[];
}

export const stateFileName = 'library.json';
export const cartridgeDirectory = 'cartridges';

export const firstAddress = { transport: 1, 'import-export': 16, drive: 256, slot: 4096 } as const;
export const most = { 'import-export': 240, drives: 3840, slots: 60_000 } as const;

const longestBarcode = 32;

/** Throws where a barcode cannot be one. Barcodes name files, so the letters are few. */
export function assertBarcode(barcode: string): void {
  if (!/^[A-Z0-9]+$/.test(barcode) || barcode.length > longestBarcode) {
    throw new Error(
      `"${barcode}" is not a barcode: it has 1 to ${longestBarcode} characters, each an uppercase letter (A to Z) or a digit.`,
    );
  }
}

const smallestCapacityBytes = 1_048_576;
// The index counts bytes in numbers that are exact up to 2^53.
const largestCapacityBytes = 2 ** 50;

export function assertCapacity(capacityBytes: number): void {
  if (
    !Number.isSafeInteger(capacityBytes) ||
    capacityBytes < smallestCapacityBytes ||
    capacityBytes > largestCapacityBytes
  ) {
    throw new Error(
      `A cartridge has a capacity between ${smallestCapacityBytes} and ${largestCapacityBytes} bytes, not ${capacityBytes}.`,
    );
  }
}

/** Early warning where nobody says otherwise: an eighth of the tape, between 1 MiB and 1 GiB. */
export function usualEarlyWarningBytes(capacityBytes: number): number {
  return Math.min(Math.max(Math.floor(capacityBytes / 8), 1_048_576), 1_073_741_824, Math.floor(capacityBytes / 2));
}

export async function readState(directory: string): Promise<LibraryState> {
  const path = join(directory, stateFileName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`There is no virtual tape library in ${directory}: ${stateFileName} is missing.`, { cause: error });
  }
  let state: Partial<LibraryState>;
  try {
    state = JSON.parse(text) as Partial<LibraryState>;
  } catch (error) {
    throw new Error(`${path} is damaged: it is not JSON. Restore it from a backup of the directory.`, { cause: error });
  }
  if (state?.format !== 'reelvault-virtual-library') throw new Error(`${path} is not a virtual tape library.`);
  if (state.version !== 1)
    throw new Error(`${path} is of version ${String(state.version)}; this program knows version 1.`);
  const missing = [
    'name',
    'serial',
    'driveSerials',
    'slots',
    'importExportSlots',
    'cartridges',
    'elements',
    'shelf',
  ].filter((field) => state[field as keyof LibraryState] === undefined);
  if (missing.length > 0) throw new Error(`${path} is damaged: ${missing.join(', ')} missing.`);
  const { profile } = state;
  if (profile !== undefined && !Object.hasOwn(libraryProfiles, profile)) {
    throw new Error(`${path} names the profile ${String(profile)}, which this program does not know.`);
  }
  return state as LibraryState;
}

export async function writeState(directory: string, state: LibraryState): Promise<void> {
  const text = `${JSON.stringify(state, undefined, 2)}\n`;
  await durableStep('virtual-library.state', state.name, () => replaceFile(join(directory, stateFileName), text));
}
