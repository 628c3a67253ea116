import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededBytes } from '../../electron/engine/jobs/sample-disk.ts';
import { chapters, type RunBlock, runBlocks } from './chapters.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

// The guide's commands, as they stand in it, one chapter after the other; only the places below / are moved into a folder.
const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let dataDir: string;
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-guide-'));
  dataDir = at('data');
  await mkdir(at('images'));
  await mkdir(at('work'));
  await writeFile(at('images/web01.raw'), seededBytes('guide', 6 * 2 ** 20));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a block in a POSIX shell that stops at the first command that fails, and gives what it printed. */
async function runBlock(block: RunBlock): Promise<string> {
  const moved = block.commands.replaceAll(/(?<=[\s,])\/(?=(?:backups|images|rescue)\b)/g, `${folder}/`);
  if (block.how.startsWith('file ')) {
    await writeFile(path.join(at('work'), block.how.slice('file '.length)), moved);
    return '';
  }
  if (block.how === 'lose everything but the tapes') {
    await rm(dataDir, { recursive: true });
    await rm(at('backups/main'), { recursive: true });
    await rename(at('images'), at('images-kept'));
  }
  const program = `reelvault() { "${process.execPath}" "${path.join(root, 'electron/cli/main.js')}" "$@"; }\n`;
  const { stdout } = await run('sh', ['-e', '-c', program + moved], {
    cwd: at('work'),
    env: { ...process.env, REELVAULT_DATA: dataDir },
    timeout: 300_000 * slowness,
    maxBuffer: 2 ** 24,
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`${block.chapter}: ${error.message}`, { cause: error });
  });
  return stdout;
}

test('the commands of the guide do what it says, down to tapes without Reelvault', async () => {
  const blocks = [...(await chapters())].flatMap(([name, text]) => runBlocks(name, text));
  expect(new Set(blocks.map((block) => block.chapter))).toEqual(
    new Set(['first-steps.md', 'tape-rotation.md', 'the-bad-day.md', 'tapes-without-reelvault.md']),
  );
  const printed: string[] = [];
  for (const block of blocks) printed.push(await runBlock(block));
  expect(printed.join('\n')).toContain('web01');

  // The bad day: the disk is as it was.
  const [image = ''] = await readdir(at('rescue/disks'));
  const disk = await readFile(at('images-kept/web01.raw'));
  expect(Buffer.compare(await readFile(path.join(at('rescue/disks'), image)), disk)).toBe(0);
  // Without Reelvault: the backup file is byte for byte the one that Reelvault restored.
  const files = async (place: string): Promise<string[]> =>
    (await readdir(place, { recursive: true })).filter((name) => name.endsWith('.rvb')).sort();
  const [byHand = ''] = await files(at('work'));
  const [restored = ''] = await files(at('rescue/backups'));
  await access(path.join(at('work'), byHand));
  expect(
    Buffer.compare(
      await readFile(path.join(at('work'), byHand)),
      await readFile(path.join(at('rescue/backups'), restored)),
    ),
  ).toBe(0);
});
