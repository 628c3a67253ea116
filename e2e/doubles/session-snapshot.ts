import type { SessionRow, SessionUpdate } from '../../shared/contract/sessions.ts';

export type SessionSnapshot = Extract<SessionUpdate, { type: 'snapshot' }>;

/** A session with three tasks, a log with advice, and a graph, as its window shows them. */
export function sessionSnapshot(session: SessionRow): SessionSnapshot {
  const task = (at: number, name: string, state: 'pending' | 'working' | 'done') => ({
    ...session,
    id: `task-${at}`,
    name,
    state,
    outcome: state === 'done' ? ('done' as const) : null,
    reason: null,
    startedAt: state === 'pending' ? null : session.startedAt,
    endedAt: state === 'done' ? session.startedAt + 600_000 : null,
  });
  const running = session.endedAt === null;
  const line = (
    at: number,
    level: 'info' | 'success' | 'warning' | 'error',
    text: string,
    advice: string | null = null,
  ) => ({
    id: at,
    taskId: null,
    at: session.startedAt + at * 20_000,
    level,
    text,
    advice,
    durationMs: at % 2 === 0 ? at * 1300 + 400 : null,
  });
  return {
    type: 'snapshot',
    session,
    tasks: [
      task(0, 'web-01', 'done'),
      task(1, 'db-01', running ? 'working' : 'done'),
      task(2, 'files', running ? 'pending' : 'done'),
    ],
    log: [
      line(0, 'info', 'The job started: 3 machines, 120 GiB.'),
      line(1, 'info', 'Media set “Weekly set 2026-11-20” begins: the pool makes one for every session.'),
      line(2, 'success', 'web-01: 40 GiB read, 11 GiB written to RV0000L9.'),
      line(
        3,
        'warning',
        'RV0005L9 was passed over: it has fewer tape files than the database says.',
        'Run Inventory with Read labels on it, or erase it when nothing on it is needed.',
      ),
      ...(session.result === 'failed'
        ? [
            line(
              4,
              'error',
              session.reason ?? 'It failed.',
              'Check that the file is there and readable by the engine, then start the job again: it goes on where it ended.',
            ),
          ]
        : [line(4, 'info', 'db-01: 20 GiB of 40 GiB.')]),
    ],
    throughput: Array.from({ length: 300 }, (_, at) => ({
      at: session.startedAt + at * 1000,
      readBps: (300 + 120 * Math.sin(at / 17) + (at % 13) * 6) * 2 ** 20,
      writeBps: at > 220 && running ? 0 : (180 + 50 * Math.sin(at / 11)) * 2 ** 20,
    })),
  };
}
