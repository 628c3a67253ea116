import { expect, test } from 'vitest';
import type { GridColumn } from './columns.ts';
import { sumsOf } from './sums.ts';

type Row = { used: number | null; free: number };
const column = (id: keyof Row): GridColumn<Row> => ({
  id,
  header: id,
  widthPx: 100,
  text: () => '',
  sum: { of: (row) => row[id], format: (total) => `${total} B` },
});
const columns = [{ id: 'name', header: 'name', widthPx: 100, text: () => '' }, column('used'), column('free')];

test('several rows are added up, one is not, and what is not known is left out', () => {
  expect(
    sumsOf(columns, [
      { used: 1, free: 2 },
      { used: null, free: 3 },
    ]),
  ).toBe('used 1 B · free 5 B');
  expect(
    sumsOf(columns, [
      { used: null, free: 2 },
      { used: null, free: 3 },
    ]),
  ).toBe('free 5 B');
  expect(sumsOf(columns, [{ used: 1, free: 2 }])).toBe('');
  expect(
    sumsOf(columns.slice(0, 1), [
      { used: 1, free: 2 },
      { used: 1, free: 2 },
    ]),
  ).toBe('');
});
