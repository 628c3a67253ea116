import type { GridColumn } from './columns.ts';

/** A spreadsheet takes a leading =, +, - or @ for a formula; names come from elsewhere, so they are disarmed. */
function disarm(value: string): string {
  return /^[=+\-@\t\r]/.test(value) && !/^-?\d[\d.,\s]*$/.test(value) ? `'${value}` : value;
}

function quote(value: string): string {
  const safe = disarm(value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV (RFC 4180) with a heading line. */
export function toCsv<T>(columns: readonly GridColumn<T>[], rows: readonly T[]): string {
  const lines = [
    columns.map((column) => quote(column.header)),
    ...rows.map((row) => columns.map((column) => quote(column.text(row)))),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** Rows as tab-separated lines with a heading, for the clipboard; whole names, never the cut ones. */
export function toText<T>(columns: readonly GridColumn<T>[], rows: readonly T[]): string {
  const clean = (value: string): string => value.replaceAll(/[\t\r\n]+/g, ' ');
  const lines = [
    columns.map((column) => column.header),
    ...rows.map((row) => columns.map((column) => clean(column.text(row)))),
  ];
  return lines.map((line) => line.join('\t')).join('\n');
}

/** Hands a text to the browser as a file to keep. */
export function downloadText(fileName: string, mediaType: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: mediaType }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = fileName;
  anchor.click();
  // The download reads the blob after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
