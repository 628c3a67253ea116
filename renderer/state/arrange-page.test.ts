import { expect, test } from 'vitest';
import { arrangePage } from './arrange-page.ts';

const row = (id: string, value: number) => ({ id, value });
const idOf = (item: { id: string }): string => item.id;

test('while held, values change and places do not', () => {
  const shown = [row('a', 1), row('b', 1)];
  const fresh = [row('new', 2), row('b', 2), row('a', 2)];
  const arranged = arrangePage(shown, fresh, idOf, true);
  expect(arranged.rows).toEqual([row('a', 2), row('b', 2)]);
  expect(arranged.pending).toBe(fresh);
});

test('a row that is gone stays on show as it was, until the pointer leaves', () => {
  expect(arrangePage([row('a', 1), row('b', 1)], [row('a', 2)], idOf, true).rows).toEqual([row('a', 2), row('b', 1)]);
});

test('the same order needs no waiting, nor does a list that nobody points at', () => {
  expect(arrangePage([row('a', 1)], [row('a', 2)], idOf, true)).toEqual({ rows: [row('a', 2)], pending: null });
  expect(arrangePage([row('a', 1)], [row('b', 2)], idOf, false)).toEqual({ rows: [row('b', 2)], pending: null });
});
