import { ORPCError } from '@orpc/client';
import { messageOf } from '../../shared/domain/message-of.ts';
import { UnreadableWords } from '../../shared/domain/unreadable-words.ts';
import { CliError, type ExitCode, exitCodes, usageError } from './exit-codes.ts';

export interface Failure {
  exitCode: ExitCode;
  code: string;
  message: string;
  advice?: string;
  field?: string;
}

const codes: Record<string, ExitCode> = {
  INVALID: exitCodes.usage,
  BAD_REQUEST: exitCodes.usage,
  NOT_FOUND: exitCodes.notFound,
  CONFLICT: exitCodes.conflict,
  CONFIRM: exitCodes.conflict,
  UNAVAILABLE: exitCodes.unavailable,
};

/** What a failed command says and ends with. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) {
    const name = Object.entries(exitCodes).find(([, code]) => code === error.exitCode)?.[0] ?? 'failed';
    return { exitCode: error.exitCode, code: name.toUpperCase(), message: error.message, ...advice(error.advice) };
  }
  if (error instanceof UnreadableWords) return failureOf(usageError(error.message, error.advice));
  if (error instanceof ORPCError) {
    const data = isRecord(error.data) ? error.data : {};
    const issue = Array.isArray(data.issues) && isRecord(data.issues[0]) ? data.issues[0] : undefined;
    const field = typeof data.field === 'string' ? data.field : issue ? pathText(issue.path) : undefined;
    return {
      exitCode: codes[error.code] ?? exitCodes.failed,
      code: error.code,
      message: typeof issue?.message === 'string' ? issue.message : error.message,
      ...advice(data.advice),
      ...(field ? { field } : {}),
    };
  }
  const message = messageOf(error);
  // What the client says of calls that were under way when the socket closed.
  if (error instanceof Error && (error.name === 'AbortError' || /WebSocket is not open/.test(message))) {
    return {
      exitCode: exitCodes.unavailable,
      code: 'UNAVAILABLE',
      message: 'The connection to the engine was lost.',
      advice: 'What it was doing continues, unless the engine stopped: see "reelvault session list".',
    };
  }
  return { exitCode: exitCodes.failed, code: 'INTERNAL', message };
}

export function failureText(failure: Failure): string {
  // What the validation of input refuses is told in half a sentence ("Enter a name."); the engine's own words stand by themselves.
  const field = failure.code === 'BAD_REQUEST' && failure.field ? `${failure.field}: ` : '';
  return `${field}${failure.message}${failure.advice ? `\n${failure.advice}` : ''}`;
}

function advice(given: unknown): { advice?: string } {
  return typeof given === 'string' && given !== '' ? { advice: given } : {};
}

function pathText(path: unknown): string | undefined {
  return Array.isArray(path) && path.length > 0 ? path.map(String).join('.') : undefined;
}

function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null;
}
