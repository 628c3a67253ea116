import { create } from 'zustand';
import type { Topic } from '../../shared/contract/system.ts';
import { coalesce } from './coalesce.ts';
import { client, useConnection } from './connection.ts';
import type { Overview } from './entities.ts';
import { type Problem, problemOf } from './problem.ts';
import { onBackOnline, refetchIntervalMs } from './query.ts';
import { onTopics } from './topics.ts';

/** Counts for the tree and the status bar; the last ones stay while the engine is away. */
export const useOverview = create<{ overview: Overview | null; problem: Problem | null }>(() => ({
  overview: null,
  problem: null,
}));

const topics: readonly Topic[] = ['jobs', 'sessions', 'backups', 'repositories', 'libraries', 'media', 'pools', 'keys'];

/** Keeps the overview current for the life of the page. */
export function followOverview(): void {
  let serial = 0;
  const refetch = coalesce(() => {
    const mine = (serial += 1);
    client.system.overview().then(
      (overview) => {
        if (mine === serial) useOverview.setState({ overview, problem: null });
      },
      (error: unknown) => {
        if (mine === serial) useOverview.setState({ problem: problemOf(error) });
      },
    );
  }, refetchIntervalMs);
  onTopics(topics, refetch.request);
  onBackOnline(refetch.request);
  if (useConnection.getState().phase === 'online') refetch.request();
}
