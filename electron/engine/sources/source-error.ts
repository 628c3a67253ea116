import { OperationError, type OperationErrorKind } from '../errors.ts';

export type SourceErrorCode =
  | 'missing'
  | 'not-readable'
  /** A directory, a character device, a pipe. */
  | 'not-a-disk'
  | 'empty'
  | 'size-unknown'
  /** A container of a disk (qcow2, an archive …) that no source kind opens: what is in it, not it, is to be backed up. */
  | 'format'
  /** The disk is not what it was when the backup began. */
  | 'changed';

const kinds: Partial<Record<SourceErrorCode, OperationErrorKind>> = { changed: 'conflict' };

/** A source of primary data cannot be used; message and advice say why and what to do. */
export class SourceError extends OperationError {
  readonly code: SourceErrorCode;
  readonly path: string;
  constructor(code: SourceErrorCode, path: string, message: string, advice: string, options: ErrorOptions = {}) {
    super(message, advice, { ...options, kind: kinds[code] ?? 'invalid', field: 'path' });
    this.code = code;
    this.path = path;
  }
}
