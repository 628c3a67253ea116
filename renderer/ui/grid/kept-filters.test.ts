import { expect, test } from 'vitest';
import { sameFilter, withFilter } from './kept-filters.ts';

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
