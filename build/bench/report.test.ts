import { expect, test } from 'vitest';
import { target } from './bench.ts';
import { namedPath } from './engine-under-test.ts';
import { sectionText, tableText } from './report.ts';

test('tables align numbers to the right and stay Markdown', () => {
  expect(
    tableText({
      columns: ['', 'MB/s'],
      rows: [
        ['cp', 1900],
        ['ours', 7],
      ],
    }),
  ).toBe(['|      | MB/s |', '|------|-----:|', '| cp   | 1900 |', '| ours |    7 |'].join('\n'));
});

test('a target that was missed is said to be', () => {
  const targets = [target('times cp', 0.7654, { atLeast: 1 }), target('ms a page', 12, { atMost: 50 })];
  const text = sectionText({ title: 'copy', columns: ['a'], rows: [], targets });
  expect(text).toContain('MISSED: times cp: 0.765 (target 1)');
  expect(text).toContain('met: ms a page: 12 (target 50)');
});

test('a call of the contract is named by the function that picks it', () => {
  expect(namedPath((client: { jobs: { run: unknown } }) => client.jobs.run)).toBe('jobs.run');
});
