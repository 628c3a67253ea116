import { ORPCError } from '@orpc/server';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { type ErrorCode, errors } from '../../../shared/contract/common.ts';
import type { Commits } from '../database/unit-of-work.ts';
import { obstacleOf } from './obstacle.ts';
import { OperationError, type OperationErrorKind } from '../errors.ts';

const codes: Record<OperationErrorKind, ErrorCode> = {
  invalid: 'INVALID',
  'not-found': 'NOT_FOUND',
  conflict: 'CONFLICT',
  unavailable: 'UNAVAILABLE',
  confirm: 'CONFIRM',
};

function failure(code: ErrorCode, message: string, field?: string | null, advice?: string | null) {
  return new ORPCError(code, {
    defined: true,
    status: errors[code].status,
    message,
    data: { ...(field ? { field } : {}), ...(advice ? { advice } : {}) },
  });
}

/**
 * Runs a handler and turns what it throws into one of the contract's errors: the engine's own with their text, what the world
 * outside refuses as UNAVAILABLE, anything else as INTERNAL with its message and no stack.
 */
export async function respond<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ORPCError) throw error;
    if (error instanceof OperationError) throw failure(codes[error.kind], error.message, error.field, error.advice);
    const obstacle = obstacleOf(error);
    if (obstacle) throw failure('UNAVAILABLE', obstacle.message, null, obstacle.advice);
    if (error instanceof RangeError) throw failure('INVALID', error.message);
    throw failure('INTERNAL', messageOf(error));
  }
}

/**
 * {@link respond} for calls that change rows: the answer goes out, and an error, too, once they survive a power loss.
 */
export function responder(commits: Commits): typeof respond {
  return (act) => respond(() => commits.answered(act));
}

export const ok = { ok: true } as const;
