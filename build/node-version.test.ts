import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts, bin } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  bin: Record<string, string>;
};
const guard = './electron/hosting/needs-node.js';
/** What npm starts by Node itself, each as arguments: scripts of our own, not tools. */
const programs = [
  ...Object.values(bin),
  ...Object.values(scripts).flatMap((line) =>
    line.split(' && ').flatMap((command) => (command.startsWith('node ') ? [command.slice('node '.length)] : [])),
  ),
];

// npm scripts put node_modules/.bin first on the path, where the pinned Node from npm stands. If a platform has no such
// package, scripts fall back to whatever Node is installed: this is where that is noticed.
test('the project runs on the Node it pins', () => {
  expect(Number(process.versions.node.split('.')[0])).toBeGreaterThanOrEqual(24);
});

test.each(programs)('node %s is guarded against a Node that is too old', (line) => {
  expect(programs.length).toBeGreaterThan(8);
  const [first = '', second] = line.split(' ');
  if (first === '--import') return expect(second).toBe(guard);
  expect(first).toMatch(/\.js$/);
  const source = readFileSync(path.join(root, first), 'utf8').replace(/^#!.*\n/, '');
  expect(source).toMatch(/^import '\.\.\/hosting\/needs-node\.js';\n/);
  // Whatever is imported as a whole is loaded before anything runs: only Node's own may be.
  expect(source).not.toMatch(/\bfrom '(?!node:)/);
});

const olderNode = ['/usr/bin/node', '/usr/local/bin/node'].find((candidate) => {
  if (!existsSync(candidate)) return false;
  const version = spawnSync(candidate, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout;
  return Number.parseFloat(version) < 24.2;
});

test
  .skipIf(olderNode === undefined)
  .each(['electron/cli/main.js', 'electron/web/main.js', `--import ${guard} build/demo.ts`])(
  'this computer’s older Node is told what is needed by %s',
  (line) => {
    const { NODE_OPTIONS: _, npm_lifecycle_event: __, ...env } = process.env;
    const ended = spawnSync(olderNode ?? '', line.split(' '), { cwd: root, env, encoding: 'utf8' });
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toMatch(
      /^Reelvault needs Node 24\.2 or later\. This is v\d+\.[\d.]+ \(.*node\)\.\n.*npm scripts use/,
    );
    expect(ended.status).toBe(1);
  },
);

test('where npm found no Node of its own, it says why', () => {
  const pretend = `data:text/javascript,${encodeURIComponent(
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.4.0' } })",
  )}`;
  const ended = spawnSync(process.execPath, ['--import', pretend, '--import', guard, 'build/demo.ts'], {
    cwd: root,
    env: { ...process.env, npm_lifecycle_event: 'demo' },
    encoding: 'utf8',
  });
  expect(ended.stderr).toContain('npm found no newer one in node_modules');
  expect(ended.status).toBe(1);
});
