import { formatBytes, formatDuration } from '../../shared/domain/format.ts';
import type { GridColumn } from '../ui/grid/columns.ts';
import { StatusIcon, type StatusShape } from '../ui/status-icon.tsx';
import { exactBytes, formatTime, formatUtc } from '../ui/times.ts';

type Options<T> = Partial<Pick<GridColumn<T>, 'widthPx' | 'elastic' | 'hidden' | 'sortable' | 'filter'>>;

/** A name or a path: cut in the middle, copied whole. */
export function nameColumn<T>(
  id: string,
  header: string,
  of: (row: T) => string,
  options: Options<T> = {},
): GridColumn<T> {
  return { id, header, widthPx: 220, text: of, cutMiddle: true, ...options };
}

/** A column of words gives way to the others; one that is narrow already does not. */
const elasticFromPx = 130;

export function textColumn<T>(
  id: string,
  header: string,
  of: (row: T) => string | null,
  options: Options<T> = {},
): GridColumn<T> {
  const widthPx = options.widthPx ?? 160;
  return { id, header, text: (row) => of(row) ?? '', elastic: widthPx >= elasticFromPx, ...options, widthPx };
}

/** A moment: local, with UTC in the tooltip. */
export function timeColumn<T>(
  id: string,
  header: string,
  of: (row: T) => number | null,
  options: Options<T> = {},
): GridColumn<T> {
  return {
    id,
    header,
    widthPx: 132,
    text: (row) => formatTime(of(row)),
    hint: (row) => formatUtc(of(row)),
    ...options,
  };
}

/** A size: binary units, exact bytes in the tooltip. */
export function sizeColumn<T>(
  id: string,
  header: string,
  of: (row: T) => number | null,
  options: Options<T> = {},
): GridColumn<T> {
  return {
    id,
    header,
    widthPx: 84,
    align: 'end',
    text: (row) => {
      const size = of(row);
      return size === null ? '' : formatBytes(size);
    },
    hint: (row) => exactBytes(of(row)),
    sum: { of, format: formatBytes },
    ...options,
  };
}

export function countColumn<T>(
  id: string,
  header: string,
  of: (row: T) => number,
  options: Options<T> = {},
): GridColumn<T> {
  const format = (count: number): string => count.toLocaleString('en');
  return { id, header, widthPx: 80, align: 'end', text: (row) => format(of(row)), sum: { of, format }, ...options };
}

export function durationColumn<T>(
  id: string,
  header: string,
  of: (row: T) => number | null,
  options: Options<T> = {},
): GridColumn<T> {
  return {
    id,
    header,
    widthPx: 96,
    align: 'end',
    text: (row) => {
      const ms = of(row);
      return ms === null ? '' : formatDuration(ms);
    },
    ...options,
  };
}

/** A state: a shape and a word. */
export function statusColumn<T>(
  id: string,
  header: string,
  of: (row: T) => { shape: StatusShape; word: string; hint?: string | null },
  options: Options<T> = {},
): GridColumn<T> {
  return {
    id,
    header,
    widthPx: 130,
    text: (row) => of(row).word,
    hint: (row) => of(row).hint ?? of(row).word,
    render: (row) => <StatusIcon {...of(row)} />,
    ...options,
  };
}
