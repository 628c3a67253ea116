import { implement } from '@orpc/server';
import { contract } from '../../../shared/contract/contract.ts';

/** What a host knows about a caller. */
export interface CallContext {
  /** For the audit trail: `administrator (web)`, `command line`, … */
  who: string;
}

/** The contract with its context: every handler of api/ is made from this. */
export const os = implement(contract).$context<CallContext>();
