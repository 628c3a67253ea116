import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md'];
const text = (document: string): string => readFileSync(path.join(root, document), 'utf8');
const folders = new Set(['electron', 'renderer', 'shared', 'e2e', 'build', 'docs']);

/** Paths from the project's root that a document names as code, without what is a pattern or a place for the reader's own. */
const pathsIn = (document: string): string[] =>
  [...text(document).matchAll(/`([\w.-]+\/[\w./-]*)`/g)]
    .map((match) => match[1] ?? '')
    .filter((named) => folders.has(named.split('/')[0] ?? ''));

test.each(documents)('%s names files and folders that exist', (document) => {
  const named = pathsIn(document);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((one) => !existsSync(path.join(root, one)))).toEqual([]);
});

test.each(documents)('%s names npm scripts that exist', (document) => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
  const named = [...text(document).matchAll(/`npm run ([\w:-]+)/g), ...text(document).matchAll(/^npm run ([\w:-]+)/gm)];
  expect(named.map((match) => match[1]).filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
});

test('every room of the engine is on the map', () => {
  const map = text('docs/architecture.md');
  const rooms = (folder: string): string[] =>
    readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'testing')
      .map((entry) => `${folder}/${entry.name}`);
  const all = [
    ...rooms('electron'),
    ...rooms('electron/engine'),
    ...rooms('electron/engine/tape'),
    ...rooms('renderer'),
  ];
  expect(all.filter((room) => !map.includes(room))).toEqual([]);
});
