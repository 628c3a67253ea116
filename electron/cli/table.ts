import { visibleText } from '../../shared/domain/visible-text.ts';

/** Lines of two or more columns, the last one unpadded: help texts and details. */
export function columns(rows: readonly (readonly string[])[]): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : padEnd(cell, widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export interface Column<Row> {
  title: string;
  of: (row: Row) => string | number | null | undefined;
  /** Numbers stand on the right. */
  right?: boolean;
}

/** A table with a heading, for terminals and for `grep`; an empty one says `nothing`. */
export function table<Row>(rows: readonly Row[], shown: readonly Column<Row>[], nothing: string): string {
  if (rows.length === 0) return nothing;
  const cells = [
    shown.map((column) => column.title.toUpperCase()),
    ...rows.map((row) => shown.map((column) => oneLine(column.of(row)))),
  ];
  const widths = shown.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          const space = widths[column] ?? 0;
          return shown[column]?.right ? padStart(cell, space) : padEnd(cell, space);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names from files and tapes are data: a line break would forge a line of the table, other characters what it says. */
export function oneLine(cell: string | number | null | undefined): string {
  return visibleText(String(cell ?? '').replaceAll(/[\t\n\r]+/g, ' '));
}

/** Columns on a terminal, near enough: wide East Asian characters take two, combining ones none. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}

function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(text))) + text;
}
