/** What the bench asks the engine's process, and what that answers. */
export type EngineRequest = { id: number } & (
  | { op: 'call'; path: string; input: unknown }
  | { op: 'ended'; sessionId: string }
  | { op: 'ready' | 'reset' | 'usage' | 'heap' | 'close' }
);

export interface EngineReply {
  id: number;
  result?: unknown;
  error?: string;
}

/** What the engine's process used since the last reset. */
export interface Usage {
  cpuSeconds: number;
  rssBytes: number;
  peakRssBytes: number;
  /** Longest delay of the engine's loop, and the one that 99 of 100 stay below. */
  loopMaxMs: number;
  loopP99Ms: number;
  /** The most that the loop's thread computed without coming back to its timers. */
  longestTickMs: number;
}
