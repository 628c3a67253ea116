import { OperationError } from '../../sessions/running-session.ts';
import type { IscsiConnection, IscsiDevice } from '../tape-records.ts';
import { deviceText } from './iscsi-discovery.ts';
import type { LibraryKind } from './kind.ts';

/** A device as one word, to tell which library has it. */
export const usedIscsi = (portal: string, device: IscsiDevice): string => `${portal} ${deviceText(device)}`;

/** Libraries behind an iSCSI portal: VTL appliances, cloud tape gateways, Linux targets. */
export const iscsiKind: LibraryKind<IscsiConnection> = {
  locationOf: ({ portal, changer }) => `${portal}, ${deviceText(changer)}`,
  open: async ({ portal }) => {
    throw new OperationError(`${portal} cannot be reached over iSCSI yet.`, null, { kind: 'unavailable' });
  },
};
