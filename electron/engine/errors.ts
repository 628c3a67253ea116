/** What kind of obstacle an {@link OperationError} is: the contract's error codes, in the engine's own words. */
export type OperationErrorKind = 'invalid' | 'not-found' | 'conflict' | 'unavailable' | 'confirm';

/** An error whose text is written for an administrator, with what to do about it and the input it belongs to. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  readonly advice: string | null;
  readonly kind: OperationErrorKind;
  readonly field: string | null;
  constructor(
    message: string,
    advice: string | null = null,
    options: ErrorOptions & { kind?: OperationErrorKind; field?: string } = {},
  ) {
    super(message, options);
    this.advice = advice;
    this.kind = options.kind ?? 'conflict';
    this.field = options.field ?? null;
  }
}

export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  constructor(message = 'Stopped by request.') {
    super(message);
  }
}
