import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Changer } from '../../smc.ts';
import { TapeDrive, type TapeDriveOptions } from '../../ssc.ts';
import type { ScsiTransport } from '../../transport.ts';
import {
  createVirtualLibrary,
  type NewLibrary,
  openVirtualLibrary,
  type OpenOptions,
  type VirtualLibrary,
} from '../library.ts';

/** A virtual library for one test: two drives, slots from 4096, cartridges RV0001L8 and RV0002L8 of 4 MiB. */
export interface TemporaryLibrary {
  readonly directory: string;
  library: VirtualLibrary;
  changer: Changer;
  /** First drive. */
  drive: TapeDrive;
  /** Moves the first cartridge into the first drive and loads it. */
  loadFirst(): Promise<void>;
  /** Closes the library and opens it again. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export interface TemporaryOptions extends OpenOptions {
  shape?: Partial<NewLibrary>;
  /** Stands between the first drive and whoever uses it. */
  wrapDrive?: (drive: ScsiTransport) => ScsiTransport;
  drive?: TapeDriveOptions;
}

export async function temporaryLibrary(options: TemporaryOptions = {}): Promise<TemporaryLibrary> {
  const root = await mkdtemp(join(tmpdir(), 'virtual-library-'));
  const directory = join(root, 'library');
  await createVirtualLibrary(directory, {
    name: 'Test library',
    drives: 2,
    slots: 4,
    importExportSlots: 2,
    cartridgeCapacityBytes: 4 * 1_048_576,
    barcodes: ['RV0001L8', 'RV0002L8'],
    ...options.shape,
  });
  const { wrapDrive = (drive: ScsiTransport) => drive } = options;
  const open = async (): Promise<Pick<TemporaryLibrary, 'library' | 'changer' | 'drive'>> => {
    const library = await openVirtualLibrary(directory, options);
    const changer = await Changer.open(library.changer);
    const first = wrapDrive(library.drives[0] as ScsiTransport);
    const drive = await TapeDrive.open(first, { emptyGraceMs: 0, clock: options.clock, ...options.drive });
    return { library, changer, drive };
  };
  const temporary: TemporaryLibrary = {
    directory,
    ...(await open()),
    async loadFirst() {
      await this.changer.move(4096, 256);
      await this.drive.load();
    },
    async reopen() {
      await this.library.close();
      Object.assign(this, await open());
    },
    async close() {
      await this.library.close();
      await rm(root, { recursive: true });
    },
  };
  return temporary;
}

/** A record whose content tells which it is. */
export function numberedRecord(number: number, lengthBytes: number): Buffer {
  return Buffer.alloc(lengthBytes, Buffer.from(`record ${number} `));
}
