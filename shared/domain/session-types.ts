import { jobKindNames } from './jobs/job-kinds.ts';

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

/** What a session is a run of: a job of some kind, or another long operation. */
export const sessionKinds = [
  ...jobKindNames,
  'restore-from-tape',
  'restore-disk',
  'rescan',
  'verify',
  'delete',
  'inventory',
  'catalog',
  'erase',
  'move',
  'export',
  'import',
  'sample',
] as const;
export type SessionKind = (typeof sessionKinds)[number];
export type TaskState = 'pending' | 'working' | 'done';
export type LogLevel = 'info' | 'success' | 'warning' | 'error';
export interface LogDetails {
  /** What to do about it. */
  advice?: string | null;
  durationMs?: number;
  /** A warning of what may well pass, as a wait for a tape: when it has, all was well. */
  isPassing?: boolean;
}

export type Bottleneck = 'source' | 'processing' | 'network' | 'target' | 'tape';

/**
 * What is counted of any work, in bytes since it began. The mechanism that moves the bytes counts them, once; a task is
 * the sum of its parts, a session the sum of its tasks, and every screen shows these numbers. None but `totalBytes`, which
 * may be an estimate at first, ever goes back.
 */
export interface Counters {
  /** All there is to deal with: plain bytes of the disks, or bytes of the files where they are moved as they are. */
  totalBytes: number;
  /** Of `totalBytes`, what is dealt with, what needed no reading included. */
  processedBytes: number;
  /** Taken from the source medium, what had to be read again included. Never more than was read. */
  readBytes: number;
  /**
   * Written to the target medium: content, and what the format adds around it where the mechanism writes both. What has to
   * be written again on another tape counts again. Never less than the data written.
   */
  transferredBytes: number;
}

export interface Progress extends Counters {
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
