import { messageOf } from '../../../../shared/domain/message-of.ts';
import { OperationError } from '../../errors.ts';
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
/** Each silent target costs the time of a login; all of them together cost no more than this. */
const totalLimitMs = 60_000;

/**
 * Asks a portal for its targets and each of them for its devices. A target that refuses us is listed with the
 * reason; where none does, the reason is thrown with the field to blame. What has not answered when `limitMs` have passed in
 * all is listed with that as its problem.
 */
export async function discoverIscsi(
  access: IscsiAccess,
  options: { secrets: LibrarySecrets; targets: readonly string[]; signal?: AbortSignal | undefined; limitMs?: number },
): Promise<IscsiDiscovery> {
  const { limitMs = totalLimitMs } = options;
  const late = AbortSignal.timeout(limitMs);
  const signal = options.signal === undefined ? late : AbortSignal.any([options.signal, late]);
  const tooLate = (): OperationError =>
    new OperationError(
      `${access.portal}: not everything there answered within ${limitMs / 1000} s, the time allowed for a discovery.`,
      'Name the targets that are wanted, or look at the portal: it accepts connections but does not answer.',
      { kind: 'unavailable', field: 'connection.portal' },
    );
  const login = accessOptions(access, options.secrets);
  const names =
    options.targets.length > 0
      ? [...new Set(options.targets)]
      : await discoverTargets(login, signal).catch((error: unknown) => {
          options.signal?.throwIfAborted();
          throw late.aborted ? tooLate() : accessProblem(error, access);
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
        options.signal?.throwIfAborted();
        failures.push(late.aborted ? tooLate() : accessProblem(error, access));
        target.problem = late.aborted
          ? `gave no answer in the ${limitMs / 1000} s allowed for a discovery`
          : messageOf(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, ask));
  if (failures.length > 0 && failures.length === names.length) throw failures[0];
  return { targets, devices: devices.flat() };
}
