import { OperationError } from '../errors.ts';
import { FileError, type FileErrorCode } from '../files/file-error.ts';
import { TaskFailure } from '../pipeline/worker-pool.ts';

const codes = [
  /** The file does not begin with a backup file's superblock. */
  'not-a-backup-file',
  /** Written by a newer release, in a format version this one does not know. */
  'newer-version',
  /** Cut short, or both superblocks are damaged: nothing committed can be read. */
  'torn',
  /** A part of the file does not match its checksum, its digest, or what it must look like. */
  'corrupt',
  /** The file is encrypted and no key was given. */
  'key-needed',
  /** The file is encrypted and none of the given keys opens it. */
  'wrong-key',
  /** Its signature does not fit what it says. */
  'forged',
  /** Blocks that the point needs are lost, and known to be. */
  'lost',
  /** A parent is missing, or the files do not belong to one chain. */
  'chain-incomplete',
  /** Files of one chain disagree about block size or digest algorithm. */
  'chain-mixed',
  'object-missing',
  /** A worker met the end of a disk too early; whoever reads sources tells it as a SourceError. */
  'source-changed',
  'target-exists',
  'target-unusable',
  'target-full',
  'io-error',
  'invalid-request',
] as const;

export type BackupFileErrorCode = (typeof codes)[number];

export function isBackupFileErrorCode(code: unknown): code is BackupFileErrorCode {
  return codes.some((known) => known === code);
}

/** What went wrong with which file; the message is written for an administrator. */
export class BackupFileError extends Error {
  override readonly name = 'BackupFileError';
  readonly code: BackupFileErrorCode;
  readonly path: string;
  constructor(code: BackupFileErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** Whether a file could not be opened because there is none. */
export function isMissing(error: BackupFileError): boolean {
  return error.cause instanceof FileError && error.cause.code === 'missing';
}

const fileCodes: Partial<Record<FileErrorCode, BackupFileErrorCode>> = {
  exists: 'target-exists',
  full: 'target-full',
  'not-a-file': 'not-a-backup-file',
};

/** Turns an error of the operating system (or one from a worker) into a typed one; typed errors pass unchanged. */
export function asBackupFileError(error: unknown, path: string, doing: string): Error {
  if (error instanceof FileError) {
    const message = error.advice === null ? error.message : `${error.message} ${error.advice}`;
    return new BackupFileError(fileCodes[error.code] ?? 'io-error', error.path, message, {
      cause: error,
    });
  }
  if (error instanceof BackupFileError || error instanceof OperationError) return error;
  if (error instanceof TaskFailure) {
    const { code, path: where } = error.properties;
    const known = codes.find((candidate) => candidate === code);
    const at = typeof where === 'string' ? where : path;
    if (known) return new BackupFileError(known, at, error.message, { cause: error });
    return fromSystemCode(code, at, doing, error);
  }
  if (!(error instanceof Error))
    return new BackupFileError('io-error', path, `${doing} ${path} failed: ${String(error)}.`);
  return fromSystemCode((error as NodeJS.ErrnoException).code, path, doing, error);
}

function fromSystemCode(code: unknown, path: string, doing: string, cause: Error): Error {
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `${doing} ${path} failed: there is no space left. Free space or choose another repository.`;
    return new BackupFileError('target-full', path, message, { cause });
  }
  if (typeof code === 'string') {
    return new BackupFileError('io-error', path, `${doing} ${path} failed: ${cause.message}.`, { cause });
  }
  return cause;
}
