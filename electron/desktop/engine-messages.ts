/** What the main process tells the engine's process; `connect` comes with a port. */
export type ToEngine = { type: 'connect' } | { type: 'close' };

export interface SessionNote {
  id: string;
  name: string;
  /** How it ended, or what it waits for. */
  result: 'success' | 'warning' | 'failed' | 'stopped' | null;
  text: string | null;
}

/** What the engine's process tells the main process. */
export type FromEngine =
  | { type: 'state'; state: 'ready' }
  | { type: 'state'; state: 'failed'; reason: string }
  | {
      type: 'sessions';
      running: { id: string; name: string }[];
      /** Since the last message: sessions that ended, and those that began to wait for a tape. */
      ended: SessionNote[];
      waiting: SessionNote[];
    };

export function isFromEngine(message: unknown): message is FromEngine {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    (message.type === 'state' || message.type === 'sessions')
  );
}
