import { expect, test } from 'vitest';
import { firstNode, formatHash, parseHash } from './navigation.ts';

test.each([
  { node: 'home/jobs/backup', filter: null, select: null, session: null },
  { node: 'tape/pools/a b/ü', filter: 'a ? b&c', select: 'id/with?&=#', session: null },
  { node: 'history/jobs', filter: null, select: 'x', session: 's-1' },
])('a link leads where it was made: $node', (address) => {
  expect(parseHash(formatHash(address))).toEqual(address);
});

test.each(['', '#', '#/', '#nonsense', '#/elsewhere/x', '#/%E0%A4%A', '#token=abc'])(
  'an address that names no place (%s) is the first one',
  (hash) => {
    expect(parseHash(hash).node).toBe(firstNode);
  },
);
