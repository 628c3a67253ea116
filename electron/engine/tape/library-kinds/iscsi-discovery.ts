import { OperationError } from '../../sessions/running-session.ts';
import type { IscsiAccess, IscsiDevice } from '../tape-records.ts';
import type { LibrarySecrets } from './kind.ts';

/** A logical unit found behind a portal. */
export interface FoundIscsiDevice extends IscsiDevice {
  type: 'changer' | 'drive' | 'other';
  vendor: string;
  product: string;
  revision: string;
  serial: string;
  problem: string | null;
}

export interface IscsiDiscovery {
  targets: { name: string; problem: string | null }[];
  devices: FoundIscsiDevice[];
}

/** `iqn.2003-01.com.example:vtl, LUN 1` */
export const deviceText = ({ target, lun }: IscsiDevice): string => `${target}, LUN ${lun}`;

export async function discoverIscsi(
  access: IscsiAccess,
  _options: { secrets: LibrarySecrets; targets: readonly string[]; signal?: AbortSignal | undefined },
): Promise<IscsiDiscovery> {
  throw new OperationError(`${access.portal} cannot be reached over iSCSI yet.`, null, { kind: 'unavailable' });
}
