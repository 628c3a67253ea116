import type { ContractRouterClient } from '@orpc/contract';
import { createContext, useContext, useEffect, useState } from 'react';
import type { Contract } from '../../shared/contract/contract.ts';
import type { Topic } from '../../shared/contract/system.ts';
import { useQuery } from '../state/query.ts';

/** The engine as the wizards see it. */
export type Engine = ContractRouterClient<Contract>;

/** Given by the wizard host: wizards ask through it and know no connection. */
export const EngineContext = createContext<Engine | null>(null);

export const useEngine = (): Engine => {
  const engine = useContext(EngineContext);
  if (engine === null) throw new Error('A wizard stands outside the wizard host.');
  return engine;
};

/** A question to the engine and what became of it. */
export interface Answer<T> {
  /** The last answer; null until there is one. */
  value: T | null;
  /** Why there is none, or no newer one, in words. */
  failure: string | null;
  asking: boolean;
  again: () => void;
}

/**
 * Asks the engine, and again when one of the topics changes or a lost connection is back. `key` names the question
 * with everything it depends on; null asks nothing.
 */
export const useAnswer = <T>(
  key: string | null,
  topics: readonly Topic[],
  ask: (engine: Engine, signal: AbortSignal) => Promise<T>,
): Answer<T> => {
  const engine = useEngine();
  const query = useQuery(key, topics, (signal) => ask(engine, signal));
  const { problem } = query;
  return {
    value: query.data,
    failure:
      problem === null ? null : problem.advice === null ? problem.message : `${problem.message} ${problem.advice}`,
    asking: query.loading,
    again: query.refresh,
  };
};

/** A value once it has stood still for a moment: what is typed is not asked about letter by letter. */
export const useSettled = <T>(value: T, waitMs = 300): T => {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), waitMs);
    return () => clearTimeout(timer);
  }, [value, waitMs]);
  return settled;
};
