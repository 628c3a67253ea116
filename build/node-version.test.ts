import { expect, test } from 'vitest';

// npm scripts put node_modules/.bin first on the path, where the pinned Node from npm stands. If a platform has no such
// package, scripts silently fall back to whatever Node is installed: this is where that is noticed.
test('the project runs on the Node it pins', () => {
  expect(Number(process.versions.node.split('.')[0])).toBeGreaterThanOrEqual(24);
});
