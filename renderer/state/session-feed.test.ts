import { expect, test } from 'vitest';
import type { LogLine, SessionRow, SessionUpdate, TaskRow } from '../../shared/contract/sessions.ts';
import { applyUpdate } from './session-feed.ts';

const session = (change: Partial<SessionRow> = {}): SessionRow => ({
  totalBytes: 0,
  processedBytes: 0,
  readBytes: 0,
  transferredBytes: 0,
  readRateBps: 0,
  writeRateBps: 0,
  meanRateBps: 0,
  bottleneck: null,
  id: 's',
  kind: 'backup',
  name: 'Nightly',
  jobId: null,
  parentId: null,
  state: 'working',
  stateText: null,
  result: null,
  reason: null,
  startedAt: 0,
  endedAt: null,
  taskCount: 0,
  progressPercent: 0,
  ...change,
});
const task = (id: string, state: TaskRow['state']): TaskRow => ({
  ...session(),
  id,
  name: id,
  state,
  outcome: null,
  reason: null,
  startedAt: null,
  endedAt: null,
});
const line = (id: number, durationMs: number | null = null): LogLine => ({
  id,
  taskId: null,
  at: id,
  level: 'info',
  text: `line ${id}`,
  advice: null,
  durationMs,
});
const snapshot: SessionUpdate = {
  type: 'snapshot',
  session: session(),
  tasks: [task('a', 'working')],
  log: [line(1), line(2)],
  throughput: [{ at: 1, readBps: 1, writeBps: 1 }],
};

test('a delta without a snapshot before it is of no use', () => {
  expect(applyUpdate(null, { type: 'delta', session: session() })).toBeNull();
});

test('deltas add what is new and replace what changed, and nothing comes twice', () => {
  const feed = applyUpdate(applyUpdate(null, snapshot), {
    type: 'delta',
    session: session({ processedBytes: 5 }),
    tasks: [task('a', 'done'), task('b', 'pending')],
    log: [line(2, 700), line(3)],
    throughput: [
      { at: 1, readBps: 9, writeBps: 9 },
      { at: 2, readBps: 2, writeBps: 2 },
    ],
  });
  expect(feed?.session.processedBytes).toBe(5);
  expect(feed?.tasks.map((one) => [one.id, one.state])).toEqual([
    ['a', 'done'],
    ['b', 'pending'],
  ]);
  expect(feed?.log.map((one) => [one.id, one.durationMs])).toEqual([
    [1, null],
    [2, 700],
    [3, null],
  ]);
  expect(feed?.throughput.map((sample) => sample.at)).toEqual([1, 2]);
});

test('a new snapshot replaces everything', () => {
  const feed = applyUpdate(applyUpdate(null, snapshot), { ...snapshot, log: [line(9)], tasks: [] });
  expect(feed?.log.map((one) => one.id)).toEqual([9]);
  expect(feed?.tasks).toEqual([]);
});

test('a long session does not fill the window’s memory', () => {
  const feed = applyUpdate(null, { ...snapshot, log: Array.from({ length: 6000 }, (_, id) => line(id)) });
  expect(feed?.log).toHaveLength(5000);
  expect(feed?.log.at(-1)?.id).toBe(5999);
});
