import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findConsoleFile } from './console-files.ts';

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-files-'));
  root = path.join(folder, 'renderer');
  await mkdir(path.join(root, 'assets'), { recursive: true });
  await mkdir(path.join(folder, 'renderer-evil'));
  await writeFile(path.join(root, 'index.html'), '');
  await writeFile(path.join(root, 'assets', 'a b.js'), '');
  await writeFile(path.join(root, 'notes.txt'), '');
  await writeFile(path.join(root, '.hidden.js'), '');
  await writeFile(path.join(folder, 'renderer-evil', 'x.js'), '');
  await writeFile(path.join(folder, 'outside.js'), '');
  await symlink(path.join(folder, 'outside.js'), path.join(root, 'link.js'));
  await symlink(path.join(folder, 'renderer-evil'), path.join(root, 'evil'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the page and what belongs to it are found', async () => {
  expect(await findConsoleFile(root, '/')).toMatchObject({ found: true, isPage: true, immutable: false });
  expect(await findConsoleFile(root, '/assets/a%20b.js')).toMatchObject({
    found: true,
    isPage: false,
    immutable: true,
    contentType: 'text/javascript; charset=utf-8',
  });
});

test.each([
  ['a parent', '/../outside.js', 404],
  ['an escaped parent', '/%2e%2e/outside.js', 404],
  ['an escaped slash', '/..%2foutside.js', 400],
  ['a backslash', '/..\\outside.js', 400],
  ['an escaped backslash', '/%5c..%5coutside.js', 400],
  ['NUL', '/index.html%00.js', 400],
  ['a broken escape', '/%zz', 400],
  ['no leading slash', 'index.html', 400],
  ['a link to a file outside', '/link.js', 404],
  ['a link to a sibling whose name begins the same', '/evil/x.js', 404],
  ['a hidden file', '/.hidden.js', 404],
  ['a folder', '/assets', 404],
  ['an empty part', '//assets/a%20b.js', 404],
  ['a type that no console has', '/notes.txt', 404],
  ['an absolute path', '//etc/passwd.json', 404],
])('%s finds nothing', async (_what, urlPath, status) => {
  expect(await findConsoleFile(root, urlPath)).toMatchObject({ found: false, status });
});

test('a folder that is not there finds nothing either', async () => {
  expect(await findConsoleFile(path.join(folder, 'unbuilt'), '/')).toMatchObject({ found: false, status: 404 });
});
