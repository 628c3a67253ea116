import { messageOf } from '../../../shared/domain/message-of.ts';
import { BackupFileError } from '../backup-file/index.ts';
import { DatabaseDamaged, DatabaseNotFlushed } from '../database/database-errors.ts';
import { OperationError } from '../errors.ts';
import { ChapError } from '../scsi/iscsi/chap.ts';
import { ConnectionLost } from '../scsi/iscsi/connection.ts';
import { LoginRefused } from '../scsi/iscsi/login-status.ts';
import { ProtocolError } from '../scsi/iscsi/pdu-reader.ts';
import { CommandRejected } from '../scsi/iscsi/session.ts';
import { ScsiError } from '../scsi/sense.ts';
import { SgPortError } from '../scsi/sg/sg-port.ts';
import { TransportError } from '../scsi/transport.ts';

/** Whose message is written for an administrator, and which no repair of this program would have prevented. */
const told = [
  BackupFileError,
  ChapError,
  CommandRejected,
  ConnectionLost,
  DatabaseDamaged,
  DatabaseNotFlushed,
  LoginRefused,
  ProtocolError,
  ScsiError,
  SgPortError,
  TransportError,
] as const;

const freeSpace =
  'Free space on the file system of the data directory, and where the call writes. Lists and restores go on meanwhile.';

/** What SQLite's primary result codes (sqlite.org/rescode.html) mean to an administrator; others are ours to mend. */
const databaseWords = new Map<number, [words: string, advice: string]>([
  [
    8,
    ['it cannot be written', 'Check the permissions of the data directory, and whether its file system is read-only.'],
  ],
  [10, ['the disk below it fails', 'Check the system’s log and the disk.']],
  [13, ['its file system is full', freeSpace]],
  [14, ['it cannot be opened', 'Check the permissions of the data directory and its free space.']],
]);

/** An error that comes from the world outside (a device, a file system, a full disk) as one that says so; else undefined. */
export function obstacleOf(error: unknown): OperationError | undefined {
  if (!(error instanceof Error)) return undefined;
  const because = (message: string, advice: string | null): OperationError =>
    new OperationError(message, advice, { kind: 'unavailable', cause: error });
  if (told.some((kind) => error instanceof kind)) return because(error.message, null);
  const { code, syscall, errcode } = error as NodeJS.ErrnoException & { errcode?: number };
  if (code === 'ERR_SQLITE_ERROR' && errcode !== undefined) {
    const [words, advice] = databaseWords.get(errcode & 0xff) ?? [];
    return words === undefined ? undefined : because(`The database cannot be written now: ${words}.`, advice ?? null);
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return because(`There is no space left: ${messageOf(error)}.`, freeSpace);
  // With a system call to its name it is the system that said no; EBADF and EINVAL are what only a fault of ours brings about.
  const isSystem = syscall !== undefined && code !== undefined && code !== 'EBADF' && code !== 'EINVAL';
  return isSystem ? because(`The system refused: ${messageOf(error)}.`, null) : undefined;
}
