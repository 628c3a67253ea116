import { messageOf } from '../../../../shared/domain/message-of.ts';
import { discoverTargets, discoverUnits } from '../../scsi/iscsi/discovery.ts';
import { deviceType } from '../../scsi/spc.ts';
import type { IscsiAccess, IscsiDevice } from '../store/tape-records.ts';
import { accessOptions, accessProblem } from './iscsi-access.ts';
import type { LibrarySecrets } from '../store/tape-records.ts';

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

/** Portals with hundreds of targets exist; so many are asked at a time. */
const atATime = 8;

/**
 * Asks a portal for its targets and each of them for its devices. A target that does not let us in is listed with the
 * reason; where none does, the reason is thrown with the field to blame.
 */
export async function discoverIscsi(
  access: IscsiAccess,
  options: { secrets: LibrarySecrets; targets: readonly string[]; signal?: AbortSignal | undefined },
): Promise<IscsiDiscovery> {
  const { signal } = options;
  const login = accessOptions(access, options.secrets);
  const names =
    options.targets.length > 0
      ? [...new Set(options.targets)]
      : await discoverTargets(login, signal).catch((error: unknown) => {
          throw accessProblem(error, access);
        });
  const targets: IscsiDiscovery['targets'] = names.map((name) => ({ name, problem: null }));
  const devices: FoundIscsiDevice[][] = names.map(() => []);
  const failures: unknown[] = [];
  const waiting = [...targets.entries()];
  const ask = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, target] = next;
      try {
        const units = await discoverUnits({ ...login, target: target.name }, signal);
        devices[index] = units.map(({ lun, info, problem }) => ({
          target: target.name,
          lun,
          type:
            info?.deviceType === deviceType.changer
              ? 'changer'
              : info?.deviceType === deviceType.tape
                ? 'drive'
                : 'other',
          vendor: info?.vendor ?? '',
          product: info?.product ?? '',
          revision: info?.revision ?? '',
          serial: info?.serial ?? '',
          problem,
        }));
      } catch (error) {
        signal?.throwIfAborted();
        failures.push(accessProblem(error, access));
        target.problem = messageOf(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, ask));
  if (failures.length > 0 && failures.length === names.length) throw failures[0];
  return { targets, devices: devices.flat() };
}
