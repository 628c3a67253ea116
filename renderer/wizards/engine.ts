import type { ContractRouterClient } from '@orpc/contract';
import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react';
import type { Contract } from '../../shared/contract/contract.ts';
import { messageOf } from './problems.ts';

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
  /** The answer to the present question; null until it is there. */
  value: T | null;
  /** Why there is none, in words. */
  failure: string | null;
  asking: boolean;
  again: () => void;
}

/** Asks as soon as the question is there, and anew when it changes (keep `ask` stable); null asks nothing. */
export const useAnswer = <T>(ask: ((signal: AbortSignal) => Promise<T>) | null): Answer<T> => {
  const [answer, setAnswer] = useState<{ ask: unknown; value: T | null; failure: string | null; serial: number }>({
    ask: null,
    value: null,
    failure: null,
    serial: 0,
  });
  const [repeating, setRepeating] = useState(false);
  const running = useRef<AbortController | null>(null);
  const start = useCallback(() => {
    running.current?.abort();
    if (ask === null) return;
    const leave = new AbortController();
    running.current = leave;
    const settle = (value: T | null, failure: string | null) => {
      if (leave.signal.aborted) return;
      setAnswer((before) => ({ ask, value, failure, serial: before.serial + 1 }));
      setRepeating(false);
    };
    ask(leave.signal).then(
      (value) => settle(value, null),
      (error: unknown) => settle(null, messageOf(error)),
    );
  }, [ask]);
  useEffect(() => {
    start();
    return () => running.current?.abort();
  }, [start]);
  const again = useCallback(() => {
    setRepeating(true);
    start();
  }, [start]);
  const current = answer.ask === ask;
  return {
    value: current ? answer.value : null,
    failure: current ? answer.failure : null,
    asking: ask !== null && (!current || repeating),
    again,
  };
};
