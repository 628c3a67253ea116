import { expect, test } from 'vitest';
import { compare, type Exception, table, unreachedIn, withTable } from './unreached-code.ts';

const found = unreachedIn({
  issues: [
    { file: 'a.ts', files: [{}], exports: [] },
    { file: 'b.ts', files: [], exports: [{ name: 'one' }, { name: 'two' }] },
  ],
});
const exceptions: Exception[] = [
  { what: 'A', issue: 'Tape, whole', code: ['a.ts'] },
  { what: 'B', issue: null, code: ['b.ts: one, two'] },
];

test('what is excepted passes, and only that', () => {
  expect(compare(found, exceptions)).toEqual([]);
  expect(compare(found, exceptions.slice(1))).toEqual([expect.stringMatching(/^a\.ts: no program/)]);
});

test('an exception that is no longer needed fails the check', () => {
  const more = [...exceptions, { what: 'C', issue: 'Format 2', code: ['b.ts: three', 'c.ts'] }];
  expect(compare(found, more)).toEqual([
    expect.stringMatching(/^b\.ts: three: is reached now, or gone/),
    expect.stringMatching(/^c\.ts: is reached now, or gone/),
  ]);
});

test('the document shows the same list, and nothing else of it changes', () => {
  const marks = ['<!-- unreached code: written by build/unreached-code.ts -->', '<!-- end of unreached code -->'];
  const text = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
  const told = withTable(text, exceptions);
  expect(told).toBe(`before\n${marks[0]}\n\n${table(exceptions)}\n\n${marks[1]}\nafter\n`);
  expect(withTable(told, exceptions)).toBe(told);
  expect(() => withTable('nothing', exceptions)).toThrow('no place');
});
