import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { chapters, guideDir, runBlocks } from './chapters.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** As GitHub and others make them: lower case, no punctuation, hyphens for spaces. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-');

test('every link and picture of the documentation leads somewhere', async () => {
  const files = ['README.md'];
  for (const name of await readdir(path.join(root, 'docs'), { recursive: true })) {
    if (name.endsWith('.md')) files.push(path.join('docs', name));
  }
  const broken: string[] = [];
  for (const file of files) {
    const text = await readFile(path.join(root, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [place = '', part] = target.split('#');
      const full = place === '' ? path.join(root, file) : path.join(root, path.dirname(file), place);
      const there = await readFile(full, 'utf8').catch(() => undefined);
      if (there === undefined) broken.push(`${file}: ${target}`);
      else if (
        part !== undefined &&
        ![...there.matchAll(/^#+ (.+)$/gm)].some(([, title]) => anchor(title ?? '') === part)
      ) {
        broken.push(`${file}: ${target}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test('pictures are small, and each is shown somewhere', async () => {
  const folder = path.join(guideDir, 'pictures');
  const shown = new Set<string>();
  for (const text of [...(await chapters()).values(), await readFile(path.join(root, 'README.md'), 'utf8')]) {
    for (const [, name = ''] of text.matchAll(/pictures\/([\w-]+\.png)/g)) shown.add(name);
  }
  const there = (await readdir(folder)).sort();
  expect(there).toEqual([...shown].sort());
  let total = 0;
  const large: string[] = [];
  for (const name of there) {
    const { size } = await stat(path.join(folder, name));
    if (size >= 150 * 1024) large.push(name);
    total += size;
  }
  expect(large).toEqual([]);
  expect(total).toBeLessThan(3 * 2 ** 20);
});

test('blocks that are run are found with what goes before them', () => {
  const text =
    'a\n<!-- run -->\n```sh\none\n```\n\n```sh\nnot this\n```\n<!-- run: in its folder -->\n```sh\ntwo\nthree\n```\n';
  expect(runBlocks('x.md', text)).toEqual([
    { chapter: 'x.md', how: '', commands: 'one\n' },
    { chapter: 'x.md', how: 'in its folder', commands: 'two\nthree\n' },
  ]);
});
