import { expect, test } from 'vitest';
import { plainView } from './list-source.ts';
import { arrangeRows } from './local-rows.ts';

const rows = [
  { name: 'Slot 10', size: 5, kind: 'slot' },
  { name: 'Slot 2', size: null, kind: 'slot' },
  { name: 'Drive 1', size: 30, kind: 'drive' },
];
const columns = [
  { id: 'name', text: (row: (typeof rows)[number]) => row.name },
  { id: 'size', text: (row: (typeof rows)[number]) => String(row.size) },
];
const names = (view: Partial<typeof plainView>): string[] =>
  arrangeRows(rows, columns, { ...plainView, ...view }).map((row) => row.name);

test('words are sorted as people read them, numbers by size with nothing first', () => {
  expect(names({ sort: { by: 'name', direction: 'asc' } })).toEqual(['Drive 1', 'Slot 2', 'Slot 10']);
  expect(names({ sort: { by: 'size', direction: 'desc' } })).toEqual(['Drive 1', 'Slot 10', 'Slot 2']);
});

test('searching looks at every column, filtering at one', () => {
  expect(names({ search: 'DRIVE' })).toEqual(['Drive 1']);
  expect(names({ filters: { name: ['Slot 2'] } })).toEqual(['Slot 2']);
  expect(names({ filters: { name: [] } })).toHaveLength(3);
});
