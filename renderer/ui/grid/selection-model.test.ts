import { expect, test } from 'vitest';
import { refreshSelection, select, stepByKey, stepByPointer } from './selection-model.ts';

const plain = { shift: false, ctrl: false };
const shift = { shift: true, ctrl: false };
const ctrl = { shift: false, ctrl: true };
const at = (index: number) => ({ anchor: index, focus: index });

test('a click selects one, Shift a range from the anchor, Ctrl one more or less', () => {
  expect(stepByPointer(at(3), 5, plain)).toEqual({ cursor: at(5), select: { mode: 'replace', from: 5, to: 5 } });
  expect(stepByPointer(at(5), 2, shift)).toEqual({
    cursor: { anchor: 5, focus: 2 },
    select: { mode: 'replace', from: 5, to: 2 },
  });
  expect(stepByPointer(at(5), 7, ctrl)).toEqual({ cursor: at(7), select: { mode: 'toggle', from: 7, to: 7 } });
});

test.each([
  ['ArrowDown', plain, 1, { mode: 'replace', from: 1, to: 1 }],
  ['ArrowUp', plain, 0, { mode: 'replace', from: 0, to: 0 }],
  ['End', plain, 99, { mode: 'replace', from: 99, to: 99 }],
  ['PageDown', shift, 10, { mode: 'replace', from: 0, to: 10 }],
  ['ArrowDown', ctrl, 1, null],
  ['a', ctrl, 0, { mode: 'replace', from: 0, to: 99 }],
  [' ', ctrl, 0, { mode: 'toggle', from: 0, to: 0 }],
] as const)('%s moves and selects as in any list', (key, modifiers, focus, selected) => {
  const step = stepByKey(at(0), key, modifiers, 100, 10);
  expect(step?.cursor.focus).toBe(focus);
  expect(step?.select).toEqual(selected);
});

test('a Shift range keeps its anchor over several keys, and shrinks again', () => {
  let cursor = at(4);
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) {
    const step = stepByKey(cursor, key, shift, 100, 10);
    cursor = step?.cursor ?? cursor;
  }
  expect(cursor).toEqual({ anchor: 4, focus: 5 });
});

test('keys that mean nothing, and empty lists, change nothing', () => {
  expect(stepByKey(at(0), 'x', plain, 100, 10)).toBeNull();
  expect(stepByKey(at(0), 'ArrowDown', plain, 0, 10)).toBeNull();
});

const idOf = (row: { id: string }): string => row.id;
const rows = ['a', 'b', 'c'].map((id) => ({ id }));

test('toggling takes out what is in', () => {
  const first = select(new Map(), rows, idOf, 'add');
  expect([...select(first, [{ id: 'b' }], idOf, 'toggle').keys()]).toEqual(['a', 'c']);
});

test('newer rows replace older ones; gone ones leave only when everything is known', () => {
  const selected = select(new Map(), rows.slice(0, 2), idOf, 'replace');
  const newer = { id: 'a' };
  expect(refreshSelection(selected, [newer], idOf, false).get('a')).toBe(newer);
  expect([...refreshSelection(selected, [newer], idOf, false).keys()]).toEqual(['a', 'b']);
  expect([...refreshSelection(selected, [newer], idOf, true).keys()]).toEqual(['a']);
  expect(refreshSelection(selected, rows, idOf, true)).toBe(selected);
});
