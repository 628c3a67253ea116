import { expect, test } from 'vitest';
import { describeCell, findMoves, moveInCells, type PictureCell, visibleWords } from './cell.ts';

const cell = (address: number, barcode: string | null, change: Partial<PictureCell> = {}): PictureCell => ({
  address,
  type: 'slot',
  name: `Slot ${address}`,
  full: barcode !== null,
  accessible: true,
  barcode,
  poolName: barcode === null ? null : 'Weekly',
  state: barcode === null ? null : { shape: 'running', word: 'Open' },
  problem: null,
  busyWith: null,
  ...change,
});

test('a place says in words what it shows in pictures, beginning with what is written on it', () => {
  const drive = cell(1, 'RV1', { type: 'drive', name: 'Drive 1', busyWith: 'Nightly', problem: 'Cleaning is due.' });
  expect(describeCell(drive)).toBe('Drive 1 RV1 Nightly, pool Weekly, open, Cleaning is due.');
  expect(describeCell(drive).startsWith(visibleWords(drive).join(' '))).toBe(true);
  expect(describeCell(cell(2, null, { accessible: false }))).toBe('Slot 2 empty, not reachable by the robot');
});

test('a cartridge that is elsewhere has moved; one that came or went has not', () => {
  const before = [cell(1, 'A'), cell(2, null), cell(3, 'B'), cell(4, 'GONE')];
  const after = [cell(1, null), cell(2, 'A'), cell(3, 'B'), cell(4, 'NEW')];
  expect(findMoves(before, after)).toEqual([{ barcode: 'A', from: 'Slot 1', to: 'Slot 2', toAddress: 2 }]);
});

test.each([
  ['ArrowRight', 0, 1],
  ['ArrowLeft', 0, 0],
  ['ArrowDown', 1, 4],
  ['ArrowDown', 6, 6],
  ['End', 0, 7],
  ['x', 0, null],
])('in boxes of three, %s at %d leads to %s', (key, at, to) => {
  expect(moveInCells(key, at, 8, 3)).toBe(to);
});
