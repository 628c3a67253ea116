import { expect, test } from 'vitest';
import { summary, tallyPlaywright, tallyVitest, totalLimitMs } from './test.ts';

test('a Vitest report: what passed, failed, was skipped, and a file that could not be loaded', () => {
  const cwd = process.cwd();
  const tally = tallyVitest({
    testResults: [
      {
        name: `${cwd}/a.test.ts`,
        status: 'failed',
        assertionResults: [
          { fullName: 'one', status: 'passed' },
          { fullName: 'two', status: 'failed' },
          { fullName: 'three', status: 'pending' },
        ],
      },
      { name: `${cwd}/b.test.ts`, status: 'failed', message: 'Cannot find module\n at x', assertionResults: [] },
    ],
  });
  expect(tally).toEqual({
    passed: 1,
    failed: ['a.test.ts: two', 'b.test.ts: Cannot find module'],
    skipped: ['a.test.ts: three'],
  });
});

test('a Playwright report: flaky is failed, errors outside of tests are failures', () => {
  const tally = tallyPlaywright({
    suites: [
      {
        title: 'x.spec.ts',
        specs: [{ title: 'opens', tests: [{ status: 'expected' }, { status: 'skipped' }] }],
        suites: [
          { title: 'inner', specs: [{ title: 'saves', tests: [{ status: 'flaky' }, { status: 'unexpected' }] }] },
        ],
      },
    ],
    errors: [{ message: 'No tests found\nmore' }],
  });
  expect(tally).toEqual({
    passed: 1,
    failed: ['x.spec.ts › inner › saves (flaky)', 'x.spec.ts › inner › saves', 'e2e: No tests found'],
    skipped: ['x.spec.ts › opens'],
  });
});

test('the sum is the last line', () => {
  expect(summary({ passed: 3, failed: [], skipped: [] })).toBe('3 passed, 0 failed');
  expect(summary({ passed: 3, failed: ['a'], skipped: ['b'] }).split('\n')).toEqual([
    'FAILED  a',
    'skipped b',
    '3 passed, 1 failed, 1 skipped',
  ]);
});

test('the whole has a limit only where one is given', () => {
  expect(totalLimitMs(undefined)).toBe(Number.POSITIVE_INFINITY);
  expect(totalLimitMs('2280')).toBe(2_280_000);
  expect(() => totalLimitMs('soon')).toThrow('seconds');
});
