import { messageOf } from '../../../../shared/domain/message-of.ts';
import { ScsiError } from '../../scsi/sense.ts';
import { TransportError } from '../../scsi/transport.ts';
import { DriveWriteError } from '../archive/tape-file-writer.ts';

/** What a drive said, or did not say, as against faults of this program or machine, for which no tape is to blame. */
export function isDriveError(error: unknown): boolean {
  if (error instanceof ScsiError || error instanceof TransportError || error instanceof DriveWriteError) return true;
  return /does not read back/.test(messageOf(error));
}
