import { listSgDevices, openSgDevice } from '../../scsi/sg/sg-device.ts';
import type { LibraryKind } from './kind.ts';
import { ScsiLibrary } from './scsi-library.ts';

export interface LocalConnection {
  /** The SCSI generic device of the changer. */
  changer: string;
  drives: readonly string[];
}

/** Libraries attached to this machine (SAS, Fibre Channel), by Linux's SCSI generic devices. */
export const localKind: LibraryKind<LocalConnection> = {
  locationOf: ({ changer }) => changer,
  open: ({ changer, drives }, { name, signal }) => {
    const source = (path: string) => ({ device: path, open: openSgDevice.bind(undefined, path) });
    return ScsiLibrary.open(name, { changer: source(changer), drives: drives.map(source) }, signal);
  },
};

export { listSgDevices };
