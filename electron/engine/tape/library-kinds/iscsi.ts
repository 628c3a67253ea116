import { messageOf } from '../../../../shared/domain/message-of.ts';
import { IscsiTransport } from '../../scsi/iscsi/iscsi-transport.ts';
import { Nexus } from '../../scsi/iscsi/nexus.ts';
import { OperationError } from '../../errors.ts';
import type { IscsiConnection, IscsiDevice } from '../store/tape-records.ts';
import { accessOptions, accessProblem, deviceText } from './iscsi-access.ts';
import type { LibraryKind } from './kind.ts';
import { type DeviceSource, ScsiLibrary } from './scsi-library.ts';

/** Libraries behind an iSCSI portal: VTL appliances, cloud tape gateways, Linux targets. */
export const iscsiKind: LibraryKind<IscsiConnection> = {
  locationOf: ({ portal, changer }) => `${portal}, ${deviceText(changer)}`,
  async open(connection, { name, secrets, signal }) {
    requireDistinct(connection);
    const options = accessOptions(connection, secrets);
    // A session for each device: one that hangs holds up no other, and each target may be another.
    const source = (device: IscsiDevice, field: string): DeviceSource => ({
      device: deviceText(device),
      async open(role, signal) {
        let nexus: Nexus;
        try {
          nexus = await Nexus.open({ ...options, target: device.target }, signal);
        } catch (error) {
          throw accessProblem(error, connection, field);
        }
        return new IscsiTransport(nexus, device.lun, role, () => nexus.close());
      },
    });
    const { changer, drives } = connection;
    const devices = {
      changer: source(changer, 'connection.changer'),
      drives: drives.map((drive) => source(drive, 'connection.drives')),
    };
    try {
      return await ScsiLibrary.open(name, devices, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof OperationError) throw error;
      const words = messageOf(error);
      throw new OperationError(words, 'Choose the device that is the library’s changer.', {
        kind: 'unavailable',
        field: 'connection.changer',
        cause: error,
      });
    }
  },
};

function requireDistinct({ changer, drives }: IscsiConnection): void {
  const seen = new Set([deviceText(changer)]);
  for (const drive of drives) {
    const text = deviceText(drive);
    if (seen.has(text)) {
      throw new OperationError(`${text} is chosen twice.`, 'A device is a changer or one drive.', {
        kind: 'invalid',
        field: 'connection.drives',
      });
    }
    seen.add(text);
  }
}
