import { expect, test } from 'vitest';
import { firstNode, formatHash, parseHash } from './navigation.ts';

test.each([
  ['home/jobs/backup', null, null],
  ['tape/pools/a b/ü', 'id/with?&=#', null],
  ['history/jobs', 'x', 's-1'],
])('a link leads where it was made: %s', (node, select, session) => {
  expect(parseHash(formatHash(node, select, session))).toEqual({ node, select, session });
});

test.each(['', '#', '#/', '#nonsense', '#/elsewhere/x', '#/%E0%A4%A', '#token=abc'])(
  'an address that names no place (%s) is the first one',
  (hash) => {
    expect(parseHash(hash).node).toBe(firstNode);
  },
);
