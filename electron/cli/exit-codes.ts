/** What `reelvault` ends with; scripts rely on these. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  warnings: 3,
  notFound: 4,
  conflict: 5,
  unavailable: 6,
  cancelled: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A failure with the exit code and the words it ends the program with. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly advice: string | undefined;
  constructor(exitCode: ExitCode, message: string, advice?: string) {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
  }
}

export function usageError(message: string, advice?: string): CliError {
  return new CliError(exitCodes.usage, message, advice);
}
