import { messageOf } from '../../../shared/domain/message-of.ts';
import { OperationError } from '../errors.ts';

export type FileErrorCode =
  /** There is no such file, or a folder on the way to it is missing. */
  | 'missing'
  /** Something of that name is there already. */
  | 'exists'
  | 'full'
  /** It is a link, a pipe, a socket, a device or a folder where a regular file was expected. */
  | 'not-a-file'
  /** It is larger than such a file can be. */
  | 'too-large'
  /** The file system did not answer in time. */
  | 'timeout'
  | 'failed';

/** What went wrong with which file, in words for an administrator: the error of everything in files/. */
export class FileError extends OperationError {
  readonly code: FileErrorCode;
  readonly path: string;
  constructor(code: FileErrorCode, path: string, message: string, advice: string | null = null, cause?: unknown) {
    super(message, advice, { kind: code === 'exists' ? 'conflict' : 'unavailable', cause });
    this.code = code;
    this.path = path;
  }
}

/** An error of the operating system as a {@link FileError}; others pass unchanged. `doing`: "Opening", "Renaming to" ... */
export function asFileError(error: unknown, path: string, doing: string): Error {
  if (error instanceof FileError) return error;
  if (!(error instanceof Error)) return new FileError('failed', path, `${doing} ${path} failed: ${messageOf(error)}.`);
  switch ((error as NodeJS.ErrnoException).code) {
    case undefined:
      return error;
    case 'ENOENT':
    case 'ENOTDIR':
      return new FileError('missing', path, `${doing} ${path} failed: it is not there.`, null, error);
    case 'EEXIST':
      return new FileError('exists', path, `${path} exists already.`, 'Choose another name.', error);
    case 'ELOOP':
      return new FileError(
        'not-a-file',
        path,
        `${path} is a symbolic link, and links are not followed here.`,
        null,
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new FileError(
        'full',
        path,
        `${doing} ${path} failed: there is no space left.`,
        'Free space there, or choose another place.',
        error,
      );
    default:
      return new FileError('failed', path, `${doing} ${path} failed: ${error.message}.`, null, error);
  }
}
