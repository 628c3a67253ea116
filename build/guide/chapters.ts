import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const guideDir = fileURLToPath(new URL('../../docs/guide', import.meta.url));

/** A block of commands that its chapter's source marks as run: `<!-- run -->` or `<!-- run: how -->` before it. */
export interface RunBlock {
  chapter: string;
  /** What comes before it or where it runs; empty for an ordinary one. */
  how: string;
  commands: string;
}

export function runBlocks(chapter: string, text: string): RunBlock[] {
  return [...text.matchAll(/<!-- run(?:: ([^>]*?))? -->\n```sh\n([\s\S]*?)```/g)].map((match) => ({
    chapter,
    how: match[1] ?? '',
    commands: match[2] ?? '',
  }));
}

/** Chapters by file name, in the order of the guide's contents. */
export async function chapters(): Promise<Map<string, string>> {
  const contents = await readFile(path.join(guideDir, 'README.md'), 'utf8');
  const order = [...contents.matchAll(/\]\(([\w-]+\.md)\)/g)].map((match) => match[1] ?? '');
  const there = (await readdir(guideDir)).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const missing = [...order.filter((name) => !there.includes(name)), ...there.filter((name) => !order.includes(name))];
  if (missing.length > 0) throw new Error(`The contents of the guide and its chapters differ: ${missing.join(', ')}`);
  const texts = await Promise.all(order.map((name) => readFile(path.join(guideDir, name), 'utf8')));
  return new Map([['README.md', contents], ...order.map((name, at) => [name, texts[at] ?? ''] as const)]);
}
