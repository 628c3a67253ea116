import type { Changer } from '../scsi/smc.ts';
import type { TapeDrive } from '../scsi/ssc.ts';
import type { VirtualLibraryControl } from '../scsi/virtual/library.ts';

/** What an operator's hands do at a library; only virtual libraries can be told to. */
export interface OperatorPort {
  readonly control: VirtualLibraryControl;
  /** Puts a cartridge into a free mail slot: the shelved one with this barcode, or a new blank one. */
  insert(barcode: string, capacityBytes?: number): Promise<void>;
  /** Takes a cartridge out of a mail slot and shelves it. */
  takeOut(address: number): Promise<void>;
}

/** An open library, whatever carries its commands. */
export interface LibraryDevice {
  readonly vendor: string;
  readonly product: string;
  readonly serial: string;
  readonly changer: Changer;
  /** Element addresses of the drives that can be reached. */
  readonly driveAddresses: readonly number[];
  readonly operator: OperatorPort | null;
  /** Opens the drive at this element address; the same object every time. */
  drive(address: number): Promise<TapeDrive>;
  close(): Promise<void>;
}
