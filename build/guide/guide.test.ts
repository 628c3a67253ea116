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

/** What stands in bold in the guide and is no text of the console: beginnings of paragraphs, and of rows in a table. */
const notInConsole = new Set([
  'Server without a display',
  'Any other Linux server',
  'Desktop',
  'From a checkout',
  'It listens on this computer only',
  'One password',
  'One owner',
  'Digests',
  'Install Reelvault',
]);

test('buttons and fields that the guide names in bold are named so in the console', async () => {
  const folder = path.join(root, 'renderer');
  const files = (await readdir(folder, { recursive: true })).filter((name) => /(?<!\.test)\.tsx?$/.test(name));
  const sources = await Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')));
  const source = sources.join('\n');
  // As a text stands in the source; more may follow after a comma or a colon.
  const inConsole = (name: string): boolean => ["'", ',', ':'].some((end) => source.includes(`'${name}${end}`));
  const names: string[] = [];
  const unknown: string[] = [];
  for (const [chapter, text] of await chapters()) {
    for (const [, bold = ''] of text.matchAll(/\*\*([^*]+)\*\*/g)) {
      const whole = bold.replaceAll(/\s+/g, ' ');
      // What begins in lower case is stressed, and a sentence is a sentence; keys are not texts.
      if (!/^[A-Z]/.test(whole) || /[?:.]$/.test(whole) || /^(Ctrl\+.|F\d+)$/.test(whole)) continue;
      const parts = inConsole(whole) ? [whole] : whole.split(', ');
      names.push(...parts);
      if (!parts.every((name) => inConsole(name) || notInConsole.has(name))) unknown.push(`${chapter}: ${whole}`);
    }
  }
  expect(unknown).toEqual([]);
  expect(names.length).toBeGreaterThan(60);
});
