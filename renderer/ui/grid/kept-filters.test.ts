import { afterEach, expect, test, vi } from 'vitest';
import { keptFilters, sameFilter, withFilter } from './kept-filters.ts';

afterEach(() => vi.unstubAllGlobals());

const failed = { name: 'Failed', search: '', filters: { result: ['failed', 'warning'] } };

test('a filter takes the place of the older one of its name; they stand in the order of their names', () => {
  const kept = withFilter(withFilter([], failed), { name: 'Backups', search: 'db', filters: {} });
  expect(kept.map(({ name }) => name)).toEqual(['Backups', 'Failed']);
  expect(withFilter(kept, { ...failed, search: 'x' })[1]?.search).toBe('x');
  expect(withFilter(kept, null, 'Failed').map(({ name }) => name)).toEqual(['Backups']);
});

test('the order in which values were chosen does not matter', () => {
  expect(sameFilter(failed, { search: ' ', filters: { result: ['warning', 'failed'] } })).toBe(true);
  expect(sameFilter(failed, { search: '', filters: { result: ['failed'] } })).toBe(false);
});

test.each(['nonsense', '7', 'null', '[null, 3, {"name":1}]', '[{"name":"a","search":"","filters":null}]'])(
  'what cannot be read (%s) is no filter',
  (kept) => {
    vi.stubGlobal('localStorage', { getItem: () => kept });
    expect(keptFilters('jobs')).toEqual([]);
  },
);

test('values that are no texts are left out, the rest is kept', () => {
  const kept = JSON.stringify([{ name: 'a', search: 'x', filters: { state: ['ok'], kind: [1] } }]);
  vi.stubGlobal('localStorage', { getItem: () => kept });
  expect(keptFilters('jobs')).toEqual([{ name: 'a', search: 'x', filters: { state: ['ok'] } }]);
});
