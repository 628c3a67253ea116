import { useEffect, useState } from 'react';
import type { Topic } from '../../shared/contract/system.ts';
import { coalesce } from './coalesce.ts';
import { useConnection } from './connection.ts';
import { type Problem, problemOf } from './problem.ts';
import { onTopics } from './topics.ts';

export const refetchIntervalMs = 500;

export interface Query<T> {
  data: T | null;
  problem: Problem | null;
  loading: boolean;
  refresh: () => void;
}

/** Calls `act` when the engine is back after having been away. */
export function onBackOnline(act: () => void): () => void {
  let phase = useConnection.getState().phase;
  return useConnection.subscribe((state) => {
    if (state.phase === 'online' && phase !== 'online') act();
    phase = state.phase;
  });
}

/**
 * One object of the engine, read again when a topic changes (at most twice a second) and after a lost connection. The
 * last data stays while newer is fetched or the engine is away. `key` names what is read; null reads nothing.
 */
export function useQuery<T>(
  key: string | null,
  topics: readonly Topic[],
  read: (signal: AbortSignal) => Promise<T>,
): Query<T> {
  const [state, setState] = useState<{ key: string | null; data: T | null; problem: Problem | null; loading: boolean }>(
    {
      key,
      data: null,
      problem: null,
      loading: key !== null,
    },
  );
  const [serial, setSerial] = useState(0);
  const topicKey = topics.join(' ');

  useEffect(() => {
    if (key === null) return undefined;
    let ended = false;
    let running: AbortController | null = null;
    const fetchNow = (): void => {
      running?.abort();
      const controller = new AbortController();
      running = controller;
      setState((last) =>
        last.key === key ? { ...last, loading: true } : { key, data: null, problem: null, loading: true },
      );
      read(controller.signal).then(
        (data) => {
          if (!ended && !controller.signal.aborted) setState({ key, data, problem: null, loading: false });
        },
        (error: unknown) => {
          if (ended || controller.signal.aborted) return;
          setState((last) => ({
            key,
            data: last.key === key ? last.data : null,
            problem: problemOf(error),
            loading: false,
          }));
        },
      );
    };
    const refetch = coalesce(fetchNow, refetchIntervalMs);
    refetch.request();
    const stopTopics = onTopics(topics, refetch.request);
    const stopOnline = onBackOnline(refetch.request);
    return () => {
      ended = true;
      stopTopics();
      stopOnline();
      refetch.cancel();
      running?.abort();
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` stands for what `read` reads, `topicKey` for `topics`
  }, [key, topicKey, serial]);

  const current = state.key === key ? state : { data: null, problem: null, loading: key !== null };
  return {
    data: current.data,
    problem: current.problem,
    loading: current.loading,
    refresh: () => setSerial((value) => value + 1),
  };
}
