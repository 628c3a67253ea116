import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetFilter, keepFilter, keptIn, loadKept, renameFilter, useKeptFilters } from './kept-filters.ts';

let stored: Map<string, string>;
beforeEach(() => {
  stored = new Map([['reelvault.settings', '{}']]);
  vi.stubGlobal('localStorage', {
    get length() {
      return stored.size;
    },
    key: (at: number) => [...stored.keys()][at] ?? null,
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  useKeptFilters.setState({ lists: {} });
});
afterEach(() => vi.unstubAllGlobals());

test.each(['nonsense', '7', 'null', '[null, 3, {"name":1}]', '[{"name":"a","search":"","filters":null}]'])(
  'what cannot be read (%s) is no filter',
  (kept) => {
    stored.set('reelvault.filters.jobs', kept);
    expect(loadKept()).toEqual({ jobs: [] });
  },
);

test('values that are no texts are left out, the rest is kept', () => {
  stored.set(
    'reelvault.filters.jobs',
    JSON.stringify([{ name: 'a', search: 'x', filters: { state: ['ok'], kind: [1] } }]),
  );
  expect(loadKept()).toEqual({ jobs: [{ name: 'a', search: 'x', filters: { state: ['ok'] } }] });
});

test('filters are kept with their place, renamed and removed', () => {
  const failed = { name: 'Failed', search: '', filters: { result: ['failed'] }, node: 'home/jobs' };
  keepFilter('jobs', failed);
  keepFilter('jobs', { ...failed, name: 'Mine', search: 'me' });
  expect(loadKept()).toEqual({ jobs: keptIn('jobs') });
  renameFilter('jobs', 'Failed', 'Broken');
  expect(keptIn('jobs').map(({ name, node }) => [name, node])).toEqual([
    ['Broken', 'home/jobs'],
    ['Mine', 'home/jobs'],
  ]);
  renameFilter('jobs', 'Broken', 'Mine');
  expect(keptIn('jobs')).toEqual([{ ...failed, name: 'Mine' }]);
  forgetFilter('jobs', 'Mine');
  expect(loadKept()).toEqual({ jobs: [] });
});
