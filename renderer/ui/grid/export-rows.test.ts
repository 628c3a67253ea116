import { expect, test } from 'vitest';
import { toCsv, toText } from './export-rows.ts';

const columns = [
  { id: 'name', header: 'Name', widthPx: 100, text: (row: [string, string]) => row[0] },
  { id: 'size', header: 'Size, used', widthPx: 100, text: (row: [string, string]) => row[1] },
];

test('CSV quotes what RFC 4180 wants quoted', () => {
  expect(toCsv(columns, [['a "b"', '1,5']])).toBe('Name,"Size, used"\r\n"a ""b""","1,5"\r\n');
});

test('a name that a spreadsheet would take for a formula is disarmed; a negative number stays one', () => {
  expect(toCsv(columns, [['=HYPERLINK("x")', '-12.5']])).toContain(`"'=HYPERLINK(""x"")",-12.5`);
  expect(toCsv(columns, [['@sum', '-1+cmd']])).toContain(`'@sum,'-1+cmd`);
});

test('the clipboard has a line for each row, whatever is in a name', () => {
  expect(toText(columns, [['two\nlines\there', 'x']])).toBe('Name\tSize, used\ntwo lines here\tx');
});
