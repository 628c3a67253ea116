import { OperationError } from '../errors.ts';

/** A repository cannot be used now; the text says why, the advice what to do. */
export class RepositoryUnavailable extends OperationError {
  constructor(message: string, advice: string | null = null, options: ErrorOptions = {}) {
    super(message, advice, { ...options, kind: 'unavailable' });
  }
}
