import { expect, test } from 'vitest';
import { fitWidths } from './fit-widths.ts';
import { moveColumn, placeColumn, reconcileLayout } from './layout.ts';

const column = (id: string, more: object = {}) => ({ id, header: id, widthPx: 100, text: () => id, ...more });
const columns = [column('a', { cutMiddle: true }), column('b', { hidden: true }), column('c', { sortable: false })];

test.each([[null], ['nonsense'], [42], [[]], [{ order: 'a', shown: 7, widthsPx: null, sort: 'b' }]])(
  'an unreadable layout (%j) is the default',
  (kept) => {
    expect(reconcileLayout(kept, columns)).toEqual({
      order: ['a', 'b', 'c'],
      shown: { a: true, b: false, c: true },
      widthsPx: {},
      sort: null,
    });
  },
);

test('columns that are gone are dropped, new ones take their place, widths stay within bounds', () => {
  const kept = {
    order: ['c', 'gone', 'a', 'c'],
    shown: { a: false, gone: true },
    widthsPx: { a: 1, c: 99_999, gone: 5, b: Number.NaN },
    sort: { by: 'a', direction: 'desc' },
  };
  expect(reconcileLayout(kept, columns)).toEqual({
    order: ['c', 'a', 'b'],
    shown: { a: false, b: false, c: true },
    widthsPx: { a: 40, c: 1200 },
    sort: { by: 'a', direction: 'desc' },
  });
});

test('what cannot be sorted by is not sorted by', () => {
  expect(reconcileLayout({ sort: { by: 'c', direction: 'asc' } }, columns).sort).toBeNull();
});

test('a column moves among those on show', () => {
  const layout = reconcileLayout(null, columns);
  expect(moveColumn(layout, 'a', 1)).toEqual(['b', 'c', 'a']);
  expect(moveColumn(layout, 'a', -1)).toEqual(['a', 'b', 'c']);
  expect(placeColumn(['a', 'b', 'c'], 'c', 'a', false)).toEqual(['c', 'a', 'b']);
  expect(placeColumn(['a', 'b', 'c'], 'a', 'gone', true)).toEqual(['a', 'b', 'c']);
});

test('only names and other texts grow and shrink to fit, and not without end', () => {
  const fitting = [column('a', { cutMiddle: true, widthPx: 200 }), column('b'), column('c')];
  expect(fitWidths(fitting, 500)).toEqual({ a: 300 });
  expect(fitWidths(fitting, 380)).toEqual({ a: 180 });
  expect(fitWidths(fitting, 100)).toEqual({ a: 130 });
  expect(fitWidths([...fitting, column('d', { elastic: true })], 480)).toEqual({ a: 186, d: 93 });
  expect(fitWidths([column('b')], 500)).toEqual({});
});
