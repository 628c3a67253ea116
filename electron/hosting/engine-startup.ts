import { implement, ORPCError, type Router } from '@orpc/server';
import { type AnyContractProcedure, isContractProcedure } from '@orpc/contract';
import { messageOf } from '../../shared/domain/message-of.ts';
import { contract, type Contract } from '../../shared/contract/contract.ts';
import type { EngineContext, HostedEngine } from './hosted-engine.ts';

/** How far the engine is: a host answers requests from the first moment on, whatever becomes of the engine. */
export type EngineState =
  | { state: 'starting' }
  | { state: 'ready'; engine: HostedEngine }
  | { state: 'failed'; reason: string; error: unknown };

/** Opens an engine in the background and keeps the outcome. */
export class EngineStartup {
  readonly settled: Promise<EngineState>;
  #state: EngineState = { state: 'starting' };

  constructor(open: () => Promise<HostedEngine>) {
    this.settled = open().then(
      (engine) => (this.#state = { state: 'ready', engine }),
      (error: unknown) => (this.#state = { state: 'failed', reason: reasonOf(error), error }),
    );
  }

  get now(): EngineState {
    return this.#state;
  }
}

export function reasonOf(error: unknown): string {
  return messageOf(error);
}

/** The contract with every procedure failing for the same reason: an error page, never an endless spinner. */
export function failedRouter(reason: string): Router<Contract, EngineContext> {
  const refuse = (): never => {
    throw new ORPCError('UNAVAILABLE', {
      status: 503,
      defined: true,
      message: `The engine did not start: ${reason}`,
      data: { advice: 'Correct what the message names and restart Reelvault.' },
    });
  };
  const implemented = Object.entries(contract).map(([namespace, procedures]) => [
    namespace,
    Object.fromEntries(
      Object.entries(procedures)
        .filter((entry): entry is [string, AnyContractProcedure] => isContractProcedure(entry[1]))
        .map(([name, procedure]) => [name, implement(procedure).handler(refuse)]),
    ),
  ]);
  return Object.fromEntries(implemented) as Router<Contract, EngineContext>;
}

/** What belongs in the server's log: faults of this program, not refusals that the caller was told, nor callers who left. */
function isFault(error: unknown): boolean {
  if (error instanceof ORPCError) return error.status >= 500 && error.code !== 'UNAVAILABLE';
  return !(error instanceof Error && error.name === 'AbortError');
}

/** An interceptor of calls that passes faults on to whoever logs them, and lets every error go its way. */
export function tellingFaults(onError: (error: unknown) => void) {
  return async <Result>({ next }: { next: () => Promise<Result> }): Promise<Result> => {
    try {
      return await next();
    } catch (error) {
      if (isFault(error)) onError(error);
      throw error;
    }
  };
}
