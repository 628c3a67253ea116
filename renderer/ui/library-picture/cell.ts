import type { StatusShape } from '../status-icon.tsx';
import { say } from '../../say.ts';

/** One place of a library as it is drawn: a slot, a drive, a mail slot or the robot's hand. */
export interface PictureCell {
  address: number;
  type: 'transport' | 'slot' | 'import-export' | 'drive';
  name: string;
  full: boolean;
  accessible: boolean;
  barcode: string | null;
  poolName: string | null;
  /** The cartridge's state as a shape and a word. */
  state: { shape: StatusShape; word: string } | null;
  problem: string | null;
  busyWith: string | null;
}

/** Whether the robot could take a cartridge there. One that is loaded in a drive is not out of reach, but in use. */
export function isReachable(cell: PictureCell): boolean {
  return cell.accessible || cell.type === 'drive';
}

/** What stands on a place in the picture; its name for assistive technology begins with the same. */
export function visibleWords(cell: PictureCell): string[] {
  const remark = cell.type === 'drive' ? (cell.busyWith ?? cell.problem) : null;
  return [
    cell.name,
    cell.full ? (cell.barcode ?? say('No barcode')) : say('empty'),
    ...(remark === null ? [] : [remark]),
  ];
}

/** A place in words, as it is read out and as its tooltip says. */
export function describeCell(cell: PictureCell): string {
  return [
    visibleWords(cell).join(' '),
    ...(cell.full && cell.poolName !== null ? [say`pool ${cell.poolName}`] : []),
    ...(cell.full && cell.state !== null ? [cell.state.word.toLowerCase()] : []),
    ...(isReachable(cell) ? [] : [say('not reachable by the robot')]),
    ...(cell.problem === null || visibleWords(cell).includes(cell.problem) ? [] : [cell.problem]),
  ].join(', ');
}

export interface SeenMove {
  barcode: string;
  from: string;
  to: string;
  toAddress: number;
}

/** Cartridges that are elsewhere than before. */
export function findMoves(before: readonly PictureCell[], after: readonly PictureCell[]): SeenMove[] {
  const places = new Map(before.flatMap((cell) => (cell.barcode === null ? [] : [[cell.barcode, cell] as const])));
  return after.flatMap((cell) => {
    if (cell.barcode === null) return [];
    const old = places.get(cell.barcode);
    return old === undefined || old.address === cell.address
      ? []
      : [{ barcode: cell.barcode, from: old.name, to: cell.name, toAddress: cell.address }];
  });
}

/** Which cell the arrow keys lead to in boxes of `columns` per row; null when the key means nothing. */
export function moveInCells(key: string, at: number, count: number, columns: number): number | null {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (step === undefined) return null;
  const next = at + step;
  return next < 0 || next >= count ? at : next;
}
