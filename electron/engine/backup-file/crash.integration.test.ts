/** A process is killed at each durable step in turn; what is left is checked, and the next run finishes the work. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlannedFault } from '../faults/fault-points.ts';
import { crashPoints } from './testing/crash-points.ts';
import { readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { checkFile, readBackupFileInfo } from './testing/by-path.ts';
import { slowness } from '../testing/slow-computer.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

async function folderWithImages(name: string): Promise<string> {
  const folder = scene.path(name);
  await mkdir(folder);
  for (const { image, content } of crashPoints) await writeFile(join(folder, image), content);
  return folder;
}

function run(
  folder: string,
  args: string[],
  faults: PlannedFault[] = [],
): Promise<{ output: string; signal: string | null; code: number | null }> {
  const script = join(import.meta.dirname, 'testing', 'crash-script.ts');
  const env = { ...process.env, REELVAULT_FAULTS: faults.length > 0 ? JSON.stringify(faults) : '' };
  const child = spawn(process.execPath, [script, folder, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ output, signal, code })));
}

/** Every file under its final name must be whole and hold one of the two points. */
async function checkWhatIsThere(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.rvb'));
  const [first, second] = crashPoints;
  const full = names.includes('full.rvb') ? await readBackupFileInfo(join(folder, 'full.rvb')) : undefined;
  for (const name of names) {
    const path = join(folder, name);
    expect((await checkFile(path, { level: 'digests' })).problems).toEqual([]);
  }
  if (!full) return;
  const isMerged = full.metadata.pointUuid === second.metadata.pointUuid;
  const content = isMerged ? second.content : first.content;
  expect(sameDisks(await readPoint([full.path]), { a: content })).toBe('same');
  if (!names.includes('increment.rvb')) return;
  const increment = await readBackupFileInfo(join(folder, 'increment.rvb'));
  if (isMerged) expect(full.absorbed).toContain(increment.fileUuid);
  else expect(sameDisks(await readPoint([increment.path, full.path]), { a: second.content })).toBe('same');
}

test('killed at any durable step, every committed point is whole and the next run finishes', async () => {
  const traced = await run(await folderWithImages('trace'), ['trace']);
  expect(traced.code).toBe(0);
  const passages = traced.output.trim().split('\n');
  expect(passages.length).toBeGreaterThan(30);
  const counts = new Map<string, number>();
  // All of them take minutes; REELVAULT_ALL_CRASHES=1 asks for that, and otherwise a third stands for them.
  const every = process.env.REELVAULT_ALL_CRASHES ? 1 : 3;
  for (const [at, passage] of passages.entries()) {
    const nth = (counts.get(passage) ?? 0) + 1;
    counts.set(passage, nth);
    if (at % every !== 0) continue;
    const [site = '', when] = passage.split(' ');
    const folder = await folderWithImages(`kill-${at}`);
    const fault = { site, when: when === 'after' ? 'after' : 'before', nth, effect: { kind: 'kill' } } as const;
    const killed = await run(folder, [], [fault]);
    expect(killed.signal, `${passage} #${nth}`).toBe('SIGKILL');
    await checkWhatIsThere(folder);
    expect((await run(folder, [])).code, `the run after ${passage} #${nth}`).toBe(0);
    await checkWhatIsThere(folder);
    expect((await readdir(folder)).sort()).toEqual(['first.img', 'full.rvb', 'restored.img', 'second.img']);
    expect((await readFile(join(folder, 'restored.img'))).equals(crashPoints[1].content)).toBe(true);
  }
});

test('idle workers do not keep a process alive', async () => {
  const folder = await folderWithImages('idle');
  const script = join(folder, 'idle.mjs');
  await writeFile(
    script,
    `import { writeBackup } from ${JSON.stringify(new URL('./testing/by-path.ts', import.meta.url).href)};
    import { openDisk } from ${JSON.stringify(new URL('../sources/open-disk.ts', import.meta.url).href)};
    await writeBackup({
      targetPath: ${JSON.stringify(join(folder, 'full.rvb'))}, chain: [], kind: 'full',
      chainUuid: 'c4a14c0d-e000-4000-8000-0000000000c4', codec: 'lz4',
      metadata: ${JSON.stringify(crashPoints[0].metadata)},
      disks: [{ objectId: 'a', name: 'a', source: await openDisk({ path: ${JSON.stringify(join(folder, 'first.img'))} }) }],
    });`,
  );
  const child = spawn(process.execPath, [script], { stdio: 'inherit', timeout: 60_000 * slowness });
  expect(await new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)))).toBe(0);
  await checkWhatIsThere(folder);
});
