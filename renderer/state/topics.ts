import type { Topic } from '../../shared/contract/system.ts';

type Listener = () => void;

const listeners = new Map<Topic, Set<Listener>>();

/** Calls back when one of the topics changed; several at once are one call. Returns the way to stop. */
export function onTopics(topics: readonly Topic[], listener: Listener): () => void {
  for (const topic of topics) {
    const known = listeners.get(topic) ?? new Set();
    known.add(listener);
    listeners.set(topic, known);
  }
  return () => {
    for (const topic of topics) listeners.get(topic)?.delete(listener);
  };
}

/** Tells everybody who listens to these topics, or to any when changes were missed. */
export function announce(topics: readonly Topic[] | 'everything'): void {
  const chosen = topics === 'everything' ? [...listeners.values()] : topics.map((topic) => listeners.get(topic));
  for (const listener of new Set(chosen.flatMap((set) => [...(set ?? [])]))) listener();
}
