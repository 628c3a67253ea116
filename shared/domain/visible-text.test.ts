import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { visibleJson, visibleText } from './visible-text.ts';

test.each([
  ['invoice\u202efdp.exe', 'invoice\\u202efdp.exe'],
  ['\u2067right\u2069', '\\u2067right\\u2069'],
  ['backup\u200b', 'backup\\u200b'],
  ['a\u200db\u200cc\u2060d\ufeff', 'a\\u200db\\u200cc\\u2060d\\ufeff'],
  ['soft\u00adhyphen', 'soft\\u00adhyphen'],
  ['arabic\u061cmark', 'arabic\\u061cmark'],
  ['tag\u{e0041}', 'tag\\u{e0041}'],
  ['\u001b[2J\u009b31m\u0007', '\\u001b[2J\\u009b31m\\u0007'],
  ['line\u2028two', 'line\\u2028two'],
  ['filler\u3164', 'filler\\u3164'],
])('%j is shown as %s', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
  expect(JSON.parse(visibleJson(JSON.stringify(text)))).toBe(text);
  expect(visibleJson(JSON.stringify(text))).toMatch(/^[\x20-\x7e]*$/);
});

test.each(['Süd', '日本語', 'שלום', 'مرحبا', 'e\u0301', '❤\ufe0f', 'two\nlines\tand a tab', 'C:\\u202e'])(
  '%j is shown as it is',
  (text) => expect(visibleText(text)).toBe(text),
);

test('shown twice is shown once, and JSON says the same', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      const shown = visibleText(text);
      expect(visibleText(shown)).toBe(shown);
      expect(JSON.parse(visibleJson(JSON.stringify({ text })))).toEqual({ text });
    }),
  );
});
