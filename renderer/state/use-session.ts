import { ORPCError } from '@orpc/client';
import { useEffect, useState } from 'react';
import { client, useConnection } from './connection.ts';
import { type Problem, problemOf } from './problem.ts';
import { applyUpdate, type SessionFeed } from './session-feed.ts';

const againMs = 1000;

/**
 * Follows a session for as long as it is looked at. After a lost connection it begins anew with a snapshot; what was
 * seen stays meanwhile.
 */
export function useSession(sessionId: string): { feed: SessionFeed | null; problem: Problem | null } {
  const [feed, setFeed] = useState<SessionFeed | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const online = useConnection((state) => state.phase === 'online');
  useEffect(() => {
    if (!online) return undefined;
    const controller = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    const follow = async (): Promise<void> => {
      try {
        const updates = await client.sessions.follow({ id: sessionId }, { signal: controller.signal });
        for await (const update of updates) {
          if (controller.signal.aborted) return;
          setFeed((old) => applyUpdate(old?.session.id === sessionId ? old : null, update));
          setProblem(null);
        }
      } catch (error) {
        if (controller.signal.aborted) return;
        // The engine's own no is final; anything else is a connection that comes back.
        if (error instanceof ORPCError) setProblem(problemOf(error));
        else again = setTimeout(() => void follow(), againMs);
      }
    };
    void follow();
    return () => {
      controller.abort();
      clearTimeout(again);
    };
  }, [sessionId, online]);
  return { feed: feed?.session.id === sessionId ? feed : null, problem };
}
