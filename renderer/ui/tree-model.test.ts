import { expect, test } from 'vitest';
import { flattenTree, moveInTree } from './tree-model.ts';

const nodes = [
  { id: 'jobs', label: 'Jobs', icon: 'x', children: [{ id: 'copy', label: 'Copy', icon: 'x' }] },
  { id: 'backups', label: 'Backups', icon: 'x' },
];
const open = new Set(['jobs']);
const flat = flattenTree(nodes, open);

test('children of closed nodes are not on show', () => {
  expect(flat.map((item) => [item.node.id, item.level, item.position, item.setSize])).toEqual([
    ['jobs', 1, 1, 2],
    ['copy', 2, 1, 1],
    ['backups', 1, 2, 2],
  ]);
  expect(flattenTree(nodes, new Set()).map((item) => item.node.id)).toEqual(['jobs', 'backups']);
});

test.each([
  ['jobs', 'ArrowDown', { kind: 'select', id: 'copy' }],
  ['jobs', 'ArrowUp', null],
  ['jobs', 'ArrowLeft', { kind: 'expand', id: 'jobs', open: false }],
  ['jobs', 'ArrowRight', { kind: 'select', id: 'copy' }],
  ['copy', 'ArrowLeft', { kind: 'select', id: 'jobs' }],
  ['copy', 'ArrowRight', null],
  ['copy', 'End', { kind: 'select', id: 'backups' }],
  ['copy', 'b', { kind: 'select', id: 'backups' }],
  ['copy', 'z', null],
  ['gone', 'ArrowDown', null],
] as const)('in the tree, at %s, %s means %j', (id, key, move) => {
  expect(moveInTree(flat, id, key, open)).toEqual(move);
});

test('a closed node opens before it is entered', () => {
  const closed = flattenTree(nodes, new Set());
  expect(moveInTree(closed, 'jobs', 'ArrowRight', new Set())).toEqual({ kind: 'expand', id: 'jobs', open: true });
});
