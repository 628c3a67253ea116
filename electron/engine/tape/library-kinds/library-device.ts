import type { Changer } from '../../scsi/smc.ts';
import type { TapeDrive } from '../../scsi/ssc.ts';
import type { VirtualLibraryControl } from '../../scsi/virtual/library.ts';

/** What an operator does at a library by hand; only virtual libraries can do it by themselves. */
export interface OperatorPort {
  readonly control: VirtualLibraryControl;
  /** Puts a cartridge into a free mail slot: the shelved one with this barcode, or a new blank one. */
  insert(barcode: string, capacityBytes?: number): Promise<void>;
  /** Takes a cartridge out of a mail slot and shelves it. */
  takeOut(address: number): Promise<void>;
}

/** A drive as it was configured, whether it can be reached or not. */
export interface ConfiguredDrive {
  /** Its target and logical unit, or its device's path. */
  readonly device: string;
  /** Element address in the library; null where it could not be told which of the library's drives it is. */
  readonly address: number | null;
  readonly vendor: string;
  readonly product: string;
  readonly serial: string;
  /** Why it cannot be used; null when it can. */
  readonly problem: string | null;
}

export interface MediumCondition {
  readonly reason: string;
  readonly readOnly: boolean;
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
  /** Absent where drives belong to the library's own body, as in a virtual one. */
  readonly configuredDrives?: readonly ConfiguredDrive[];
  /** What works but deserves a look, in words. */
  readonly notes?: readonly string[];
  /** Opens the drive at this element address; the same object every time. */
  drive(address: number): Promise<TapeDrive>;
  /**
   * What is not as it should be with the cartridge that was loaded last under this barcode, in whole sentences, where a library
   * knows more than its drives can tell. `readOnly`: nothing may be written to it.
   */
  mediumCondition?(barcode: string): MediumCondition | undefined;
  /** Tries again to reach drives that could not be; never throws for one that still cannot. */
  reviveDrives?(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
