import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { coalesce } from './coalesce.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('the first request acts at once, a storm at most once per interval, and the last is never lost', () => {
  const act = vi.fn();
  const storm = coalesce(act, 500);
  storm.request();
  expect(act).toHaveBeenCalledTimes(1);
  for (let at = 0; at < 100; at++) {
    storm.request();
    vi.advanceTimersByTime(10);
  }
  expect(act.mock.calls.length).toBeLessThanOrEqual(3);
  const before = act.mock.calls.length;
  storm.request();
  vi.advanceTimersByTime(500);
  expect(act).toHaveBeenCalledTimes(before + 1);
  vi.advanceTimersByTime(5000);
  expect(act).toHaveBeenCalledTimes(before + 1);
});

test('after a quiet interval a request acts at once again; a cancelled one never does', () => {
  const act = vi.fn();
  const storm = coalesce(act, 500);
  storm.request();
  vi.advanceTimersByTime(600);
  storm.request();
  expect(act).toHaveBeenCalledTimes(2);
  storm.request();
  storm.cancel();
  vi.advanceTimersByTime(5000);
  expect(act).toHaveBeenCalledTimes(2);
});
