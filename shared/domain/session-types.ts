/** A session is one run of a job or of another long operation (design: jobs and sessions). */
export type SessionState =
  | 'starting'
  | 'working'
  | 'waiting-tape'
  | 'waiting-repository'
  | 'waiting-window'
  | 'postprocessing'
  | 'stopping'
  | 'idle';
export type SessionResult = 'success' | 'warning' | 'failed' | 'stopped';
export type SessionKind =
  | 'backup'
  | 'backup-copy'
  | 'backup-to-tape'
  | 'restore-from-tape'
  | 'restore-disk'
  | 'rescan'
  | 'verify'
  | 'delete'
  | 'inventory'
  | 'catalog'
  | 'erase'
  | 'move'
  | 'export'
  | 'import'
  | 'sample';
export type TaskState = 'pending' | 'working' | 'done';
export type LogLevel = 'info' | 'success' | 'warning' | 'error';
export type Bottleneck = 'source' | 'processing' | 'network' | 'target' | 'tape';

export interface Progress {
  totalBytes: number;
  processedBytes: number;
  readBytes: number;
  transferredBytes: number;
  readRateBps: number;
  writeRateBps: number;
  meanRateBps: number;
  bottleneck: Bottleneck | null;
}

export const noProgress: Progress = {
  totalBytes: 0,
  processedBytes: 0,
  readBytes: 0,
  transferredBytes: 0,
  readRateBps: 0,
  writeRateBps: 0,
  meanRateBps: 0,
  bottleneck: null,
};

export interface ThroughputSample {
  at: number;
  readBps: number;
  writeBps: number;
}

/** The result of a whole from its parts: the worst, where being stopped outranks everything but failure. */
export function worstResult(results: (SessionResult | null)[]): SessionResult {
  const order: SessionResult[] = ['failed', 'stopped', 'warning'];
  return order.find((result) => results.includes(result)) ?? 'success';
}
