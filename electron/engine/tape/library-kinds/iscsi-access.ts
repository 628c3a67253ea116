import { ConnectionLost, parsePortal } from '../../scsi/iscsi/connection.ts';
import { LoginRefused } from '../../scsi/iscsi/login-status.ts';
import type { NexusOptions } from '../../scsi/iscsi/nexus.ts';
import { ProtocolError } from '../../scsi/iscsi/pdu-reader.ts';
import { iscsiTimes } from '../../scsi/iscsi/times.ts';
import { OperationError } from '../../errors.ts';
import type { IscsiAccess, IscsiDevice } from '../store/tape-records.ts';
import type { LibrarySecrets } from '../store/tape-records.ts';

/** `iqn.2003-01.com.example:vtl, LUN 1` */
export const deviceText = ({ target, lun }: IscsiDevice): string => `${target}, LUN ${lun}`;

/** A device as one word, to tell which library has it. */
export const usedIscsi = (portal: string, device: IscsiDevice): string => `${portal} ${deviceText(device)}`;

/** How to log in, or what is missing for it. */
export function accessOptions(access: IscsiAccess, secrets: LibrarySecrets): Omit<NexusOptions, 'target'> {
  const { chapUser, mutualChapUser, initiatorName, headerDigest, dataDigest } = access;
  const { chapSecret = '', mutualChapSecret = '' } = secrets;
  const need = (isThere: boolean, field: string, message: string): void => {
    if (!isThere) throw new OperationError(message, null, { kind: 'invalid', field });
  };
  need(chapUser === '' || chapSecret !== '', 'secrets.chapSecret', 'Enter the secret that goes with the user name.');
  need(
    chapUser !== '' || mutualChapUser === '',
    'connection.chapUser',
    'A target authenticates to us only if we authenticate to it.',
  );
  need(mutualChapUser === '' || mutualChapSecret !== '', 'secrets.mutualChapSecret', 'Enter the target’s secret.');
  need(
    mutualChapUser === '' || mutualChapSecret !== chapSecret,
    'secrets.mutualChapSecret',
    'The two secrets must not be the same: the target could then answer with ours.',
  );
  const mutual = mutualChapUser === '' ? undefined : { user: mutualChapUser, secret: mutualChapSecret };
  return {
    portal: parsePortal(access.portal),
    initiatorName,
    headerDigest,
    dataDigest,
    chap: chapUser === '' ? undefined : { user: chapUser, secret: chapSecret, mutual },
    times: iscsiTimes,
  };
}

/** Why a login failed, with what to do and the field to blame. */
export function accessProblem(error: unknown, access: IscsiAccess, deviceField?: string): unknown {
  if (!(error instanceof Error)) return error;
  const problem = (advice: string, field?: string): OperationError =>
    new OperationError(`${access.portal}: ${error.message}.`, advice, {
      kind: 'unavailable',
      cause: error,
      ...(field ? { field } : {}),
    });
  if (error instanceof ConnectionLost) {
    return problem(
      'Check the address and port, that the appliance is on, and the firewalls between.',
      'connection.portal',
    );
  }
  if (error instanceof ProtocolError) return problem('Check that an iSCSI target listens there.', 'connection.portal');
  if (!(error instanceof LoginRefused)) return error;
  switch (error.fault) {
    case 'credentials':
      return access.chapUser === ''
        ? problem('The target wants a CHAP user name and secret: enter them.', 'connection.chapUser')
        : problem('Check user names and secrets against the target’s settings.', 'secrets.chapSecret');
    case 'initiator':
      return problem(`Allow ${access.initiatorName} at the target.`, 'connection.initiatorName');
    case 'target':
      return problem(
        `Discover the portal again; the target may have another name, or not show itself to ${access.initiatorName}.`,
        deviceField ?? 'connection.portal',
      );
    case 'busy':
      return problem('Try again in a while; another host may hold the target’s sessions.', deviceField);
    default:
      return problem('Check the target’s log.', deviceField);
  }
}
