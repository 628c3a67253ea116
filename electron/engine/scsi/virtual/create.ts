import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncDirectory } from './durable-file.ts';
import {
  assertBarcode,
  assertCapacity,
  type CartridgeFacts,
  cartridgeDirectory,
  firstAddress,
  type LibraryState,
  most,
  stateFileName,
  usualEarlyWarningBytes,
  writeState,
} from './library-state.ts';
import type { ProfileName } from './profiles.ts';

export interface NewLibrary {
  /** As it appears in messages and in the console. */
  name: string;
  drives: number;
  slots: number;
  importExportSlots: number;
  cartridgeCapacityBytes: number;
  /** Cartridges, put into the slots in this order; of the kind that {@link newCartridge} reads off the barcode. */
  barcodes: string[];
  /** Cleaning cartridges whatever their barcodes say, put into the slots after the others. */
  cleaning?: string[];
  /** How long before the end of a tape writing warns; an eighth of the capacity, at most 1 GiB, where not said. */
  earlyWarningBytes?: number;
  /** How the devices answer; by the book where it is not said. */
  profile?: ProfileName;
}

const cleaningUses = 50;

/**
 * Facts of a new cartridge, its kind as LTO labels tell it: CLN… is a cleaning cartridge, …LT to …LZ are WORM, every
 * other one is for data.
 */
export function newCartridge(barcode: string, capacityBytes: number): CartridgeFacts {
  const facts: CartridgeFacts = { capacityBytes, writeProtected: false, loadCount: 0, mediumSerial: newSerial(5) };
  if (barcode.startsWith('CLN')) facts.cleaningUsesLeft = cleaningUses;
  else if (/L[T-Z]$/.test(barcode)) facts.worm = true;
  return facts;
}

/**
 * Makes a virtual tape library in a directory, which is created and must be empty. Throws on anything that could not be
 * a library, before anything is written.
 */
export async function createVirtualLibrary(directory: string, wanted: NewLibrary): Promise<void> {
  const state = newState(wanted);
  const cartridges = join(directory, cartridgeDirectory);
  await mkdir(directory, { recursive: true });
  const found = await readdir(directory);
  // What an earlier attempt left when it was cut off is no reason to refuse.
  const harmless = new Set([cartridgeDirectory, `${stateFileName}.new`]);
  const isEmpty = found.every((name) => harmless.has(name)) && (await readdir(cartridges).catch(() => [])).length === 0;
  if (!isEmpty) throw new Error(`${directory} is not empty: a virtual tape library needs a directory of its own.`);
  await mkdir(cartridges, { recursive: true });
  await writeState(directory, state);
  await syncDirectory(dirname(resolve(directory)));
}

function newState(wanted: NewLibrary): LibraryState {
  const { name, drives, slots, importExportSlots, cartridgeCapacityBytes, barcodes, cleaning = [] } = wanted;
  if (name.trim() === '') throw new Error('A virtual tape library needs a name.');
  assertCount('drives', drives, 1, most.drives);
  assertCount('slots', slots, 1, most.slots);
  assertCount('import/export slots', importExportSlots, 0, most['import-export']);
  assertCapacity(cartridgeCapacityBytes);
  const earlyWarningBytes = wanted.earlyWarningBytes ?? usualEarlyWarningBytes(cartridgeCapacityBytes);
  assertCount('bytes of early warning', earlyWarningBytes, 0, cartridgeCapacityBytes);
  const all = [...barcodes, ...cleaning];
  if (all.length > slots) throw new Error(`${all.length} cartridges do not fit into ${slots} slots.`);
  const cartridges: LibraryState['cartridges'] = {};
  const elements: LibraryState['elements'] = {};
  for (const [i, barcode] of all.entries()) {
    assertBarcode(barcode);
    if (cartridges[barcode]) throw new Error(`The barcode ${barcode} is there twice: no two cartridges may share one.`);
    const facts = newCartridge(barcode, cartridgeCapacityBytes);
    if (i >= barcodes.length) facts.cleaningUsesLeft = cleaningUses;
    cartridges[barcode] = facts;
    elements[firstAddress.slot + i] = { barcode };
  }
  const serial = `RVL${newSerial(4)}`;
  return {
    format: 'reelvault-virtual-library',
    version: 1,
    name: name.trim(),
    serial,
    ...(wanted.profile && { profile: wanted.profile }),
    driveSerials: Array.from({ length: drives }, (_, i) => `${serial}D${String(i + 1).padStart(2, '0')}`),
    slots,
    importExportSlots,
    cartridgeCapacityBytes,
    earlyWarningBytes,
    cartridges,
    elements,
    shelf: [],
  };
}

function assertCount(what: string, count: number, least: number, greatest: number): void {
  if (Number.isSafeInteger(count) && count >= least && count <= greatest) return;
  throw new Error(`A virtual tape library has ${least} to ${greatest} ${what}, not ${count}.`);
}

function newSerial(bytes: number): string {
  return randomBytes(bytes).toString('hex').toUpperCase();
}
