import { implement, ORPCError } from '@orpc/server';
import type { CallMeta } from '../../../shared/contract/common.ts';
import { contract } from '../../../shared/contract/contract.ts';
import { type Actor, actorText, mayDo } from '../../../shared/domain/rights.ts';

/** What a host knows about a call. */
export interface CallContext {
  actor: Actor;
}

/**
 * The contract with its context: every handler of api/ is made from this. The one place that compares what a call needs
 * with what its actor may do; handlers find the actor's name for audit and sessions in `context.who`.
 */
export const os = implement(contract)
  .$context<CallContext>()
  .use(({ context, procedure, path, next }) => {
    const { rights = [] } = procedure['~orpc'].meta as Partial<CallMeta>;
    const who = actorText(context.actor);
    if (!mayDo(context.actor, rights)) {
      throw new ORPCError('FORBIDDEN', {
        defined: true,
        status: 403,
        message: `${who} may not do this (${path.join('.')}).`,
        data: { advice: `It needs the right “${rights.join('” or “')}”.` },
      });
    }
    return next({ context: { who } });
  });
