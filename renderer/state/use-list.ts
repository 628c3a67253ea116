import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { ListRequest, Page } from '../../shared/contract/common.ts';
import type { Topic } from '../../shared/contract/system.ts';
import { coalesce } from './coalesce.ts';
import { createListSource, type ListSnapshot, type ListSource, type ListView } from './list-source.ts';
import { onBackOnline, refetchIntervalMs } from './query.ts';
import { onTopics } from './topics.ts';

export interface ListDefinition<T> {
  /** Names what is listed; another key is another list. */
  key: string;
  topics: readonly Topic[];
  idOf: (row: T) => string;
  fetchPage: (request: ListRequest, signal: AbortSignal) => Promise<Page<T>>;
}

/** A list of the engine that follows its topics (at most two fetches a second) and outlives lost connections. */
export function useList<T>(
  definition: ListDefinition<T>,
  view: ListView,
): { list: ListSource<T>; snapshot: ListSnapshot<T> } {
  const latest = useRef(definition);
  latest.current = definition;
  const firstView = useRef(view);
  firstView.current = view;
  const list = useMemo(
    () =>
      createListSource<T>(
        (request, signal) => latest.current.fetchPage(request, signal),
        (row) => latest.current.idOf(row),
        firstView.current,
      ),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a new key is a new list; the functions are read through the ref
    [definition.key],
  );
  const asked = JSON.stringify(view);
  useEffect(() => {
    list.setView(firstView.current);
  }, [list, asked]);
  const topicKey = definition.topics.join(' ');
  useEffect(() => {
    const refetch = coalesce(list.refresh, refetchIntervalMs);
    const stopTopics = onTopics(latest.current.topics, refetch.request);
    const stopOnline = onBackOnline(refetch.request);
    return () => {
      stopTopics();
      stopOnline();
      refetch.cancel();
    };
  }, [list, topicKey]);
  useEffect(() => () => list.dispose(), [list]);
  const snapshot = useSyncExternalStore(list.subscribe, list.snapshot);
  return { list, snapshot };
}
