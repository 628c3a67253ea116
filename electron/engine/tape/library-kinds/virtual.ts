import { readdir } from 'node:fs/promises';
import { Changer } from '../../scsi/smc.ts';
import { TapeDrive } from '../../scsi/ssc.ts';
import { createVirtualLibrary, openVirtualLibrary, type VirtualLibrary } from '../../scsi/virtual/library.ts';
import { OperationError } from '../../errors.ts';
import type { LibraryDevice, MediumCondition, OperatorPort } from './library-device.ts';
import type { LibraryKind } from './kind.ts';

export interface VirtualLibraryShape {
  drives: number;
  slots: number;
  importExportSlots: number;
  cartridges: number;
  cartridgeCapacityBytes: number;
  /** Barcodes are the prefix, a number that makes six characters, and L8. */
  barcodePrefix: string;
}

/** Makes a virtual library in a new or empty folder; false, and nothing done, where something is in the folder. */
export async function createVirtual(path: string, name: string, shape: VirtualLibraryShape): Promise<boolean> {
  const inside = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (inside.length > 0) return false;
  const digits = Math.max(6 - shape.barcodePrefix.length, String(shape.cartridges).length);
  await createVirtualLibrary(path, {
    name,
    drives: shape.drives,
    slots: shape.slots,
    importExportSlots: shape.importExportSlots,
    cartridgeCapacityBytes: shape.cartridgeCapacityBytes,
    barcodes: Array.from(
      { length: shape.cartridges },
      (_, index) => `${shape.barcodePrefix}${String(index + 1).padStart(digits, '0')}L8`,
    ),
  });
  return true;
}

/** Libraries emulated in a folder; once open, they are libraries like any other. */
export const virtualKind: LibraryKind<{ path: string }> = {
  locationOf: ({ path }) => path,
  open: ({ path }) => openVirtual(path),
};

async function openVirtual(path: string): Promise<LibraryDevice> {
  const library = await openVirtualLibrary(path);
  try {
    const changer = await Changer.open(library.changer);
    return new VirtualDevice(library, changer);
  } catch (error) {
    await library.close().catch(() => undefined);
    throw error;
  }
}

class VirtualDevice implements LibraryDevice {
  readonly changer: Changer;
  readonly driveAddresses: readonly number[];
  readonly operator: OperatorPort;
  readonly #library: VirtualLibrary;
  readonly #drives = new Map<number, Promise<TapeDrive>>();

  constructor(library: VirtualLibrary, changer: Changer) {
    this.#library = library;
    this.changer = changer;
    const { first } = changer.layout.drives;
    this.driveAddresses = library.drives.map((_, index) => first + index);
    this.operator = {
      control: library.control,
      insert: (barcode, capacityBytes) => this.#insert(barcode, capacityBytes),
      takeOut: async (address) => {
        await library.control.removeFromImportExport(address);
      },
    };
  }

  get vendor(): string {
    return this.changer.info.vendor;
  }

  get product(): string {
    return this.changer.info.product;
  }

  get serial(): string {
    return this.#library.config.serial;
  }

  drive(address: number): Promise<TapeDrive> {
    let drive = this.#drives.get(address);
    if (!drive) {
      const transport = this.#library.drives[this.driveAddresses.indexOf(address)];
      if (!transport) throw new OperationError(`There is no drive at element ${address}.`);
      drive = TapeDrive.open(transport);
      this.#drives.set(address, drive);
      // A drive that could not be opened is tried again next time.
      drive.catch(() => this.#drives.delete(address));
    }
    return drive;
  }

  mediumCondition(barcode: string): MediumCondition | undefined {
    return this.#library.condition(barcode);
  }

  async close(): Promise<void> {
    await this.#library.close();
  }

  async #insert(barcode: string, capacityBytes: number | undefined): Promise<void> {
    const elements = await this.changer.elementStatus();
    const mailSlots = elements.filter((element) => element.type === 'import-export');
    const free = mailSlots.findIndex((element) => !element.full);
    if (free < 0) {
      throw new OperationError(
        mailSlots.length === 0 ? 'This library has no mail slot.' : 'Every mail slot is full.',
        mailSlots.length === 0 ? null : 'Import the tapes that are in them, or take them out.',
      );
    }
    await this.#library.control.insertCartridge(free, barcode, capacityBytes);
  }
}
