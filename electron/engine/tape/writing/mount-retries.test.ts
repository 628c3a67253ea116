import { expect, test } from 'vitest';
import { MountRetries } from './mount-retries.ts';

const tape = { id: 'a' };

test('a tape that twice does not get into a drive is skipped, and another one gets the last try', () => {
  const retries = new MountRetries();
  expect([retries.fetchFailed(tape), [...retries.skipped]]).toEqual(['retry', []]);
  expect([retries.fetchFailed(tape), [...retries.skipped]]).toEqual(['skip', ['a']]);
  expect(retries.fetchFailed({ id: 'b' })).toBe('give-up');
});

test('failures in a row count whatever failed, and a tape that is ready ends the row', () => {
  const retries = new MountRetries();
  expect([retries.fetchFailed(tape), retries.prepareFailed()]).toEqual(['retry', false]);
  retries.ready();
  expect([retries.prepareFailed(), retries.fetchFailed({ id: 'b' }), retries.prepareFailed()]).toEqual([
    false,
    'retry',
    true,
  ]);
});

test('labels are counted by themselves: one that took ends the row', () => {
  const retries = new MountRetries();
  expect([retries.labelFailed(), retries.labelFailed()]).toEqual([false, false]);
  retries.labelled();
  expect([retries.labelFailed(), retries.labelFailed(), retries.labelFailed()]).toEqual([false, false, true]);
});
